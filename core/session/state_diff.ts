/** What differs between two moments of a session, as rows. */
import type { ObjectState, StateSummary } from './state_summary.ts';

export const DIFF_KINDS = ['moment', 'placement', 'object', 'map', 'lru', 'counter'] as const;
export type DiffKind = (typeof DIFF_KINDS)[number];

/** One difference; null: it is not there at that moment. */
export interface DiffRow {
  readonly kind: DiffKind;
  readonly name: string;
  /** What of it, `placement`, `PTEs`. */
  readonly what: string;
  readonly before: string | number | null;
  readonly after: string | number | null;
}

type Value = string | number | null;

/** Rows of two tables of values where they differ, in order of their first appearance. */
function tableRows(
  kind: DiffKind,
  what: string,
  before: ReadonlyMap<string, Value>,
  after: ReadonlyMap<string, Value>,
): DiffRow[] {
  const rows: DiffRow[] = [];
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    const old = before.get(name) ?? null;
    const now = after.get(name) ?? null;
    if (old !== now) rows.push({ kind, name, what, before: old, after: now });
  }
  return rows;
}

const OBJECT_FIELDS: readonly [what: string, of: (object: ObjectState) => Value][] = [
  ['placement', ({ placement }) => placement],
  ['first page', ({ firstPage }) => firstPage],
  ['pages', ({ nrPages }) => nrPages],
  ['PTEs', ({ ptes }) => ptes],
  ['GART entry', ({ gartEntry }) => gartEntry],
  ['pinned', ({ pinned }) => (pinned ? 'yes' : 'no')],
];

/** Objects by id; one that came or went is one row. */
function objectRows(before: StateSummary, after: StateSummary): DiffRow[] {
  const old = new Map(before.objects.map(object => [object.id, object]));
  const now = new Map(after.objects.map(object => [object.id, object]));
  const rows: DiffRow[] = [];
  const says = ({ placement, nrPages }: ObjectState) => `${nrPages} pages in ${placement}`;
  for (const id of new Set([...old.keys(), ...now.keys()])) {
    const a = old.get(id);
    const b = now.get(id);
    const name = (b ?? a)!.name;
    if (!a || !b) {
      rows.push({
        kind: 'object',
        name,
        what: 'exists',
        before: a ? says(a) : null,
        after: b ? says(b) : null,
      });
      continue;
    }
    for (const [what, of] of OBJECT_FIELDS) {
      if (of(a) !== of(b)) rows.push({ kind: 'object', name, what, before: of(a), after: of(b) });
    }
  }
  return rows;
}

const tableOf = (of: Readonly<Record<string, Value>>) => new Map(Object.entries(of));

/** Rows of everything that differs; none for two equal moments. */
export function diffStates(before: StateSummary, after: StateSummary): DiffRow[] {
  const moment = ({ position, time, events }: StateSummary) => tableOf({ position, time, events });
  const maps = ({ maps }: StateSummary) => new Map<string, Value>(maps.map(({ name, ptes }) => [name, ptes]));
  const order = ({ lru }: StateSummary) =>
    new Map<string, Value>(Object.entries(lru).map(([memory, names]) => [memory, names.join(', ')]));
  return [
    ...tableRows('moment', 'value', moment(before), moment(after)),
    ...tableRows('placement', 'pages used', tableOf(before.used), tableOf(after.used)),
    ...objectRows(before, after),
    ...tableRows('map', 'PTEs', maps(before), maps(after)),
    ...tableRows('lru', 'oldest first', order(before), order(after)),
    ...tableRows('counter', 'events', tableOf(before.counters), tableOf(after.counters)),
  ];
}
