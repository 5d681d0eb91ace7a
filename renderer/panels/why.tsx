/** Why an object was evicted, and why not the others: the walk, in the order the kernel walked. */
import type { CandidateView, WhyView } from '../../core/public/view_types.ts';
import { duration } from '../state/numbers.ts';
import { walkLines } from './why_lines.ts';

const STYLES = {
  victim: 'victim',
  'other victim': 'also',
  skipped: '',
  'not reached': 'beyond',
  'never walked': 'beyond',
} as const;

function Line({ rank, candidate }: { readonly rank: string; readonly candidate: CandidateView }) {
  const style = STYLES[candidate.outcome];
  return (
    <div class={`candidate ${style}`} title={`${candidate.name}: ${candidate.reason}`}>
      <span class="rank">{rank}</span>
      <span class="ell">{candidate.name}</span>
      <span class="age">{candidate.age < 0 ? '' : duration(candidate.age)}</span>
      <span class="reason ell">{candidate.reason}</span>
    </div>
  );
}

export function WhyWalk({ why }: { readonly why: WhyView }) {
  return (
    <div class="walk">
      {walkLines(why.candidates).map(line => (
        <Line key={line.rank} {...line} />
      ))}
    </div>
  );
}
