/**
 * When a condition first held: the first position of a session at which it does.
 *
 * Ways   `growing`    it can only become true once: halving, a logarithmic number of seeks
 *        `keyframes`  looked at in every keyframe, then after every input between the last false and the first true one; what was
 *                     true only between two keyframes is missed, and the answer says so
 *        `every`      looked at after every input: exact, as long as executing everything
 */
import type { Predicate } from './predicate.ts';
import type { Session } from './session.ts';
import { type StateSummary, summariseState } from './state_summary.ts';

export type BisectWay = 'growing' | 'keyframes' | 'every';

export interface BisectResult {
  /** The first position at which it was found to hold, or null. */
  readonly position: number | null;
  /** The state there. */
  readonly state: StateSummary | null;
  readonly way: BisectWay;
  /** Moments looked at. */
  readonly looked: number;
  /** No earlier position can satisfy it. */
  readonly exact: boolean;
}

export interface BisectOptions {
  /** Without one: `growing` for what can only grow, else `keyframes`. */
  readonly way?: BisectWay;
  readonly onProgress?: (looked: number) => void;
}

type Condition = Pick<Predicate, 'holds' | 'grows'>;

/** The session stands at the found position afterwards, or at its end. */
export async function bisect(
  session: Session,
  condition: Condition,
  { way = condition.grows ? 'growing' : 'keyframes', onProgress }: BisectOptions = {},
): Promise<BisectResult> {
  let looked = 0;
  const look = () => summariseState(session.kernel, session.player.names, session.position);
  const holdsAt = async (position: number): Promise<boolean> => {
    await session.seek(position);
    onProgress?.(++looked);
    return condition.holds(look());
  };
  const end = session.inputs.length;
  let found: number | null;
  if (way === 'growing') found = await halve(holdsAt, end);
  else {
    const places = way === 'every' ? [] : session.keyframes.all().map(({ position }) => position);
    found = await scan(holdsAt, [...new Set([0, ...places, end])], end);
  }
  if (found !== null) await session.seek(found);
  return { position: found, state: found === null ? null : look(), way, looked, exact: way !== 'keyframes' };
}

async function halve(holdsAt: (position: number) => Promise<boolean>, end: number): Promise<number | null> {
  if (!(await holdsAt(end))) return null;
  let before = -1;
  let at = end;
  while (at - before > 1) {
    const middle = Math.floor((before + at) / 2);
    if (await holdsAt(middle)) at = middle;
    else before = middle;
  }
  return at;
}

async function scan(
  holdsAt: (position: number) => Promise<boolean>,
  places: readonly number[],
  end: number,
): Promise<number | null> {
  let before = -1;
  // With nothing but the ends known, everything between them is looked at.
  if (places.length > 2 || end === 0) {
    let found = false;
    for (const place of places) {
      if (await holdsAt(place)) {
        found = true;
        end = place;
        break;
      }
      before = place;
    }
    if (!found) return null;
  }
  for (let position = before + 1; position <= end; position++) {
    if (await holdsAt(position)) return position;
  }
  return null;
}
