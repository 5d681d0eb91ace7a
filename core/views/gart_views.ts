/** Bound runs of the GART in order of address, changed where objects changed; an object is bound as a whole. */
import type { GartRunView, GartView, ObjectView } from '../public/view_types.ts';
import type { ObjectChanges } from './object_rows.ts';

function runOf({ id, placement, nrPages, gartEntry }: ObjectView): GartRunView | null {
  if (gartEntry === null) return null;
  const leadsTo = placement === 'VRAM' || placement === 'TT' ? placement : null;
  return { firstEntry: gartEntry, nrEntries: nrPages, leadsTo, objectId: id };
}

const sameRun = (a: GartRunView, b: GartRunView) =>
  a.firstEntry === b.firstEntry &&
  a.nrEntries === b.nrEntries &&
  a.leadsTo === b.leadsTo &&
  a.objectId === b.objectId;

const byEntry = (a: GartRunView, b: GartRunView) =>
  a.firstEntry - b.firstEntry || (a.objectId ?? 0) - (b.objectId ?? 0);

/** The GART after these objects changed; `before` itself when nothing of it did. */
export function gartAfter(before: GartView, nrEntries: number, { gone, fresh }: ObjectChanges): GartView {
  const removed = new Map<number, GartRunView>();
  for (const row of gone) {
    const run = runOf(row);
    if (run) removed.set(row.id, run);
  }
  const added: GartRunView[] = [];
  for (const row of fresh) {
    const run = runOf(row);
    if (!run) continue;
    const old = removed.get(row.id);
    if (old && sameRun(old, run)) removed.delete(row.id);
    else added.push(run);
  }
  if (removed.size === 0 && added.length === 0)
    return before.nrEntries === nrEntries ? before : { nrEntries, runs: before.runs };
  added.sort(byEntry);
  const runs: GartRunView[] = [];
  let next = 0;
  for (const run of before.runs) {
    if (removed.has(run.objectId ?? 0)) continue;
    while (next < added.length && byEntry(added[next]!, run) < 0) runs.push(added[next++]!);
    runs.push(run);
  }
  while (next < added.length) runs.push(added[next++]!);
  return { nrEntries, runs };
}
