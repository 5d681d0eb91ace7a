/** The lines of a walk that a person reads: its begin, its victim, its end; what lies between is counted. */
import type { CandidateView } from '../../core/public/view_types.ts';

/** Candidates of a walk with lines of their own. */
const MOST_LINES = 6;
const FIRST_LINES = 2;

export interface WalkLine {
  /** Where in the walk, from 1. */
  readonly rank: string;
  readonly candidate: CandidateView;
}

const countOf = (candidates: readonly CandidateView[]) => candidates.reduce((sum, c) => sum + c.count, 0);

/** All candidates of one outcome in one line, or none: what the walk did not come to is counted, not listed. */
function counted(
  candidates: readonly CandidateView[],
  outcome: CandidateView['outcome'],
  rank: string,
): WalkLine[] {
  const those = candidates.filter(c => c.outcome === outcome);
  const [first] = those;
  if (!first) return [];
  return [
    {
      rank,
      candidate: those.length === 1 ? first : { ...first, name: `${countOf(those)} objects`, age: -1 },
    },
  ];
}

/** Several lines as one. */
function folded(lines: readonly WalkLine[]): readonly WalkLine[] {
  const [first] = lines;
  if (!first || lines.length === 1) return lines;
  const candidates = lines.map(line => line.candidate);
  const same = candidates.every(each => each.reason === first.candidate.reason);
  const candidate: CandidateView = {
    ...first.candidate,
    objectId: 0,
    name: `${countOf(candidates)} objects`,
    age: -1,
    reason: same ? first.candidate.reason : 'looked at as well',
    outcome: 'skipped',
    count: countOf(candidates),
  };
  return [{ rank: first.rank, candidate }];
}

function shortened(lines: readonly WalkLine[]): readonly WalkLine[] {
  if (lines.length <= MOST_LINES) return lines;
  const victim = lines.findIndex(line => line.candidate.outcome === 'victim');
  const last = lines.length - (MOST_LINES - 1 - FIRST_LINES);
  if (victim < FIRST_LINES || victim >= last)
    return [...lines.slice(0, FIRST_LINES), ...folded(lines.slice(FIRST_LINES, last)), ...lines.slice(last)];
  return [
    ...lines.slice(0, FIRST_LINES),
    ...folded(lines.slice(FIRST_LINES, victim)),
    lines[victim]!,
    ...folded(lines.slice(victim + 1, -1)),
    lines.at(-1)!,
  ];
}

/** @param candidates of one eviction, in the order of the walk */
export function walkLines(candidates: readonly CandidateView[]): readonly WalkLine[] {
  let rank = 1;
  const lines: WalkLine[] = [];
  for (const candidate of candidates) {
    if (candidate.outcome === 'not reached' || candidate.outcome === 'never walked') continue;
    lines.push({ rank: String(rank), candidate });
    rank += candidate.count;
  }
  return [
    ...shortened(lines),
    ...counted(candidates, 'not reached', String(rank)),
    ...counted(candidates, 'never walked', '–'),
  ];
}
