/** What the last step unbound from the GART. */
import type { GartRunView } from '../../core/public/view_types.ts';

/** Runs that are outlined. */
const MOST_CLEARED = 400;

/** Runs whose entries no longer lead to the same object; both are in order of address. */
export function clearedRuns(
  before: readonly GartRunView[],
  after: readonly GartRunView[],
): readonly GartRunView[] {
  const cleared: GartRunView[] = [];
  if (before === after) return cleared;
  let at = 0;
  for (const run of before) {
    while (at < after.length && after[at]!.firstEntry < run.firstEntry) at++;
    const now = after[at];
    if (now?.firstEntry === run.firstEntry && now.objectId === run.objectId) continue;
    if (cleared.push(run) === MOST_CLEARED) break;
  }
  return cleared;
}
