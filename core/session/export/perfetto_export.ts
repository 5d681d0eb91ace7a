/**
 * A session as a Perfetto trace: a track for each task, for the kernel's evictions and shoot-downs, for each engine and its fences;
 * bytes in each memory as counters; the chain of each move as a flow (access, fault, evict, unmap, copy, PTE).
 *
 * Time    virtual ns as Perfetto's boot time
 * Flow    its id is the index of the move's event plus one
 * Imports instants on the tracks of their tasks
 */
import { PAGE_SIZE } from '../../base/units.ts';
import type { ByteSink } from '../file/container_writer.ts';
import type { RecordedSession } from '../recorded_session.ts';
import { EventCursor, eventKinds, TaskNames } from './event_kinds.ts';
import { type Mark, PerfettoWriter } from './perfetto_writer.ts';
import { ExportCancelled, type ReadOptions } from './session_tables.ts';

const MEMORIES = ['VRAM', 'TT', 'SYSTEM', 'SWAP'] as const;
type Memory = (typeof MEMORIES)[number];
/** Tracks of kernel, engines and memory hang on a process of this number, which no task has. */
const MACHINE_PID = 1_000_000;
/** Events that are too many and too small to be looked at one by one. */
const QUIET = new Set(['lab_mm:vmf_insert_pfn_prot', 'lab_dma_buf:resv_add_fence']);

interface TaskTrack {
  readonly uuid: number;
  /** What is open on the track, and what its flows start at. */
  open: 'call' | 'fault' | null;
  blocked: boolean;
  mark: Mark | null;
}

interface EngineTrack {
  readonly work: number;
  readonly fences: number;
  /** End of the last work. */
  free: number;
  readonly jobs: Map<number, { readonly emitted: number; took: number; name: string; flow: number }>;
}

const memoryOf = (word: string): Memory | null =>
  word === 'none' ? null : word === 'PRIV' ? 'VRAM' : (word as Memory);

class PerfettoFold {
  private readonly machine: number;
  private readonly evictions: number;
  private readonly shootDowns: number;
  private readonly counters = new Map<Memory, number>();
  private readonly bytes = new Map<Memory, number>();
  private readonly taskTracks = new Map<number, TaskTrack>();
  private readonly engines = new Map<number, EngineTrack>();
  private readonly places = new Map<number, { readonly memory: Memory; readonly pages: number }>();
  /** By object: what waits for the flow of its next move, and the flow that its next fault ends. */
  private readonly before = new Map<number, Mark[]>();
  private readonly flows = new Map<number, number>();
  private unmapped: Mark[] = [];
  private faulting = new Map<number, number>();
  private newestJob: EngineTrack | null = null;
  private newestSeqno = 0;
  private inWalk = false;

  constructor(
    private readonly writer: PerfettoWriter,
    private readonly tasks: TaskNames,
  ) {
    this.machine = writer.process(MACHINE_PID, 'machine');
    this.evictions = writer.child('evictions', this.machine);
    this.shootDowns = writer.child('shoot-downs', this.machine);
    for (const memory of MEMORIES)
      this.counters.set(memory, writer.byteCounter(`bytes in ${memory}`, this.machine));
  }

  private task(pid: number): TaskTrack {
    let track = this.taskTracks.get(pid);
    if (!track) {
      const { name, ...known } = this.tasks.identity(pid);
      // Perfetto takes pid 0 for the idle task; number 0 here is the kernel, or nobody in particular.
      const ids = pid === 0 ? { pid: MACHINE_PID, tid: MACHINE_PID } : known;
      const process = pid === 0 ? this.machine : this.writer.process(ids.pid, name);
      const uuid = this.writer.thread(ids.pid, ids.tid, name, process);
      track = { uuid, open: null, blocked: false, mark: null };
      this.taskTracks.set(pid, track);
    }
    return track;
  }

  take(event: EventCursor): void {
    this.tasks.see(event);
    const { kind, task, time } = event;
    if (this.taskTracks.size === 0) for (const memory of MEMORIES) this.add(memory, 0, time);
    const track = this.task(task);
    // Outside a call a task is in the kernel for one reason only: a page fault.
    const begins = kind.name === 'raw_syscalls:sys_enter';
    if (task !== 0 && track.open === null && !begins && FAULT_PARTS.has(kind.name)) {
      track.open = 'fault';
      track.mark = this.writer.begin(track.uuid, time, 'fault', 'page fault');
    }
    const handler = HANDLERS[kind.name];
    if (handler) handler(this, event, track);
    else if (!QUIET.has(kind.name))
      this.writer.instant(track.uuid, time, kind.name.split(':')[0]!, kind.name, this.about(event));
  }

  private about(event: EventCursor): Record<string, number | string> {
    const about: Record<string, number | string> = { event: event.index };
    event.kind.fields.forEach((field, i) => {
      about[field] = event.kind.words[field]?.[event.args[i]!] ?? event.args[i]!;
    });
    return about;
  }

  enter(event: EventCursor, track: TaskTrack): void {
    if (track.open === 'call' && track.blocked) {
      track.blocked = false;
      return;
    }
    if (track.open !== null) this.writer.end(track.uuid, event.time);
    track.open = 'call';
    track.mark = this.writer.begin(track.uuid, event.time, 'call', 'system call', this.about(event));
  }

  exit(event: EventCursor, track: TaskTrack): void {
    if (track.open !== 'call') return;
    this.writer.end(track.uuid, event.time, { ret: event.number('ret') | 0 });
    this.closed(track);
  }

  private closed(track: TaskTrack): void {
    track.open = null;
    track.blocked = false;
    track.mark = null;
  }

  blocked(event: EventCursor): void {
    const track = this.task(event.number('pid'));
    track.blocked = true;
    this.writer.instant(track.uuid, event.time, 'call', 'waits', this.about(event));
  }

  faultIn(event: EventCursor): void {
    this.faulting.set(event.task, event.number('objectId'));
  }

  fault(event: EventCursor, track: TaskTrack): void {
    const object = this.faulting.get(event.task);
    this.faulting.delete(event.task);
    const reason = event.word('reason');
    const mark = this.writer.instant(track.uuid, event.time, 'fault', 'PTEs', this.about(event));
    const flow = object === undefined ? undefined : this.flows.get(object);
    if (flow !== undefined && event.number('ptesInserted') > 0) {
      mark.terminatingFlowIds.push(flow);
      this.flows.delete(object!);
    }
    if (track.open !== 'fault' || reason === 'RETRY') return;
    this.writer.end(track.uuid, event.time, { reason });
    this.closed(track);
  }

  exitTask(event: EventCursor): void {
    const track = this.task(event.number('pid'));
    this.writer.instant(track.uuid, event.time, 'sched', 'exit');
    if (track.open !== null) this.writer.end(track.uuid, event.time);
    this.closed(track);
  }

  walk(event: EventCursor): void {
    this.inWalk = true;
    this.writer.begin(this.evictions, event.time, 'evict', 'look for room', this.about(event));
  }

  walkEnd(event: EventCursor): void {
    if (this.inWalk) this.writer.end(this.evictions, event.time, this.about(event));
    this.inWalk = false;
  }

  victim(event: EventCursor): void {
    const object = event.number('objectId');
    const name = `evict bo ${object}`;
    const mark = this.writer.instant(this.evictions, event.time, 'evict', name, this.about(event));
    this.before.set(object, [mark]);
  }

  unmap(event: EventCursor): void {
    this.unmapped.push(
      this.writer.instant(this.shootDowns, event.time, 'unmap', 'unmap_mapping_range', this.about(event)),
    );
  }

  move(event: EventCursor, track: TaskTrack): void {
    const object = event.number('objectId');
    const [from, to] = [memoryOf(event.word('from')), memoryOf(event.word('to'))];
    const pages = event.number('nrPages');
    const unmapped = this.unmapped.splice(0);
    const earlier = this.before.get(object) ?? [];
    this.before.delete(object);
    if (from !== null && from !== to) {
      const flow = event.index + 1;
      const marks = [...(track.mark ? [track.mark] : []), ...earlier, ...unmapped];
      for (const mark of marks) mark.flowIds.push(flow);
      this.flows.set(object, flow);
    }
    this.place(event, object, to, pages);
  }

  place(event: EventCursor, object: number, memory: Memory | null, pages: number): void {
    const old = this.places.get(object);
    if (old) this.add(old.memory, -old.pages, event.time);
    if (memory === null) this.places.delete(object);
    else {
      this.places.set(object, { memory, pages });
      this.add(memory, pages, event.time);
    }
  }

  private add(memory: Memory, pages: number, time: number): void {
    const bytes = (this.bytes.get(memory) ?? 0) + pages * PAGE_SIZE;
    this.bytes.set(memory, bytes);
    this.writer.count(this.counters.get(memory)!, time, bytes);
  }

  private engine(event: EventCursor): EngineTrack {
    const context = event.number('context');
    let engine = this.engines.get(context);
    if (!engine) {
      const name = `${event.word('driver')} ${event.word('timeline')} (context ${context})`;
      const work = this.writer.child(name, this.machine);
      const fences = this.writer.child(`fences of context ${context}`, this.machine);
      engine = { work, fences, free: 0, jobs: new Map() };
      this.engines.set(context, engine);
    }
    return engine;
  }

  fenceEmitted(event: EventCursor): void {
    const engine = this.engine(event);
    const seqno = event.number('seqno');
    const took = Number.POSITIVE_INFINITY;
    engine.jobs.set(seqno, { emitted: event.time, took, name: `fence ${seqno}`, flow: 0 });
    this.newestJob = engine;
    this.newestSeqno = seqno;
    this.writer.instant(engine.fences, event.time, 'fence', 'emit', this.about(event));
  }

  fenceSignalled(event: EventCursor): void {
    const engine = this.engine(event);
    const seqno = event.number('seqno');
    this.writer.instant(engine.fences, event.time, 'fence', 'signal', this.about(event));
    const job = engine.jobs.get(seqno);
    if (!job) return;
    engine.jobs.delete(seqno);
    const start = Math.max(engine.free, job.emitted, event.time - job.took);
    engine.free = event.time;
    const mark = this.writer.begin(engine.work, start, 'engine', job.name, { seqno });
    if (job.flow > 0) mark.flowIds.push(job.flow);
    this.writer.end(engine.work, event.time);
  }

  moveFence(event: EventCursor): void {
    const object = event.number('objectId');
    const job = this.engines.get(event.number('context'))?.jobs.get(event.number('seqno'));
    if (!job) return;
    job.took = event.number('durationNs');
    job.name = `copy bo ${object}`;
    job.flow = this.flows.get(object) ?? 0;
  }

  submitted(event: EventCursor, track: TaskTrack): void {
    const job = this.newestJob?.jobs.get(this.newestSeqno);
    if (job) {
      job.took = event.number('durationNs');
      job.name = `job ${event.number('jobId')}`;
    }
    this.writer.instant(track.uuid, event.time, 'job', 'submit', this.about(event));
  }
}

type Handler = (fold: PerfettoFold, event: EventCursor, track: TaskTrack) => void;

/** What a task that is in no call does only when it faults. */
const FAULT_PARTS = new Set([
  'exceptions:page_fault_user',
  'lab_ttm:bo_vm_fault_reserved',
  'lab_ttm:evict_begin',
  'lab_ttm:bo_unmap_virtual',
  'lab_mm:unmap_mapping_range',
  'lab_ttm:bo_move',
  'lab_ttm:bo_swapin',
]);

const HANDLERS: Readonly<Record<string, Handler>> = {
  'raw_syscalls:sys_enter': (fold, event, track) => fold.enter(event, track),
  'raw_syscalls:sys_exit': (fold, event, track) => fold.exit(event, track),
  'lab_kernel:task_blocked': (fold, event) => fold.blocked(event),
  'sched:sched_process_exit': (fold, event) => fold.exitTask(event),
  'exceptions:page_fault_user': (fold, event, track) => fold.fault(event, track),
  'lab_ttm:bo_vm_fault_reserved': (fold, event) => fold.faultIn(event),
  'lab_ttm:evict_begin': (fold, event) => fold.walk(event),
  'lab_ttm:evict_end': (fold, event) => fold.walkEnd(event),
  'lab_ttm:evict_victim': (fold, event) => fold.victim(event),
  'lab_mm:unmap_mapping_range': (fold, event) => fold.unmap(event),
  'lab_ttm:bo_move': (fold, event, track) => fold.move(event, track),
  'lab_ttm:bo_move_fence': (fold, event) => fold.moveFence(event),
  'lab_ttm:bo_swapout': (fold, event) =>
    fold.place(event, event.number('objectId'), 'SWAP', event.number('nrPages')),
  'lab_ttm:bo_swapin': (fold, event) =>
    fold.place(event, event.number('objectId'), 'SYSTEM', event.number('nrPages')),
  'lab_drm:gem_object_free': (fold, event) => fold.place(event, event.number('objectId'), null, 0),
  'dma_fence:dma_fence_emit': (fold, event) => fold.fenceEmitted(event),
  'dma_fence:dma_fence_signaled': (fold, event) => fold.fenceSignalled(event),
  'lab_gpu:job_submit': (fold, event, track) => fold.submitted(event, track),
};

/** @throws ExportCancelled */
export async function exportPerfetto(
  session: RecordedSession,
  sink: ByteSink,
  options: ReadOptions = {},
): Promise<void> {
  const writer = new PerfettoWriter(sink);
  const fold = new PerfettoFold(writer, new TaskNames(session.header, session.inputs));
  const event = new EventCursor(eventKinds(session.header));
  let read = 0;
  for await (const columns of session.events()) {
    if (options.isCancelled?.()) throw new ExportCancelled('The export was ended.');
    for (let row = 0; row < columns.count; row++) {
      event.on(columns, row);
      fold.take(event);
    }
    read += columns.count;
    options.onEvents?.(read);
  }
  writer.finish();
}
