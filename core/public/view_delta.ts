/**
 * Small differences between two views: rows that changed, rows that went. One encoder for the lab, one decoder for the window.
 *
 * Invariants I1 applyDelta(a, diffView(a, b)) equals b
 *            I2 rows that did not change keep their identity in the decoded view, so that panels redraw only what changed
 */
import type {
  GartRunView,
  GartView,
  LabView,
  ObjectView,
  PlacementView,
  StatusView,
  TaskView,
  WhyView,
} from './view_types.ts';

type Key = number | string;

/** Rows that changed or are new, in order; keys of those that went. */
interface RowDelta<Row> {
  readonly rows: readonly Row[];
  readonly gone?: readonly Key[];
  /** Keys of all rows in order; absent when those that stay keep their order and new ones follow them. */
  readonly order?: readonly Key[];
}

/** Runs are in order of address: a changed one is one that went and a new one. */
interface GartDelta {
  readonly nrEntries: number;
  /** First entries of runs that went, in order. */
  readonly gone: readonly number[];
  readonly runs: readonly GartRunView[];
}

export interface ViewDelta {
  readonly status: StatusView;
  readonly placements?: RowDelta<PlacementView>;
  readonly objects?: RowDelta<ObjectView>;
  readonly tasks?: RowDelta<TaskView>;
  readonly gart?: GartDelta;
  readonly why?: RowDelta<WhyView>;
}

/** What a window shows before the first view of a scene. */
export const EMPTY_VIEW: LabView = {
  status: {
    number: 0,
    time: 0,
    events: 0,
    newest: { time: 0, events: 0, inputsDone: 0 },
    inputsDone: 0,
    inputs: 0,
    running: false,
    lastInput: '',
    caption: '',
    invariantsChecked: 0,
    invariantsBroken: [],
    gpu: { liveBytes: null, expectedBytes: null },
    verified: { atInput: 0, objects: 0, verified: 0, wrong: [] },
    digest: '',
  },
  placements: [],
  objects: [],
  tasks: [],
  gart: { nrEntries: 0, runs: [] },
  why: [],
};

const keyOf = {
  placements: (row: PlacementView) => row.placement,
  objects: (row: ObjectView) => row.id,
  tasks: (row: TaskView) => row.pid,
  why: (row: WhyView) => row.number,
};

/** Deep equality of plain view data. */
function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a))
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => same(item, b[i]));
  if (Array.isArray(b)) return false;
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every(key => key in right && same(left[key], right[key]))
  );
}

/** Keys are numbers that grow: rows of two views can be walked together. */
function ascends<Row>(rows: readonly Row[], key: (row: Row) => Key): boolean {
  let last = Number.NEGATIVE_INFINITY;
  for (const row of rows) {
    const now = key(row);
    if (typeof now !== 'number' || now <= last) return false;
    last = now;
  }
  return true;
}

/** Of rows in order of number, in one walk. */
function diffAscending<Row>(
  before: readonly Row[],
  after: readonly Row[],
  key: (row: Row) => Key,
): RowDelta<Row> | undefined {
  const rows: Row[] = [];
  const gone: Key[] = [];
  let at = 0;
  let follows = true;
  for (const row of after) {
    const now = key(row);
    for (; at < before.length && key(before[at]!) < now; at++) gone.push(key(before[at]!));
    if (at < before.length && key(before[at]!) === now) {
      if (!same(before[at]!, row)) rows.push(row);
      at++;
    } else {
      rows.push(row);
      follows &&= at === before.length;
    }
  }
  for (; at < before.length; at++) gone.push(key(before[at]!));
  if (rows.length === 0 && gone.length === 0) return undefined;
  return { rows, ...(gone.length > 0 && { gone }), ...(!follows && { order: after.map(key) }) };
}

/** Of rows that stand where they stood, with new ones behind them, as of most steps; null when something went or moved. */
function diffInPlace<Row>(
  before: readonly Row[],
  after: readonly Row[],
  key: (row: Row) => Key,
): RowDelta<Row> | null {
  if (after.length < before.length) return null;
  const rows: Row[] = [];
  for (let i = 0; i < before.length; i++) {
    const old = before[i]!;
    const row = after[i]!;
    if (old === row) continue;
    if (key(old) !== key(row)) return null;
    if (!same(old, row)) rows.push(row);
  }
  for (let i = before.length; i < after.length; i++) rows.push(after[i]!);
  return { rows };
}

function diffRows<Row>(
  before: readonly Row[],
  after: readonly Row[],
  key: (row: Row) => Key,
): RowDelta<Row> | undefined {
  if (before === after) return undefined;
  const inPlace = diffInPlace(before, after, key);
  if (inPlace) return inPlace.rows.length > 0 ? inPlace : undefined;
  if (ascends(before, key) && ascends(after, key)) return diffAscending(before, after, key);
  const old = new Map(before.map(row => [key(row), row]));
  const rows = after.filter(row => !same(old.get(key(row)), row));
  const reordered = before.length !== after.length || before.some((row, i) => key(row) !== key(after[i]!));
  if (rows.length === 0 && !reordered) return undefined;
  return reordered ? { rows, order: after.map(key) } : { rows };
}

function applyRows<Row>(
  before: readonly Row[],
  delta: RowDelta<Row> | undefined,
  key: (row: Row) => Key,
): readonly Row[] {
  if (!delta) return before;
  const fresh = new Map(delta.rows.map(row => [key(row), row]));
  if (delta.order) {
    const rows = new Map(before.map(row => [key(row), row]));
    return delta.order.map(k => fresh.get(k) ?? rows.get(k)!);
  }
  const gone = new Set(delta.gone);
  const rows: Row[] = [];
  for (const row of before) {
    const now = key(row);
    const instead = fresh.size > 0 ? fresh.get(now) : undefined;
    if (instead) {
      rows.push(instead);
      fresh.delete(now);
    } else if (gone.size === 0 || !gone.has(now)) rows.push(row);
  }
  for (const row of fresh.values()) rows.push(row);
  return rows;
}

/** The same of objects, which are in order of id: of very many a few change. */
function applyObjects(before: readonly ObjectView[], delta: RowDelta<ObjectView> | undefined) {
  if (!delta || delta.order || delta.rows.length * 8 > before.length)
    return applyRows(before, delta, keyOf.objects);
  let rows = before.slice();
  for (const row of delta.rows) {
    const at = indexOfId(before, row.id);
    if (at >= 0) rows[at] = row;
    else rows.push(row);
  }
  if (delta.gone) {
    const gone = new Set(delta.gone);
    rows = rows.filter(({ id }) => !gone.has(id));
  }
  return rows;
}

/** Where the object of this id stands among objects in order of id, or -1. */
export function indexOfId(objects: readonly ObjectView[], id: number): number {
  let low = 0;
  let high = objects.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = objects[middle]!.id;
    if (found === id) return middle;
    if (found < id) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

function diffGart(before: GartView, after: GartView): GartDelta | undefined {
  if (before === after || (before.runs === after.runs && before.nrEntries === after.nrEntries))
    return undefined;
  const gone: number[] = [];
  const runs: GartRunView[] = [];
  let at = 0;
  for (const run of after.runs) {
    let old = before.runs[at];
    for (; old && old.firstEntry < run.firstEntry; old = before.runs[++at]) gone.push(old.firstEntry);
    if (old && old.firstEntry === run.firstEntry) {
      at++;
      if (same(old, run)) continue;
      gone.push(old.firstEntry);
    }
    runs.push(run);
  }
  for (; at < before.runs.length; at++) gone.push(before.runs[at]!.firstEntry);
  if (gone.length + runs.length === 0 && before.nrEntries === after.nrEntries) return undefined;
  return { nrEntries: after.nrEntries, gone, runs };
}

function applyGart(before: GartView, delta: GartDelta | undefined): GartView {
  if (!delta) return before;
  const { gone } = delta;
  const runs: GartRunView[] = [];
  let next = 0;
  let left = 0;
  for (const run of before.runs) {
    if (gone[left] === run.firstEntry) {
      left++;
      continue;
    }
    while (next < delta.runs.length && delta.runs[next]!.firstEntry < run.firstEntry)
      runs.push(delta.runs[next++]!);
    runs.push(run);
  }
  while (next < delta.runs.length) runs.push(delta.runs[next++]!);
  return { nrEntries: delta.nrEntries, runs };
}

/** What to send so that a window showing `before` shows `after`. */
export function diffView(before: LabView, after: LabView): ViewDelta {
  const placements = diffRows(before.placements, after.placements, keyOf.placements);
  const objects = diffRows(before.objects, after.objects, keyOf.objects);
  const tasks = diffRows(before.tasks, after.tasks, keyOf.tasks);
  const why = diffRows(before.why, after.why, keyOf.why);
  const gart = diffGart(before.gart, after.gart);
  return {
    status: after.status,
    ...(placements && { placements }),
    ...(objects && { objects }),
    ...(tasks && { tasks }),
    ...(gart && { gart }),
    ...(why && { why }),
  };
}

/** The view after a difference; `before` stays as it is. */
export function applyDelta(before: LabView, delta: ViewDelta): LabView {
  return {
    status: delta.status,
    placements: applyRows(before.placements, delta.placements, keyOf.placements),
    objects: applyObjects(before.objects, delta.objects),
    tasks: applyRows(before.tasks, delta.tasks, keyOf.tasks),
    gart: applyGart(before.gart, delta.gart),
    why: applyRows(before.why, delta.why, keyOf.why),
  };
}
