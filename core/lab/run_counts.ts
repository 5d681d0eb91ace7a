/**
 * The numbers of a run, counted from its trace events and from nothing else.
 *
 * Definitions
 *   evictions        victims that left VRAM or TT because somebody else needed the room
 *   ptesCleared      entries that shoot-downs of objects cleared, over all causes
 *   tasksHit         the most tasks whose entries the shoot-down of one eviction cleared
 *   refaultsInPlace  faults on an object whose mappings had been shot down, answered where the object lies
 *   refaultsMoved    the same, but the fault moved the object first
 *   validatesBack    evicted objects that a job or a pin brought back into VRAM
 *   bytesMoved       bytes of all moves between placements, swap included
 *   sigbus           faults answered with SIGBUS
 *   fileEntriesCleared  entries that shoot-downs cleared which were not for an object: files cut, devices unbound
 */
import { invariant } from '../base/invariant.ts';
import { PAGE_SIZE } from '../base/units.ts';
import type { EventType } from '../trace/event.ts';
import {
  BO_MOVE,
  BO_SWAPIN,
  BO_SWAPOUT,
  BO_UNMAP_VIRTUAL,
  BO_VM_FAULT_RESERVED,
  EVICT_VICTIM,
  GEM_OBJECT_FREE,
  GEM_OBJECT_INIT,
  PLACEMENT_WORDS,
} from '../trace/events/drm.ts';
import { PAGE_FAULT_USER, UNMAP_MAPPING_RANGE, ZAP_VMA } from '../trace/events/mm.ts';
import type { TraceBuffer } from '../trace/trace_buffer.ts';

const VRAM = PLACEMENT_WORDS.indexOf('VRAM');
const RETRY = PAGE_FAULT_USER.words.reason!.indexOf('RETRY');
const SIGBUS = PAGE_FAULT_USER.words.reason!.indexOf('SIGBUS');

/** A count per run; plain numbers, copied into results. */
export interface RunNumbers {
  evictions: number;
  refaultsInPlace: number;
  refaultsMoved: number;
  validatesBack: number;
  ptesCleared: number;
  tasksHit: number;
  bytesMoved: number;
  sigbus: number;
  fileEntriesCleared: number;
}

export class RunCounts {
  readonly numbers: RunNumbers = {
    evictions: 0,
    refaultsInPlace: 0,
    refaultsMoved: 0,
    validatesBack: 0,
    ptesCleared: 0,
    tasksHit: 0,
    bytesMoved: 0,
    sigbus: 0,
    fileEntriesCleared: 0,
  };
  /** Objects that exist now. */
  readonly objects = new Set<number>();
  /** Objects whose mappings were shot down at least once. */
  private readonly shotDown = new Set<number>();
  /** Evicted objects that did not come back to VRAM yet. */
  private readonly evicted = new Set<number>();
  /** The object that ttm_bo_unmap_virtual was entered for last. */
  private unmapping = 0;
  /** The object whose eviction began last, and the memory contexts that its shoot-down has hit. */
  private victim = 0;
  private readonly hits = new Set<number>();
  /** The object of the fault being handled, and whether the fault moved it. */
  private faulting = 0;
  private faultMoved = false;
  private next = 0;

  /** Count everything emitted since the last call; it must come before the buffer drops any of it. */
  read(trace: TraceBuffer): void {
    invariant(
      trace.firstIndex <= this.next,
      () => `${trace.firstIndex - this.next} events were dropped before they were counted.`,
    );
    for (; this.next < trace.count; this.next++) {
      const handler = HANDLERS.get(trace.typeIdAt(this.next));
      handler?.call(this, trace.at(this.next).args);
    }
  }

  /** @internal one method per event; `args` in column order */
  objectInit([objectId]: readonly number[]): void {
    this.objects.add(objectId!);
  }

  objectFree([objectId]: readonly number[]): void {
    this.objects.delete(objectId!);
    this.shotDown.delete(objectId!);
    this.evicted.delete(objectId!);
  }

  unmapVirtual([objectId]: readonly number[]): void {
    this.unmapping = objectId!;
  }

  zapVma([mmId]: readonly number[]): void {
    if (this.unmapping !== 0 && this.unmapping === this.victim) this.hits.add(mmId!);
  }

  unmapMappingRange(args: readonly number[]): void {
    const cleared = args[4]!;
    if (this.unmapping === 0) {
      this.numbers.fileEntriesCleared += cleared;
      return;
    }
    this.numbers.ptesCleared += cleared;
    if (cleared > 0) this.shotDown.add(this.unmapping);
    if (this.unmapping === this.victim) {
      this.numbers.tasksHit = Math.max(this.numbers.tasksHit, this.hits.size);
      this.victim = 0;
    }
    this.unmapping = 0;
  }

  evictVictim([objectId]: readonly number[]): void {
    this.numbers.evictions++;
    this.evicted.add(objectId!);
    this.victim = objectId!;
    this.hits.clear();
  }

  move([objectId, , to, nrPages]: readonly number[]): void {
    this.numbers.bytesMoved += nrPages! * PAGE_SIZE;
    if (this.faulting === objectId) this.faultMoved = true;
    if (to === VRAM && this.evicted.delete(objectId!)) this.numbers.validatesBack++;
  }

  swapped([, nrPages]: readonly number[]): void {
    this.numbers.bytesMoved += nrPages! * PAGE_SIZE;
  }

  faultReserved([objectId]: readonly number[]): void {
    if (this.faulting !== objectId) this.faultMoved = false;
    this.faulting = objectId!;
  }

  pageFault([, , , reason]: readonly number[]): void {
    // A fault that waits for a fence runs again; only its last run counts.
    if (reason === RETRY) return;
    if (reason === SIGBUS) this.numbers.sigbus++;
    if (this.faulting !== 0 && this.shotDown.has(this.faulting)) {
      if (this.faultMoved) this.numbers.refaultsMoved++;
      else this.numbers.refaultsInPlace++;
    }
    this.faulting = 0;
  }
}

const HANDLERS = new Map<number, (this: RunCounts, args: readonly number[]) => void>(
  (
    [
      [GEM_OBJECT_INIT, RunCounts.prototype.objectInit],
      [GEM_OBJECT_FREE, RunCounts.prototype.objectFree],
      [BO_UNMAP_VIRTUAL, RunCounts.prototype.unmapVirtual],
      [ZAP_VMA, RunCounts.prototype.zapVma],
      [UNMAP_MAPPING_RANGE, RunCounts.prototype.unmapMappingRange],
      [EVICT_VICTIM, RunCounts.prototype.evictVictim],
      [BO_MOVE, RunCounts.prototype.move],
      [BO_SWAPOUT, RunCounts.prototype.swapped],
      [BO_SWAPIN, RunCounts.prototype.swapped],
      [BO_VM_FAULT_RESERVED, RunCounts.prototype.faultReserved],
      [PAGE_FAULT_USER, RunCounts.prototype.pageFault],
    ] as const satisfies readonly (readonly [EventType, (this: RunCounts, args: readonly number[]) => void])[]
  ).map(([type, handler]) => [type.id, handler]),
);
