/**
 * Rows of very many objects as one array of numbers and one of words: what a port copies without looking at every field. A message with a
 * thousand rows costs a tenth of what the same rows cost as objects.
 *
 * Layout     `numbers`, row by row: id, placement, pages, maps, moving, last use, GART entry or -1, number of the word why it is pinned
 *            or -1, number of runs and each run (first page, pages), number of holders and each of them (word of the task, pid, word how, PTEs).
 *            `words`: names of the rows in order, then the others
 * Invariants I1 unpackObjects(packObjects(rows)) equals rows
 */
import type { FromLab } from './protocol.ts';
import { type HolderView, type ObjectView, type PageRun, PLACEMENTS } from './view_types.ts';

export interface PackedObjects {
  readonly count: number;
  readonly numbers: Float64Array<ArrayBuffer>;
  readonly words: readonly string[];
}

const NONE = -1;
/** Most rows of very many have none: they share it. */
const NO_RUNS: PageRun[] = [];

/** Numbers of a row without runs and holders, of a run, of a holder. */
const ROW_NUMBERS = 10;
const RUN_NUMBERS = 2;
const HOLDER_NUMBERS = 4;

/** Rows that are sent as one array. */
export function packObjects(rows: readonly ObjectView[]): PackedObjects {
  let size = 0;
  for (const { runs, holders } of rows)
    size += ROW_NUMBERS + RUN_NUMBERS * runs.length + HOLDER_NUMBERS * holders.length;
  const numbers = new Float64Array(size);
  const words = rows.map(({ name }) => name);
  const known = new Map<string, number>();
  const shared = (text: string): number => {
    let number = known.get(text);
    if (number === undefined) {
      number = words.push(text) - 1;
      known.set(text, number);
    }
    return number;
  };
  let at = 0;
  for (const { id, placement, nrPages, runs, pinned, maps, moving, lastUse, gartEntry, holders } of rows) {
    numbers[at++] = id;
    numbers[at++] = PLACEMENTS.indexOf(placement);
    numbers[at++] = nrPages;
    numbers[at++] = maps;
    numbers[at++] = moving ? 1 : 0;
    numbers[at++] = lastUse;
    numbers[at++] = gartEntry ?? NONE;
    numbers[at++] = pinned === null ? NONE : shared(pinned);
    numbers[at++] = runs.length;
    for (const run of runs) {
      numbers[at++] = run.firstPage;
      numbers[at++] = run.nrPages;
    }
    numbers[at++] = holders.length;
    for (const { task, pid, how, presentPtes } of holders) {
      numbers[at++] = shared(task);
      numbers[at++] = pid;
      // Names a handle or a mapping: no two are alike.
      numbers[at++] = words.push(how) - 1;
      numbers[at++] = presentPtes;
    }
  }
  return { count: rows.length, numbers, words };
}

/** The rows again. */
export function unpackObjects({ count, numbers, words }: PackedObjects): ObjectView[] {
  const rows: ObjectView[] = [];
  let at = 0;
  // Small numbers as such: kept as what the array holds, each would be an object of its own.
  const next = () => {
    const number = numbers[at++]!;
    const small = number | 0;
    return small === number ? small : number;
  };
  for (let row = 0; row < count; row++) {
    const id = next();
    const placement = PLACEMENTS[next()]!;
    const nrPages = next();
    const maps = next();
    const moving = next() === 1;
    const lastUse = next();
    const entry = next();
    const why = next();
    const nrRuns = next();
    const runs: PageRun[] = nrRuns === 0 ? NO_RUNS : [];
    for (let left = nrRuns; left > 0; left--) runs.push({ firstPage: next(), nrPages: next() });
    const holders: HolderView[] = [];
    for (let left = next(); left > 0; left--)
      holders.push({ task: words[next()]!, pid: next(), how: words[next()]!, presentPtes: next() });
    rows.push({
      id,
      name: words[row]!,
      placement,
      nrPages,
      runs,
      pinned: why === NONE ? null : words[why]!,
      maps,
      moving,
      lastUse,
      gartEntry: entry === NONE ? null : entry,
      holders,
    });
  }
  return rows;
}

/** Fewer rows than this are sent as they are. */
const PACKED_FROM = 64;

type ViewMessage = Extract<FromLab, { type: 'view' }>;

/** A message as it goes over the port: rows packed where they are many. @returns and the buffers that go with it, not copied */
export function toPort(message: FromLab): readonly [FromLab, ArrayBuffer[]] {
  if (message.type !== 'view') return [message, []];
  const { objects } = message.delta;
  if (!objects || objects.rows.length < PACKED_FROM) return [message, []];
  const packed = packObjects(objects.rows);
  const delta = { ...message.delta, objects: { ...objects, rows: [] } };
  return [{ ...message, delta, packed }, [packed.numbers.buffer]];
}

/** The message that was sent. */
export function fromPort(message: FromLab): FromLab {
  return message.type === 'view' && message.packed ? unpacked(message, message.packed) : message;
}

function unpacked({ type, delta, changes }: ViewMessage, packed: PackedObjects): ViewMessage {
  return { type, delta: { ...delta, objects: { ...delta.objects, rows: unpackObjects(packed) } }, changes };
}
