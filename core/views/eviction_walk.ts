/**
 * One eviction walk while its events are read, and what of it a view carries: of a long walk its two ends, the victim, and how many
 * stood between.
 *
 * Units      nanoseconds of virtual time
 * Invariants I1 the counts of the lines add up to the candidates that the walk looked at
 */
import type { CandidateView } from '../public/view_types.ts';
import type { EvictReason } from '../trace/events/drm.ts';

/** Walked candidates that a view names at the begin and at the end of a walk. */
const FIRST = 4;
const LAST = 28;
const MOST = FIRST + LAST;

const objects = (count: number) => (count === 1 ? 'one object' : `${count} objects`);

function lineOf(count: number, reason: string, outcome: CandidateView['outcome']): CandidateView {
  return { objectId: 0, name: objects(count), age: -1, reason, outcome, count };
}

export class EvictionWalk {
  readonly victims: { readonly id: number; readonly name: string }[] = [];
  /** What may be evicted, in the order of the walk. */
  private readonly walked: CandidateView[] = [];
  private firstPinned: CandidateView | null = null;
  private nrPinned = 0;

  constructor(
    readonly time: number,
    /** One sentence of need. */
    readonly need: string,
    readonly policy: string,
  ) {}

  /** The walk looked at an object. */
  candidate(objectId: number, name: string, reason: EvictReason, nrPages: number, age: number): void {
    const line = { objectId, name, age, count: 1 };
    if (reason === 'pinned') {
      this.nrPinned++;
      this.firstPinned ??= { ...line, reason: 'pinned, never walked', outcome: 'never walked' };
    } else if (reason === 'victim') {
      this.walked.push({
        ...line,
        reason: `idle, frees ${nrPages} ${nrPages === 1 ? 'page' : 'pages'}`,
        outcome: 'other victim',
      });
    } else this.walked.push({ ...line, reason, outcome: 'skipped' });
  }

  victim(id: number, name: string): void {
    this.victims.push({ id, name });
  }

  /** Lines of the card of one victim. @param notReached candidates that the walk did not come to */
  linesFor(victimId: number, notReached: number): readonly CandidateView[] {
    const lines: CandidateView[] = [];
    if (this.firstPinned)
      lines.push(
        this.nrPinned === 1
          ? this.firstPinned
          : lineOf(this.nrPinned, this.firstPinned.reason, 'never walked'),
      );
    this.addWalked(lines, victimId);
    if (notReached > 0) lines.push(lineOf(notReached, 'not reached: it fits now', 'not reached'));
    return lines;
  }

  private addWalked(lines: CandidateView[], victimId: number): void {
    const { walked } = this;
    const isVictim = (line: CandidateView) => line.objectId === victimId && line.outcome === 'other victim';
    const add = (from: number, to: number) => {
      for (let i = from; i < to; i++) {
        const line = walked[i]!;
        lines.push(isVictim(line) ? { ...line, outcome: 'victim' } : line);
      }
    };
    const merge = (from: number, to: number) => {
      if (to > from) lines.push(lineOf(to - from, 'looked at as well', 'skipped'));
    };
    const { length } = walked;
    if (length <= MOST) {
      add(0, length);
      return;
    }
    add(0, FIRST);
    const end = length - LAST;
    const at = walked.findIndex(isVictim);
    if (at < FIRST || at >= end) merge(FIRST, end);
    else {
      merge(FIRST, at);
      add(at, at + 1);
      merge(at + 1, end);
    }
    add(end, length);
  }
}
