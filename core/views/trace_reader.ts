/**
 * Reads new rows of the trace once, oldest first, straight from the columns, and folds them into what the views need:
 * what moved, who was shot down, who faulted, why which object was evicted.
 *
 * Rule       nothing here is known that is not in the events; after a step back the fold starts anew from the rows held
 */
import type { Change, Placement, WhyView } from '../public/view_types.ts';
import { EVENT_ARGS } from '../trace/event.ts';
import {
  BO_MOVE,
  BO_MOVE_FENCE,
  BO_SWAPIN,
  BO_SWAPOUT,
  BO_UNMAP_VIRTUAL,
  EVICT_BEGIN,
  EVICT_CANDIDATE,
  EVICT_END,
  EVICT_REASONS,
  EVICT_VICTIM,
  PLACEMENT_WORDS,
  POLICY_WORDS,
} from '../trace/events/drm.ts';
import { PAGE_FAULT_USER, UNMAP_MAPPING_RANGE, ZAP_VMA } from '../trace/events/mm.ts';
import { CHUNK_EVENTS, type TraceBuffer } from '../trace/trace_buffer.ts';
import { EvictionWalk } from './eviction_walk.ts';
import { TouchedObjects } from './touched_objects.ts';

/** Evictions that a view carries at most. */
const MOST_WHY = 64;
/** Index of SIGBUS and what follows in the reasons of exceptions:page_fault_user. */
const REASONS = PAGE_FAULT_USER.words.reason!;

/** What the reader asks the kernel about ids in events. */
export interface IdNames {
  object(id: number): string;
  task(pid: number): string;
  /** The task and the VMA that a page of an mm belongs to now, or null. */
  vmaAt(
    mmId: number,
    page: number,
  ): { readonly pid: number; readonly vmaId: number; readonly objectId: number | null } | null;
}

interface OpenZap {
  readonly objectId: number;
  ptes: number;
  readonly vmaIds: number[];
}

export class TraceReader {
  /** Index of the next event to read. */
  next = 0;
  /** PTEs that the last shoot-down took, by VMA. */
  readonly zapped = new Map<number, number>();
  readonly why: WhyView[] = [];
  readonly touched = new TouchedObjects();
  private changes: Change[] = [];
  private walk: EvictionWalk | null = null;
  private zap: OpenZap | null = null;
  private evictions = 0;

  constructor(private readonly names: IdNames) {}

  /** Read up to the end, or so many events. @returns what moved since the last call */
  read(trace: TraceBuffer, most = Number.POSITIVE_INFINITY): readonly Change[] {
    const chunks = trace.columns();
    if (this.next < trace.firstIndex) {
      this.touched.noteAll();
      this.next = trace.firstIndex;
    }
    // Another trace than before: nobody can say what it changed.
    if (this.next > trace.count) this.touched.noteAll();
    const end = Math.min(trace.count, this.next + most);
    for (; this.next < end; this.next++) {
      const position = this.next - trace.firstIndex;
      const chunk = chunks[Math.floor(position / CHUNK_EVENTS)]!;
      const row = position % CHUNK_EVENTS;
      const type = chunk.type[row]!;
      const base = row * EVENT_ARGS;
      const { args } = chunk;
      this.touched.note(type, args, base);
      const handler = HANDLERS[type];
      if (!handler) continue;
      const values = [
        args[base]!,
        args[base + 1]!,
        args[base + 2]!,
        args[base + 3]!,
        args[base + 4]!,
      ] as const;
      handler(this, values, chunk.time[row]!, chunk.task[row]!);
    }
    const changes = this.changes;
    this.changes = [];
    return changes;
  }

  /** The trace went back: forget everything; the rows are to be read again. */
  restart(): void {
    this.next = 0;
    this.zapped.clear();
    this.why.length = 0;
    this.walk = null;
    this.zap = null;
    this.evictions = 0;
    this.touched.noteAll();
  }

  /** @internal */
  moved(objectId: number, from: Placement, to: Placement, nrPages: number): void {
    this.changes.push({ kind: 'move', objectId, from, to, nrPages, rate: null, rateSource: 'unknown' });
  }

  /** @internal the copy engine's own time of the move before */
  moveTook(objectId: number, durationNs: number): void {
    const index = this.changes.findLastIndex(
      change => change.kind === 'move' && change.objectId === objectId,
    );
    const change = this.changes[index];
    if (change?.kind !== 'move' || durationNs === 0) return;
    this.changes[index] = {
      ...change,
      rate: (change.nrPages * 4096 * 1e9) / durationNs,
      rateSource: 'model',
    };
  }

  /** @internal */
  zapBegins(objectId: number): void {
    this.zap = { objectId, ptes: 0, vmaIds: [] };
  }

  /** @internal */
  vmaZapped(vmaId: number, ptes: number): void {
    if (ptes === 0) return;
    this.zapped.set(vmaId, ptes);
    if (!this.zap) return;
    this.zap.ptes += ptes;
    this.zap.vmaIds.push(vmaId);
  }

  /** @internal */
  zapEnds(): void {
    const { zap } = this;
    this.zap = null;
    if (zap && zap.ptes > 0) this.changes.push({ kind: 'zap', ...zap });
  }

  /** @internal */
  faulted(mmId: number, page: number, reason: number): void {
    const found = this.names.vmaAt(mmId, page);
    if (!found) return;
    const word = REASONS[reason] ?? '';
    const outcome = word === 'SIGBUS' || word === 'SIGSEGV' || word === 'OOM' ? word : 'fault';
    const refault = this.zapped.delete(found.vmaId);
    this.changes.push({ kind: 'fault', ...found, refault, outcome });
  }

  /** @internal */
  evictBegins(args: Args, time: number, task: number): void {
    const [forObjectId, nrPages, placement, lastPage, policyWord] = args;
    const where = PLACEMENT_WORDS[placement] ?? 'VRAM';
    const policy = (POLICY_WORDS[policyWord] ?? 'lru').toUpperCase();
    const who = task === 0 ? 'The kernel' : this.names.task(task);
    const need =
      forObjectId === 0
        ? `The budget ends at page ${lastPage} of ${where} now: what lies behind has to leave.`
        : `${who} needs ${nrPages} ${nrPages === 1 ? 'page' : 'pages'} of ${where} for ${this.names.object(forObjectId)}, and no free range is large enough.`;
    this.walk = new EvictionWalk(time, `${need} The ${policy} is walked from the oldest.`, policy);
  }

  /** @internal */
  candidate([objectId, , reason, nrPages, ageUs]: Args): void {
    const word = EVICT_REASONS[reason] ?? 'pinned';
    this.walk?.candidate(objectId, this.names.object(objectId), word, nrPages, ageUs * 1000);
  }

  /** @internal */
  victim(objectId: number): void {
    this.walk?.victim(objectId, this.names.object(objectId));
  }

  /** @internal */
  evictEnds(notReached: number): void {
    const { walk } = this;
    this.walk = null;
    if (!walk) return;
    const { time, need, policy } = walk;
    for (const { id, name } of walk.victims) {
      const candidates = walk.linesFor(id, notReached);
      this.why.push({
        number: ++this.evictions,
        time,
        victimId: id,
        victim: name,
        need,
        policy,
        candidates,
      });
    }
    if (this.why.length > MOST_WHY) this.why.splice(0, this.why.length - MOST_WHY);
  }
}

type Args = readonly [number, number, number, number, number];
type Handler = (reader: TraceReader, args: Args, time: number, task: number) => void;

const placementOf = (word: number): Placement | null => {
  const name = PLACEMENT_WORDS[word];
  if (name === undefined || name === 'none') return null;
  return name === 'PRIV' ? 'VRAM' : name;
};

/** By event type. */
const HANDLERS: (Handler | undefined)[] = [];
HANDLERS[BO_MOVE.id] = (reader, [objectId, from, to, nrPages]) => {
  const [source, target] = [placementOf(from), placementOf(to)];
  if (source && target && source !== target) reader.moved(objectId, source, target, nrPages);
};
HANDLERS[BO_MOVE_FENCE.id] = (reader, [objectId, , , durationNs]) => reader.moveTook(objectId, durationNs);
HANDLERS[BO_SWAPOUT.id] = (reader, [objectId, nrPages]) => reader.moved(objectId, 'SYSTEM', 'SWAP', nrPages);
HANDLERS[BO_SWAPIN.id] = (reader, [objectId, nrPages]) => reader.moved(objectId, 'SWAP', 'SYSTEM', nrPages);
HANDLERS[BO_UNMAP_VIRTUAL.id] = (reader, [objectId]) => reader.zapBegins(objectId);
HANDLERS[ZAP_VMA.id] = (reader, [, vmaId, , , ptes]) => reader.vmaZapped(vmaId, ptes);
HANDLERS[UNMAP_MAPPING_RANGE.id] = reader => reader.zapEnds();
HANDLERS[PAGE_FAULT_USER.id] = (reader, [mmId, page, , reason]) => reader.faulted(mmId, page, reason);
HANDLERS[EVICT_BEGIN.id] = (reader, args, time, task) => reader.evictBegins(args, time, task);
HANDLERS[EVICT_CANDIDATE.id] = (reader, args) => reader.candidate(args);
HANDLERS[EVICT_VICTIM.id] = (reader, [objectId]) => reader.victim(objectId);
HANDLERS[EVICT_END.id] = (reader, [, , , notReached]) => reader.evictEnds(notReached);
