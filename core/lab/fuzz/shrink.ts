/**
 * Makes a failing history small: drops pieces of it, largest first, as long as what is left still fails.
 *
 * Rule       inputs that name something a dropped input made are refused (EBADF, ...) or do nothing; that is fine, and a later
 *            round drops them too
 */
import type { Input } from '../../session/input.ts';

/** @returns true when this history still fails */
export type StillFails = (inputs: readonly Input[]) => Promise<boolean>;

/**
 * Delta debugging over the list of inputs.
 *
 * @param inputs  a history that fails; its last input is the one that failed
 * @param budget  histories tried at most
 * @returns a failing sublist, in the same order
 */
export async function shrinkHistory(
  inputs: readonly Input[],
  stillFails: StillFails,
  budget = 400,
): Promise<Input[]> {
  let best = [...inputs];
  let tries = 0;
  for (let piece = Math.ceil(best.length / 2); piece >= 1 && tries < budget; ) {
    let dropped = false;
    for (let end = best.length; end > 0 && tries < budget; end -= piece) {
      const start = Math.max(0, end - piece);
      const candidate = [...best.slice(0, start), ...best.slice(end)];
      tries++;
      if (candidate.length > 0 && (await stillFails(candidate))) {
        best = candidate;
        dropped = true;
      }
    }
    if (piece > 1) piece = Math.ceil(piece / 2);
    else if (!dropped) break;
  }
  return best;
}
