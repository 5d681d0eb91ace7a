/**
 * The tables of a session, folded from its events in one reading: events, faults, evictions, placements over time, objects, tasks.
 *
 * Units     ns of virtual time (of the capture's clock in imports), pages of 4096 bytes
 * Memory    one block of events and one row for each object; nothing grows with the length of the session
 * Imports   have events of other kernels: all of them stand in `events`, the other tables hold what their events tell
 */
import type { RecordedSession } from '../recorded_session.ts';
import { EventCursor, eventKinds, TaskNames } from './event_kinds.ts';
import { type TableBatch, TableRows, type TableShape } from './table.ts';

/** An export that its caller ended. */
export class ExportCancelled extends Error {
  override readonly name = 'ExportCancelled';
}

export interface ReadOptions {
  /** Events read so far. */
  readonly onEvents?: (count: number) => void;
  /** Asked between blocks: true ends the export with ExportCancelled. */
  readonly isCancelled?: () => boolean;
}

export const EVENTS: TableShape = {
  name: 'events',
  about: 'An event, in the order in which they happened.',
  columns: {
    event: 'int',
    time_ns: 'int',
    task: 'int',
    task_name: 'text',
    name: 'text',
    object: 'int',
    fields: 'text',
  },
};

export const FAULTS: TableShape = {
  name: 'faults',
  about: 'A page fault of a task; reason is what the fault handler answered.',
  columns: {
    event: 'int',
    time_ns: 'int',
    task: 'int',
    task_name: 'text',
    mm: 'int',
    page: 'int',
    write: 'int',
    reason: 'text',
    ptes_inserted: 'int',
    object: 'int',
  },
};

export const EVICTIONS: TableShape = {
  name: 'evictions',
  about:
    'An object that had to leave its memory, for another one (for_object) or for none (empty); task is on whose behalf.',
  columns: {
    event: 'int',
    time_ns: 'int',
    task: 'int',
    task_name: 'text',
    object: 'int',
    for_object: 'int',
    pages: 'int',
    to_placement: 'text',
    passed_over: 'int',
  },
};

export const PLACEMENTS_TABLE: TableShape = {
  name: 'placements',
  about:
    'A change of place of an object (cause: create, move, evict, swap out, swap in, free), and the pages in each memory after it.',
  columns: {
    event: 'int',
    time_ns: 'int',
    task: 'int',
    task_name: 'text',
    object: 'int',
    cause: 'text',
    from_placement: 'text',
    to_placement: 'text',
    pages: 'int',
    vram_pages: 'int',
    tt_pages: 'int',
    system_pages: 'int',
    swap_pages: 'int',
  },
};

export const OBJECTS: TableShape = {
  name: 'objects',
  about: 'A buffer object; placement is the last one, freed_ns is empty while it lives.',
  columns: {
    object: 'int',
    created_event: 'int',
    created_ns: 'int',
    freed_ns: 'int',
    device: 'int',
    kind: 'text',
    pages: 'int',
    placement: 'text',
    moves: 'int',
    moved_pages: 'int',
    evictions: 'int',
    faults: 'int',
  },
};

export const TASKS: TableShape = {
  name: 'tasks',
  about: 'A task that events name; 0 is the kernel itself.',
  columns: { task: 'int', name: 'text' },
};

export const TABLES: readonly TableShape[] = [EVENTS, FAULTS, EVICTIONS, PLACEMENTS_TABLE, OBJECTS, TASKS];

const MEMORIES = ['VRAM', 'TT', 'SYSTEM', 'SWAP'] as const;
const memoryOf = (word: string) => (word === 'PRIV' ? 'VRAM' : word === 'none' ? null : word);

interface ObjectRow {
  event: number | null;
  time: number | null;
  freed: number | null;
  device: number | null;
  kind: string | null;
  pages: number;
  placement: string | null;
  moves: number;
  movedPages: number;
  evictions: number;
  faults: number;
}

class Fold {
  readonly rows = {
    events: new TableRows(EVENTS),
    faults: new TableRows(FAULTS),
    evictions: new TableRows(EVICTIONS),
    placements: new TableRows(PLACEMENTS_TABLE),
  };
  readonly objects = new Map<number, ObjectRow>();
  private readonly sums = new Map<string, number>(MEMORIES.map(memory => [memory, 0]));
  private readonly faulting = new Map<number, number>();
  private readonly victims = new Set<number>();
  private passedOver = 0;

  constructor(private readonly tasks: TaskNames) {}

  private object(id: number): ObjectRow {
    let row = this.objects.get(id);
    if (!row) {
      const none = { event: null, time: null, freed: null, device: null, kind: null, placement: null };
      row = { ...none, pages: 0, moves: 0, movedPages: 0, evictions: 0, faults: 0 };
      this.objects.set(id, row);
    }
    return row;
  }

  take(event: EventCursor, textAt: (index: number) => string | null): void {
    const { index, time, task, kind } = event;
    this.tasks.see(event);
    const fields = JSON.stringify(event.values(textAt));
    this.rows.events.add(index, time, task, this.tasks.of(task), kind.name, event.object, fields);
    FOLDS[kind.name]?.(this, event);
  }

  fault(event: EventCursor): void {
    const { index, time, task } = event;
    const object = this.faulting.get(task) ?? null;
    this.faulting.delete(task);
    if (object !== null) this.object(object).faults++;
    this.rows.faults.add(
      index,
      time,
      task,
      this.tasks.of(task),
      event.number('mmId'),
      event.number('page'),
      event.number('write'),
      event.word('reason'),
      event.number('ptesInserted'),
      object,
    );
  }

  faultIn(event: EventCursor): void {
    this.faulting.set(event.task, event.number('objectId'));
  }

  created(event: EventCursor): void {
    // Ids of objects are not used again.
    const row = this.object(event.number('objectId'));
    row.event = event.index;
    row.time = event.time;
    row.device = event.number('device');
    row.kind = event.word('kind');
    row.pages = event.number('nrPages');
  }

  walkBegins(): void {
    this.passedOver = 0;
  }

  candidate(event: EventCursor): void {
    if (event.word('reason') !== 'victim') this.passedOver++;
  }

  victim(event: EventCursor): void {
    const { index, time, task } = event;
    const object = event.number('objectId');
    this.object(object).evictions++;
    this.victims.add(object);
    this.rows.evictions.add(
      index,
      time,
      task,
      this.tasks.of(task),
      object,
      // A budget that was lowered, or a memory that is cleaned out, makes room for nobody.
      event.number('forObjectId') || null,
      event.number('nrPages'),
      event.word('to'),
      this.passedOver,
    );
  }

  /** @param pages null: as many as the object has */
  place(event: EventCursor, cause: string, to: string | null, pages: number | null): void {
    const { index, time, task } = event;
    const id = event.number('objectId');
    const object = this.object(id);
    const from = object.placement;
    const nrPages = pages ?? object.pages;
    if (from !== null) this.sums.set(from, (this.sums.get(from) ?? 0) - object.pages);
    if (to !== null) this.sums.set(to, (this.sums.get(to) ?? 0) + nrPages);
    object.pages = nrPages;
    object.placement = to;
    if (from !== null && to !== null && from !== to) {
      object.moves++;
      object.movedPages += nrPages;
    }
    if (to === null) object.freed = time;
    const sums = MEMORIES.map(memory => this.sums.get(memory)!);
    this.rows.placements.add(index, time, task, this.tasks.of(task), id, cause, from, to, nrPages, ...sums);
  }

  move(event: EventCursor): void {
    const evicted = this.victims.delete(event.number('objectId'));
    const fresh = memoryOf(event.word('from')) === null;
    const cause = evicted ? 'evict' : fresh ? 'create' : 'move';
    this.place(event, cause, memoryOf(event.word('to')), event.number('nrPages'));
  }

  objectRows(): TableRows {
    const rows = new TableRows(OBJECTS);
    for (const [id, row] of [...this.objects].sort(([a], [b]) => a - b)) {
      rows.add(
        id,
        row.event,
        row.time,
        row.freed,
        row.device,
        row.kind,
        row.pages,
        row.placement,
        row.moves,
        row.movedPages,
        row.evictions,
        row.faults,
      );
    }
    return rows;
  }

  taskRows(): TableRows {
    const rows = new TableRows(TASKS);
    for (const task of this.tasks.all()) rows.add(task, this.tasks.of(task));
    return rows;
  }
}

const FOLDS: Readonly<Record<string, (fold: Fold, event: EventCursor) => void>> = {
  'exceptions:page_fault_user': (fold, event) => fold.fault(event),
  'lab_ttm:bo_vm_fault_reserved': (fold, event) => fold.faultIn(event),
  'lab_drm:gem_object_init': (fold, event) => fold.created(event),
  'lab_drm:gem_object_free': (fold, event) => fold.place(event, 'free', null, null),
  'lab_ttm:bo_move': (fold, event) => fold.move(event),
  'lab_ttm:bo_swapout': (fold, event) => fold.place(event, 'swap out', 'SWAP', event.number('nrPages')),
  'lab_ttm:bo_swapin': (fold, event) => fold.place(event, 'swap in', 'SYSTEM', event.number('nrPages')),
  'lab_ttm:evict_begin': fold => fold.walkBegins(),
  'lab_ttm:evict_candidate': (fold, event) => fold.candidate(event),
  'lab_ttm:evict_victim': (fold, event) => fold.victim(event),
};

/** Indexes of texts that the events of a block name. */
function* textIndexes(event: EventCursor): Generator<number> {
  const { fields } = event.kind;
  for (let i = 0; i < fields.length; i++) if (fields[i]!.endsWith('$')) yield event.args[i]!;
}

/**
 * All tables of a session, batch by batch; `objects` and `tasks` come at the end.
 *
 * @throws ExportCancelled
 */
export async function* sessionTables(
  session: RecordedSession,
  options: ReadOptions = {},
): AsyncGenerator<TableBatch> {
  const kinds = eventKinds(session.header);
  const hasTexts = kinds.some(kind => kind.fields.some(field => field.endsWith('$')));
  const texts = session.texts();
  const event = new EventCursor(kinds);
  const fold = new Fold(new TaskNames(session.header, session.inputs));
  let read = 0;
  for await (const columns of session.events()) {
    if (options.isCancelled?.()) throw new ExportCancelled('The export was ended.');
    const wanted = new Set<number>();
    for (let row = 0; hasTexts && row < columns.count; row++) {
      event.on(columns, row);
      for (const index of textIndexes(event)) wanted.add(index);
    }
    const found = await texts.all(wanted);
    const textAt = (index: number) => found.get(index) ?? null;
    for (let row = 0; row < columns.count; row++) {
      event.on(columns, row);
      fold.take(event, textAt);
    }
    read += columns.count;
    options.onEvents?.(read);
    for (const rows of Object.values(fold.rows)) if (rows.count > 0) yield rows.take();
  }
  yield fold.objectRows().take();
  yield fold.taskRows().take();
}
