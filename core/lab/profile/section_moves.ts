/**
 * Section 2: objects leave VRAM and come back through the lab, beside the raw copy in the same run; both layouts of VRAM, one
 * barrier for all objects against one for each.
 */
import type { Bytes } from '../../base/units.ts';
import { VRAM_LAYOUTS, type VramLayout } from '../../hw/expected_bytes.ts';
import { RAW_SIZES } from '../../hw/webgpu/raw_copy_bench.ts';
import { createWebGpuMachine } from '../../hw/webgpu/webgpu_machine.ts';
import {
  batchObjects,
  LabBatch,
  MOVE_MODES,
  MOVE_WARM_UP,
  type MoveMode,
  movesMachine,
  RawBatches,
} from './moves_bench.ts';
import type { ProfileContext, ProfileDevice } from './profile_context.ts';
import type { ProfileSection, ProfileStep } from './profile_section.ts';
import { bytesText } from './size_text.ts';

const FULL_ROUNDS = 9;
const QUICK_ROUNDS = 9;
/** Most bytes of one raw batch in a quick profile: two batches of the lab. */
const QUICK_RAW_BYTES: Bytes = 64 * 1024 * 1024;

interface Case {
  readonly size: Bytes;
  readonly layout: VramLayout;
  readonly mode: MoveMode;
}

/** One direction: lab and raw side by side. */
function record(
  context: ProfileContext,
  direction: 'evict' | 'refault',
  { size, layout, mode }: Case,
  taken: readonly number[],
  raw: RawBatches,
): void {
  const objects = batchObjects(size);
  const bytes = objects * size;
  const id = `moves/${direction}/${layout}/${mode}/${size}`;
  const of = { size, layout, mode, objects };
  const what = `${direction} ${objects} objects of ${bytesText(size)}, ${layout}, ${mode}`;
  const best = raw.best();
  const perObject = `a batch of ${objects} objects`;
  const samplesNs = taken.map(ms => ms * 1e6);
  context.addBandwidth({ id: `${id}/lab`, what: `${what}, through the lab`, of }, bytes, {
    samplesNs,
    loops: 1,
  });
  context.addDuration(
    { id: `${id}/object`, what: `${what}, one object`, of, derivedFrom: perObject },
    { samplesNs: samplesNs.map(ns => ns / objects), loops: objects },
  );
  context.add(
    {
      id: `${id}/raw`,
      what: `raw copy of ${bytesText(size)} ${direction === 'evict' ? 'out' : 'in'}, depth ${best.depth}`,
      of: { ...of, depth: best.depth },
      unit: 'GB/s',
      better: 'higher',
    },
    best.rates.map(rate => rate / 1e9),
  );
  context.add(
    {
      id: `${id}/ratio`,
      what: `${what}, lab to raw`,
      of,
      unit: 'ratio',
      better: 'higher',
      derivedFrom: 'lab and raw bandwidth, round by round',
    },
    taken.map((ms, i) => (bytes * 1000) / ms / (best.rates[i] ?? best.bytesPerSecond)),
  );
}

async function measure(context: ProfileContext, { device }: ProfileDevice, what: Case): Promise<void> {
  const { setup, quick } = context;
  const { size, layout, mode } = what;
  const description = movesMachine(setup.machine);
  const machine = await createWebGpuMachine(description, setup.provider, { layout, clock: setup.clock });
  context.ledger = machine.ledger;
  const mostRaw = quick ? QUICK_RAW_BYTES : device.limits.maxBufferSize;
  const out = new RawBatches(device, setup.clock, 'out', size, mostRaw);
  const into = new RawBatches(device, setup.clock, 'in', size, mostRaw);
  const evicted: number[] = [];
  const refaulted: number[] = [];
  try {
    const lab = new LabBatch(machine, setup.clock, size);
    await lab.prepare();
    const rounds = quick ? QUICK_ROUNDS : FULL_ROUNDS;
    for (let round = -MOVE_WARM_UP; round < rounds; round++) {
      const counted = round >= 0;
      context.breathe();
      const taken = await lab.evict(mode);
      await out.round(counted);
      context.breathe();
      const back = await lab.refault(mode);
      await into.round(counted);
      if (!counted) continue;
      evicted.push(taken);
      refaulted.push(back);
    }
  } finally {
    // What was measured before a cancel is kept.
    if (refaulted.length > 0) {
      record(context, 'evict', what, evicted.slice(0, refaulted.length), out);
      record(context, 'refault', what, refaulted, into);
    }
    out.dispose();
    into.dispose();
    await machine.dispose();
    context.ledger = undefined;
  }
}

function steps(context: ProfileContext): ProfileStep[] {
  const { gpu } = context;
  if (gpu === undefined) return [];
  return VRAM_LAYOUTS.flatMap(layout =>
    MOVE_MODES.flatMap(mode =>
      RAW_SIZES.map(size => ({
        name: `${bytesText(size)}, ${layout}, ${mode}`,
        run: () => measure(context, gpu, { size, layout, mode }),
      })),
    ),
  );
}

export const MOVES_SECTION: ProfileSection = {
  id: 'moves',
  title: 'Eviction and re-fault through the lab, beside the raw copy',
  needsGpu: true,
  steps,
};
