/**
 * Small differences between two views: rows that changed, rows that went. One encoder for the lab, one decoder for the window.
 *
 * Invariants I1 applyDelta(a, diffView(a, b)) equals b
 *            I2 rows that did not change keep their identity in the decoded view, so that panels redraw only what changed
 */
import type {
  GartView,
  LabView,
  ObjectView,
  PlacementView,
  StatusView,
  TaskView,
  WhyView,
} from './view_types.ts';

/** Changed rows by key, and the order of keys when it changed. */
interface RowDelta<Row> {
  readonly rows: readonly Row[];
  /** Keys of all rows in order; absent when the order is as before. */
  readonly order?: readonly (number | string)[];
}

export interface ViewDelta {
  readonly status: StatusView;
  readonly placements?: RowDelta<PlacementView>;
  readonly objects?: RowDelta<ObjectView>;
  readonly tasks?: RowDelta<TaskView>;
  readonly gart?: GartView;
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

function diffRows<Row>(
  before: readonly Row[],
  after: readonly Row[],
  key: (row: Row) => number | string,
): RowDelta<Row> | undefined {
  const old = new Map(before.map(row => [key(row), row]));
  const rows = after.filter(row => !same(old.get(key(row)), row));
  const reordered = before.length !== after.length || before.some((row, i) => key(row) !== key(after[i]!));
  if (rows.length === 0 && !reordered) return undefined;
  return reordered ? { rows, order: after.map(key) } : { rows };
}

function applyRows<Row>(
  before: readonly Row[],
  delta: RowDelta<Row> | undefined,
  key: (row: Row) => number | string,
): readonly Row[] {
  if (!delta) return before;
  const rows = new Map(before.map(row => [key(row), row]));
  for (const row of delta.rows) rows.set(key(row), row);
  const order = delta.order ?? before.map(key);
  return order.map(k => rows.get(k)!);
}

/** What to send so that a window showing `before` shows `after`. */
export function diffView(before: LabView, after: LabView): ViewDelta {
  const placements = diffRows(before.placements, after.placements, keyOf.placements);
  const objects = diffRows(before.objects, after.objects, keyOf.objects);
  const tasks = diffRows(before.tasks, after.tasks, keyOf.tasks);
  const why = diffRows(before.why, after.why, keyOf.why);
  return {
    status: after.status,
    ...(placements && { placements }),
    ...(objects && { objects }),
    ...(tasks && { tasks }),
    ...(same(before.gart, after.gart) ? {} : { gart: after.gart }),
    ...(why && { why }),
  };
}

/** The view after a difference; `before` stays as it is. */
export function applyDelta(before: LabView, delta: ViewDelta): LabView {
  return {
    status: delta.status,
    placements: applyRows(before.placements, delta.placements, keyOf.placements),
    objects: applyRows(before.objects, delta.objects, keyOf.objects),
    tasks: applyRows(before.tasks, delta.tasks, keyOf.tasks),
    gart: delta.gart ?? before.gart,
    why: applyRows(before.why, delta.why, keyOf.why),
  };
}
