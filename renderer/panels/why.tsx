/** Why an object was evicted, and why not the others: the walk, in the order the kernel walked. */
import type { CandidateView, WhyView } from '../../core/public/view_types.ts';
import { duration } from '../state/numbers.ts';

/** Lines of a walk that a person reads; more of one kind are counted. */
const MOST_LINES = 6;

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

interface WalkLine {
  readonly rank: string;
  readonly candidate: CandidateView;
}

/** All candidates of one outcome in one line, or none: what the walk did not come to is counted, not listed. */
function counted(why: WhyView, outcome: CandidateView['outcome'], rank: string): WalkLine[] {
  const those = why.candidates.filter(c => c.outcome === outcome);
  const [first] = those;
  if (!first) return [];
  const count = those.reduce((sum, c) => sum + c.count, 0);
  return [{ rank, candidate: those.length === 1 ? first : { ...first, name: `${count} objects`, age: -1 } }];
}

function linesOf(why: WhyView): readonly WalkLine[] {
  const walked = why.candidates.filter(c => c.outcome !== 'not reached' && c.outcome !== 'never walked');
  let rank = 1;
  const lines = walked.map(candidate => {
    const line = { rank: String(rank), candidate };
    rank += candidate.count;
    return line;
  });
  // The end of a long walk is where the victims are.
  const shown = lines.length <= MOST_LINES ? lines : [...lines.slice(0, 2), ...lines.slice(2 - MOST_LINES)];
  return [...shown, ...counted(why, 'not reached', String(rank)), ...counted(why, 'never walked', '–')];
}

export function WhyWalk({ why }: { readonly why: WhyView }) {
  return (
    <div class="walk">
      {linesOf(why).map(line => (
        <Line key={line.rank} {...line} />
      ))}
    </div>
  );
}
