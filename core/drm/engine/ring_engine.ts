/**
 * An engine with its ring and status page: requests go in by doorbells, come back as answers, and are retired in order.
 *
 * Models     drivers/gpu/drm/i915/gt/intel_engine_cs.c, intel_ring_submission.c, i915_request.c (Linux 6.18)
 * Units      bytes of the ring, virtual nanoseconds
 * Time       a request takes what its submitter says; its fence is held (dma_buf/fence_queue.ts): at that moment the machine's answer
 *            is looked at, and decides whether the fence signals, with an error, or the engine is reset (engine_reset.ts)
 * Invariants I1 requests are retired in the order in which they were given; completedSeqno never goes back
 *            I2 a doorbell is rung for every request, in order
 * Left out   a context of registers for each client: one ring, one timeline
 */
import { KernelError } from '../../base/errno.ts';
import { invariant } from '../../base/invariant.ts';
import { snapshotClass } from '../../base/snapshot.ts';
import { type Bytes, type Nanoseconds, PAGE_SIZE, type Pfn } from '../../base/units.ts';
import { WouldBlock } from '../../base/would_block.ts';
import type { DmaFence, FenceContext } from '../../dma_buf/dma_fence.ts';
import { USAGE_READ, USAGE_WRITE, usageToWaitFor } from '../../dma_buf/dma_resv.ts';
import type { Ticket } from '../../hw/data_plane.ts';
import { storeDword, userInterrupt } from '../../hw/ring/commands.ts';
import { HWS_SEQNO } from '../../hw/ring/engine_state.ts';
import {
  REQUEST_RETIRE,
  REQUEST_SUBMIT,
  RING_FULL,
  RING_START,
  RING_WRAP,
} from '../../trace/events/engine.ts';
import type { DrmDevice } from '../drm_device.ts';
import { type GartSpace, mirrorOf } from '../gtt/gart_space.ts';
import type { TtmBo } from '../ttm/ttm_bo.ts';
import { PL_VRAM } from '../ttm/ttm_placement.ts';
import { EngineRequest, type RequestUse } from './engine_request.ts';
import { RingBuffer } from './ring_buffer.ts';
import { CACHE_LINE } from './ring_space.ts';

/** Slices of a doorbell; work that has not come to its end then counts as hung (a job's timeout). */
const MAX_SLICES = 8192;
/** Slices in a row without progress that are a hang. */
const HANG_SLICES = 8;
/** Hangs of one client, without a request of its own that ended well in between, after which it is banned. */
const BAN_AFTER = 3;

/** An object in the list of a request; it is validated, bound and reserved. */
export interface ListedObject {
  readonly bo: TtmBo;
  readonly write: boolean;
}

export class RingEngine {
  readonly ring: RingBuffer;
  /** Its own timeline; made at the first request, as the numbers of timelines are part of a run. */
  private timeline: FenceContext | null = null;
  /** Not retired yet, oldest first. */
  readonly requests: EngineRequest[] = [];
  completedSeqno = 0;
  resets = 0;
  /** Given up: every request is refused. */
  wedged = false;
  /** Rises when contents of VRAM are lost. */
  generation = 0;
  started = false;
  private busyUntil: Nanoseconds = 0;
  /** Hangs by client; banned from BAN_AFTER on. */
  private readonly hangs = new Map<number, number>();

  /** @param number dense number among the engines of the machine */
  constructor(
    readonly device: DrmDevice,
    readonly number: number,
    readonly gart: GartSpace,
    readonly statusPage: TtmBo,
    ringObject: TtmBo,
  ) {
    this.ring = new RingBuffer(ringObject, device.core.plane);
  }

  /** GART address of the status page. */
  get statusAddress(): number {
    return this.statusPage.gart!.start * PAGE_SIZE;
  }

  /** Begin at a byte of the ring: at first use and after a reset. */
  start(head: number): void {
    const { ring, device } = this;
    const setup = { engine: this.number, base: ring.address, bytes: ring.size, head };
    device.core.plane.ringStart({ ...setup, statusPage: this.statusAddress });
    this.started = true;
    device.trace.emit(RING_START, this.number, setup.base, setup.bytes, head, this.statusAddress);
  }

  /** @throws KernelError EIO the engine is wedged or the client banned */
  checkClient(clientId: number, op: string): void {
    if (this.wedged) throw new KernelError('EIO', op, `Engine ${this.number} is wedged.`);
    const hangs = this.hangs.get(clientId) ?? 0;
    if (hangs >= BAN_AFTER)
      throw new KernelError('EIO', op, `The file is banned: ${hangs} of its requests hung in a row.`);
  }

  /**
   * Make sure a request with these commands fits the ring.
   *
   * @throws KernelError ENOSPC never
   * @throws WouldBlock not now
   */
  reserve(commandWords: number, op: string): void {
    const { ring } = this;
    const bytes = requestBytes(commandWords);
    if (bytes > ring.size / 2 - CACHE_LINE) {
      throw new KernelError(
        'ENOSPC',
        op,
        `A request of ${bytes} bytes does not fit a ring of ${ring.size} bytes.`,
      );
    }
    const needed = ring.needed(bytes);
    if (needed <= ring.space) return;
    const frees = this.requests.find(request => ring.spaceWith(request.end) >= needed);
    invariant(frees, () => `No request of engine ${this.number} frees ${needed} bytes.`);
    this.device.trace.emit(RING_FULL, this.number, needed, ring.space, frees.seqno);
    throw new WouldBlock(frees.fence, op);
  }

  /**
   * Write commands, seqno and interrupt into the ring and ring the doorbell; reserve() has been asked for these commands.
   *
   * @param commands dwords for the ring
   * @param objects  validated, bound, reserved
   * @param duration how long it takes once it runs
   */
  submit(
    commands: ArrayLike<number>,
    objects: readonly ListedObject[],
    duration: Nanoseconds,
    clientId: number,
  ): EngineRequest {
    const { ring, device } = this;
    const { fences } = device.core;
    if (!this.started) this.start(ring.emit);
    const bytes = requestBytes(commands.length);
    const from = ring.emit;
    const nops = ring.begin(bytes);
    if (nops > 0) device.trace.emit(RING_WRAP, this.number, from, nops);
    const fence = fences.emit(this.timelineOf(), this.endOf(objects, duration), true);
    const start = ring.emit;
    ring.append(commands);
    const breadcrumb = ring.emit;
    ring.append(storeDword(this.statusAddress + HWS_SEQNO * 4, fence.seqno));
    ring.append(userInterrupt());
    if (ring.emit % 8 !== 0) ring.append([0]);
    invariant(
      ring.emit === ((start + bytes) & (ring.size - 1)),
      () => `A request is not ${bytes} bytes long.`,
    );
    const uses = objects.map(({ bo, write }) => ({ bo, write, binding: bo.gart!, resource: bo.resource! }));
    const request = new EngineRequest(fence, start, breadcrumb, ring.emit, uses, clientId, this.generation);
    this.requests.push(request);
    device.trace.emit(REQUEST_SUBMIT, this.number, fence.seqno, start, ring.emit, uses.length);
    this.ringDoorbell(request);
    for (const { bo, write } of objects) {
      bo.resv.reserveFences(1);
      bo.resv.addFence(device.trace, fence, write ? USAGE_WRITE : USAGE_READ);
    }
    return request;
  }

  /** Ring for a request: bring bound system pages to the GPU, run, bring back what was written. */
  ringDoorbell(request: EngineRequest): void {
    const written = request.uses.filter(use => use.write);
    for (const { bo } of request.uses) this.gart.flushToGpu(bo);
    request.answer = null;
    request.ticket = this.run(request.end, written);
    for (const { bo } of written) this.gart.flushToCpu(bo);
  }

  /** Let the engine go on to a tail. */
  run(tail: number, written: readonly RequestUse[]): Ticket {
    const frames: Pfn[] = [this.statusPage.pfnOfPage(0)];
    for (const { bo } of written) {
      if (bo === this.statusPage) continue;
      const inVram = bo.resource!.memType === PL_VRAM;
      for (let page = 0; page < bo.nrPages; page++) {
        const pfn = bo.pfnOfPage(page);
        frames.push(inVram ? pfn : mirrorOf(pfn));
      }
    }
    return this.device.core.plane.ringRun({
      engine: this.number,
      tail,
      maxSlices: MAX_SLICES,
      hangSlices: HANG_SLICES,
      mayWrite: frames,
    });
  }

  /** A request is over: the head passes it, its fence may signal. */
  retire(request: EngineRequest): void {
    invariant(this.requests[0] === request, () => `Request ${request.seqno} is retired out of order.`);
    this.requests.shift();
    this.ring.head = request.end;
    this.completedSeqno = request.seqno;
    this.device.trace.emit(REQUEST_RETIRE, this.number, request.seqno, request.end);
  }

  /** The client of a request is to blame for a hang, or not. */
  noteClient({ clientId }: EngineRequest, hung: boolean): void {
    if (clientId === 0) return;
    if (hung) this.hangs.set(clientId, (this.hangs.get(clientId) ?? 0) + 1);
    else if ((this.hangs.get(clientId) ?? 0) < BAN_AFTER) this.hangs.delete(clientId);
  }

  /** Nothing is in flight any more, whatever became of it: the device is gone. */
  abandon(): void {
    this.requests.length = 0;
    this.started = false;
  }

  timelineOf(): FenceContext {
    this.timeline ??= this.device.core.fences.newContext(1, 1);
    return this.timeline;
  }

  private endOf(objects: readonly ListedObject[], duration: Nanoseconds): Nanoseconds {
    let start = Math.max(this.device.trace.now, this.busyUntil);
    for (const { bo, write } of objects) {
      const wait: DmaFence | null = bo.resv.lastUnsignaled(usageToWaitFor(write));
      if (wait !== null) start = Math.max(start, wait.signalAt);
    }
    this.busyUntil = start + duration;
    return this.busyUntil;
  }
}
snapshotClass(RingEngine, 'drm.RingEngine');

/** Bytes of a request with so many dwords of commands: seqno and interrupt behind them, a multiple of 8. */
function requestBytes(commandWords: number): Bytes {
  return Math.ceil((commandWords + 4) / 2) * 8;
}
