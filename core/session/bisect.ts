/**
 * When a condition first held: the first position of a session at which it does.
 *
 * Ways   `growing`    it can only become true once: halving, a logarithmic number of seeks
 *        `keyframes`  looked at in every keyframe, then after every input between the last false and the first true one; what was
 *                     true only between two keyframes is missed, and the answer says so
 *        `every`      looked at after every input: exact, as long as executing everything
 */
import { objectCalled, type Predicate } from './predicate.ts';
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
  /** Names of the condition that no object had at any moment looked at. */
  readonly unknown: readonly string[];
}

export interface BisectOptions {
  /** Without one: `growing` for what can only grow, else `keyframes`. */
  readonly way?: BisectWay;
  readonly onProgress?: (looked: number) => void;
}

type Condition = Pick<Predicate, 'holds' | 'grows' | 'objects'>;

/** The session stands at the found position afterwards, or at its end. */
export async function bisect(
  session: Session,
  condition: Condition,
  { way = condition.grows ? 'growing' : 'keyframes', onProgress }: BisectOptions = {},
): Promise<BisectResult> {
  let looked = 0;
  const seen = new Set<number>();
  const look = () => summariseState(session.kernel, session.player.names, session.position);
  const unknown = new Set(condition.objects);
  const holdsAt = async (position: number): Promise<boolean> => {
    await session.seek(position);
    onProgress?.(++looked);
    seen.add(position);
    const state = look();
    for (const name of unknown) if (objectCalled(state, name)) unknown.delete(name);
    return condition.holds(state);
  };
  const end = session.inputs.length;
  let found: number | null;
  let exact = true;
  if (way === 'growing') found = await halve(holdsAt, end);
  else {
    const places = way === 'every' ? [] : session.keyframes.all().map(({ position }) => position);
    found = await scan(holdsAt, [...new Set([0, ...places, end])], end);
    const last = found ?? end;
    exact = [...seen].filter(position => position <= last).length === last + 1;
  }
  if (found !== null) await session.seek(found);
  const state = found === null ? null : look();
  return { position: found, state, way, looked, exact, unknown: [...unknown] };
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
