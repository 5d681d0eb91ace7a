/**
 * Covers validate, eviction, pins, residue, swap limits on the synchronous driver, without tasks. The asynchronous driver and
 * mappings are covered through the calls (session/calls) and the recordings (lab/transcript).
 */
import { describe, expect, test } from 'vitest';
import { DmaBufRegistry } from '../../dma_buf/dma_buf.ts';
import { FenceQueue } from '../../dma_buf/fence_queue.ts';
import { TextRegistry } from '../../fs/text_registry.ts';
import { Vfs } from '../../fs/vfs.ts';
import { CommandQueue } from '../../hw/command_queue.ts';
import { type MachineDescription, parseMachineDescription } from '../../hw/machine_description.ts';
import { MmContext } from '../../mm/mm_context.ts';
import { PageFrames } from '../../mm/page_frame.ts';
import { eventTypeByName } from '../../trace/event.ts';
import { EVICT_REASONS } from '../../trace/events/drm.ts';
import '../../trace/events/all.ts';
import { TraceBuffer } from '../../trace/trace_buffer.ts';
import { createVramObject, pinInVram, unpinObject } from '../drivers/bochs.ts';
import { bindAll, unbindAll } from '../drm_bind.ts';
import { type BoundDevice, DrmCore } from '../drm_core.ts';
import type { DrmDevice } from '../drm_device.ts';
import { putObject } from '../gem_object.ts';
import { DRM_INVARIANTS } from '../invariants/drm_invariants.ts';
import { reserveBo, type TtmBo, unreserveBo } from './ttm_bo.ts';
import { validateBo } from './ttm_bo_validate.ts';
import {
  PL_FLAG_DESIRED,
  PL_FLAG_FALLBACK,
  PL_SYSTEM,
  PL_VRAM,
  placeIn,
  type TtmPlacement,
} from './ttm_placement.ts';
import { populate } from './ttm_populate.ts';
import { swapOutOne } from './ttm_swap.ts';

const PAGE = 4096;

/** One bochs with `vramPages`, no tasks. */
class Fixture {
  readonly trace = new TraceBuffer();
  readonly queue: CommandQueue;
  readonly core: DrmCore;
  readonly tasks = new Map();
  readonly device: DrmDevice;

  constructor(vramPages = 100, ramPages = 4096, swapPages = 1024) {
    const description: MachineDescription = parseMachineDescription(
      {
        format: 'gart-lab-machine',
        version: 1,
        name: 'test',
        title: '',
        era: 'linux-6.12',
        ramBytes: ramPages * PAGE,
        swapBytes: swapPages * PAGE,
        ttBytes: 0,
        gartEntries: 0,
        vramHeapBytes: vramPages * PAGE,
        unboundEntry: 'invalid',
        pteFormat: 'amdgpu',
        devices: [
          {
            driver: 'bochs',
            name: 'bochs',
            vramBytes: vramPages * PAGE,
            visibleVramBytes: vramPages * PAGE,
            nrPriorities: 4,
          },
        ],
        timing: {
          syscallNs: 1,
          faultNs: 1,
          copyLatencyNs: 1,
          ramToVramBytesPerUs: 1,
          vramToRamBytesPerUs: 1,
          vramToVramBytesPerUs: 1,
          ramToRamBytesPerUs: 1,
          ramToSwapBytesPerUs: 1,
          swapToRamBytesPerUs: 1,
        },
      },
      'test',
    );
    this.queue = new CommandQueue(description);
    const context = new MmContext(this.trace, this.queue, new PageFrames(ramPages, this.queue));
    const vfs = new Vfs(context);
    const fences = new FenceQueue(this.trace);
    const devices = new Map<string, BoundDevice>();
    const dmaBufs = new DmaBufRegistry(vfs, this.trace);
    this.core = new DrmCore({
      vfs,
      context,
      fences,
      dmaBufs,
      sysfs: new TextRegistry(),
      proc: new TextRegistry(),
      debugfs: new TextRegistry(),
      machine: description,
      devices,
    });
    bindAll(this.core);
    this.device = devices.get('bochs')!.device as DrmDevice;
  }

  /** Objects of these sizes, shown one after the other and hidden again: in VRAM, oldest first. */
  inVram(...sizes: number[]): TtmBo[] {
    return sizes.map(size => {
      const bo = createVramObject(this.device, size);
      pinInVram(bo, 'test');
      unpinObject(bo);
      return bo;
    });
  }

  use(bo: TtmBo): void {
    reserveBo(bo, 99);
    unreserveBo(bo);
  }

  validate(bo: TtmBo, placement: TtmPlacement): void {
    const ctx = bo.ttm.newContext();
    reserveBo(bo, ctx.ticket);
    try {
      validateBo(bo, placement, ctx);
    } finally {
      unreserveBo(bo);
    }
  }

  /** Names of events since `from`, of the room's systems. */
  victims(from: number): number[] {
    const type = eventTypeByName('lab_ttm:evict_victim')!;
    const found: number[] = [];
    for (let i = from; i < this.trace.count; i++)
      if (this.trace.at(i).typeId === type.id) found.push(this.trace.at(i).args[0]!);
    return found;
  }

  reasons(from: number): string[] {
    const type = eventTypeByName('lab_ttm:evict_candidate')!;
    const found: string[] = [];
    for (let i = from; i < this.trace.count; i++) {
      const event = this.trace.at(i);
      if (event.typeId === type.id) found.push(`${event.args[0]} ${EVICT_REASONS[event.args[2]!]}`);
    }
    return found;
  }

  /** Every invariant that needs no kernel. */
  check(): void {
    const subject = { drm: this.core, queue: this.queue, tasks: this.tasks };
    for (const entry of DRM_INVARIANTS) {
      // Objects of these tests have no handle: their maker holds them.
      if (entry.number === 20) continue;
      expect([entry.name, entry.check(subject)]).toEqual([entry.name, []]);
    }
  }
}

describe('eviction', () => {
  test('the least recently used go one by one until it fits, also one that was not needed', () => {
    const f = new Fixture(100);
    const [a, b, c, d, e] = f.inVram(20, 20, 20, 20, 20) as [TtmBo, TtmBo, TtmBo, TtmBo, TtmBo];
    expect([a, b, c, d, e].map(bo => bo.resource!.start)).toEqual([0, 20, 40, 60, 80]);
    for (const bo of [d, a, b, c, e]) f.use(bo);
    const from = f.trace.count;
    const [wanted] = f.inVram(30);
    expect(f.victims(from)).toEqual([d.id, a.id, b.id]);
    expect(wanted!.resource!.start).toBe(0);
    expect(d.resource!.memType).toBe(PL_SYSTEM);
    f.check();
  });

  test('pinned ones stay, and the failed pin has evicted the others all the same', () => {
    const f = new Fixture(100);
    const [a, b, c] = f.inVram(30, 30, 30) as [TtmBo, TtmBo, TtmBo];
    pinInVram(b, 'scan-out');
    const big = createVramObject(f.device, 50);
    const from = f.trace.count;
    expect(() => pinInVram(big, 'x')).toThrow(/ENOMEM/);
    expect(f.reasons(from)).toEqual([`${b.id} pinned`, `${a.id} victim`, `${c.id} victim`]);
    expect([a, b, c, big].map(bo => bo.resource!.memType)).toEqual([
      PL_SYSTEM,
      PL_VRAM,
      PL_SYSTEM,
      PL_SYSTEM,
    ]);
    expect(big.pinCount).toBe(0);
    f.check();
  });

  test('a reserved one is passed over and named', () => {
    const f = new Fixture(100);
    const [a, b] = f.inVram(50, 50) as [TtmBo, TtmBo];
    reserveBo(a, 7);
    const from = f.trace.count;
    const [wanted] = f.inVram(50);
    expect(f.reasons(from)).toEqual([`${a.id} reserved`, `${b.id} victim`]);
    expect(wanted!.resource!.start).toBe(50);
    unreserveBo(a);
    f.check();
  });

  test('a victim that finds no pages stays, and the walk goes on', () => {
    const f = new Fixture(100, 64, 0);
    const [a, b] = f.inVram(60, 20) as [TtmBo, TtmBo];
    // 62 usable frames: one object of 40 pages leaves room for b but not for a.
    const filler = createVramObject(f.device, 40);
    expect(populate(filler)).toBe(true);
    const from = f.trace.count;
    const wanted = createVramObject(f.device, 40);
    pinInVram(wanted, 'x');
    expect(f.reasons(from)).toEqual([`${a.id} victim`, `${a.id} move failed`, `${b.id} victim`]);
    expect([a, b].map(bo => bo.resource!.memType)).toEqual([PL_VRAM, PL_SYSTEM]);
    f.check();
  });
});

describe('validate', () => {
  test('compatible: nothing moves; pinned elsewhere: EINVAL; too large for anything: ENOMEM', () => {
    const f = new Fixture(100);
    const [a] = f.inVram(20) as [TtmBo];
    const from = f.trace.count;
    f.validate(a, [placeIn(PL_SYSTEM, PL_FLAG_FALLBACK), placeIn(PL_VRAM)]);
    expect(a.resource!.memType).toBe(PL_VRAM);
    expect(f.trace.count).toBe(from);
    pinInVram(a, 'scan-out');
    expect(() => f.validate(a, [placeIn(PL_SYSTEM)])).toThrow(/EINVAL.*pinned \(scan-out\)/);
    const huge = createVramObject(f.device, 101);
    expect(() => f.validate(huge, [placeIn(PL_VRAM)])).toThrow(/ENOMEM/);
    expect(a.resource!.memType).toBe(PL_VRAM);
    f.check();
  });

  test('desired: taken when free, never at the price of an eviction; fallback: only when nothing else is left', () => {
    const f = new Fixture(100);
    const [a] = f.inVram(60) as [TtmBo];
    const b = createVramObject(f.device, 60);
    f.validate(b, [placeIn(PL_VRAM, PL_FLAG_DESIRED), placeIn(PL_SYSTEM)]);
    expect([a, b].map(bo => bo.resource!.memType)).toEqual([PL_VRAM, PL_SYSTEM]);
    f.validate(a, [placeIn(PL_SYSTEM)]);
    f.validate(b, [placeIn(PL_VRAM), placeIn(PL_SYSTEM, PL_FLAG_FALLBACK)]);
    expect(b.resource!.memType).toBe(PL_VRAM);
    f.check();
  });

  test('a place with a limit: what lies behind is out of range and stays', () => {
    const f = new Fixture(100);
    const [a, b] = f.inVram(50, 50) as [TtmBo, TtmBo];
    f.use(a);
    const c = createVramObject(f.device, 20);
    const from = f.trace.count;
    f.validate(c, [placeIn(PL_VRAM, 0, 50)]);
    expect(f.reasons(from)).toEqual([`${b.id} wrong range`, `${a.id} victim`]);
    expect(c.resource!.start).toBe(0);
    f.check();
  });
});

describe('pages', () => {
  test('above half of RAM the oldest are swapped out; without slots the limit is passed over', () => {
    const f = new Fixture(100, 200, 100);
    const bos = [30, 30, 30, 30].map(size => createVramObject(f.device, size));
    for (const bo of bos) expect(populate(bo)).toBe(true);
    expect(bos.map(bo => bo.tt!.swapped)).toEqual([true, false, false, false]);
    expect(bos[0]!.resource!.lru.list).toBe(f.device.ttm!.unevictable);
    expect(populate(bos[0]!)).toBe(true);
    f.check();
    const without = new Fixture(100, 200, 0);
    const more = [30, 30, 30, 30].map(size => createVramObject(without.device, size));
    for (const bo of more) expect(populate(bo)).toBe(true);
    expect(swapOutOne(without.core)).toBe(false);
  });

  test('the page allocator asks objects for theirs', () => {
    const f = new Fixture(100, 100, 100);
    const bos = [40, 40].map(size => createVramObject(f.device, size));
    for (const bo of bos) populate(bo);
    const { frames } = f.core.mm;
    const free = frames.nrFree;
    for (let i = 0; i < free + 5; i++) expect(frames.allocPage()).not.toBe(0);
    expect(bos.some(bo => bo.tt!.swapped)).toBe(true);
  });

  test('the end of everything: no frame, no slot, no VRAM is left', () => {
    const f = new Fixture(100);
    const { frames } = f.core.mm;
    const before = frames.nrFree;
    const bos = [...f.inVram(40, 40, 40), createVramObject(f.device, 8)];
    populate(bos[3]!);
    swapOutOne(f.core);
    for (const bo of bos) putObject(bo);
    f.check();
    expect(frames.nrFree).toBe(before);
    expect(f.core.swap.nrFree).toBe(1024);
    expect(f.queue.allocations.size).toBe(0);
    unbindAll(f.core);
    expect(f.core.allDevices.size).toBe(0);
    f.core.shutdown();
    f.core.dmaBufs.shutdown();
    f.core.vfs.shutdown();
  });
});
