/**
 * Section 4: what happens when a working set outgrows its memory: under the lab's own eviction at a given budget, and, when asked,
 * by plain allocation until the driver itself reacts.
 */
import type { Bytes } from '../../base/units.ts';
import { GpuError } from '../../hw/gpu_error.ts';
import { createWebGpuMachine } from '../../hw/webgpu/webgpu_machine.ts';
import { type DriverPass, runDriverCliff } from './driver_cliff.ts';
import { LabCliff } from './lab_cliff.ts';
import type { ProfileContext } from './profile_context.ts';
import type { ProfileSection, ProfileStep } from './profile_section.ts';
import { bytesText } from './size_text.ts';
import { quantile } from './statistics.ts';

const MIB = 1024 * 1024;
const OBJECT_BYTES: Bytes = MIB;
const BUDGET_BYTES: Bytes = 20 * MIB;
const FULL_PERCENTS = [10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 100, 105, 110, 120, 130, 140, 150, 175, 200];
const QUICK_PERCENTS = [10, 50, 90, 100, 105, 110, 150, 200];
const FULL_PASSES = 15;
const QUICK_PASSES = 7;
/** Buffers in which the driver's limit is reached. */
const DRIVER_CHUNKS = 32;
const LEAST_CHUNK: Bytes = MIB;

interface Point {
  readonly percent: number;
  readonly touchUs: number;
  readonly movedShare: number;
}

async function labSweep(context: ProfileContext): Promise<void> {
  const { setup, quick } = context;
  const machine = await createWebGpuMachine(setup.machine, setup.provider, {
    layout: 'paged',
    clock: setup.clock,
  });
  context.ledger = machine.ledger;
  const points: Point[] = [];
  try {
    const cliff = await LabCliff.create(machine, setup.clock, OBJECT_BYTES, BUDGET_BYTES);
    for (const percent of quick ? QUICK_PERCENTS : FULL_PERCENTS) {
      const objects = Math.max(1, Math.round((percent * BUDGET_BYTES) / 100 / OBJECT_BYTES));
      await cliff.grow(objects);
      // The first pass brings the new objects in.
      await cliff.pass();
      const touchUs: number[] = [];
      let moved = 0;
      for (let pass = 0; pass < (quick ? QUICK_PASSES : FULL_PASSES); pass++) {
        context.breathe();
        const result = await cliff.pass();
        touchUs.push(result.touchUs);
        moved += result.moved;
      }
      const of = { percent, objects, budget: BUDGET_BYTES, object: OBJECT_BYTES };
      const what = `working set of ${percent} % of a budget of ${bytesText(BUDGET_BYTES)}`;
      context.add(
        {
          id: `cliff/lab/${percent}`,
          what: `${what}, one touch`,
          of,
          unit: 'us',
          better: 'lower',
          loops: objects,
          derivedFrom: `a pass over ${objects} objects`,
        },
        touchUs,
      );
      const movedShare = moved / (touchUs.length * objects);
      context.add(
        {
          id: `cliff/lab/${percent}/moved`,
          what: `${what}, touches that moved the object`,
          of,
          unit: 'percent',
          better: 'neither',
          by: 'count',
        },
        [movedShare * 100],
      );
      points.push({ percent, touchUs: quantile(touchUs, 0.5), movedShare });
    }
  } finally {
    if (points.length > 0) labOutcome(context, points);
    await machine.dispose();
    context.ledger = undefined;
  }
}

/** Where the lab's own eviction shows: moves are counted, so no slow moment of the machine can pass for one. */
function labOutcome({ sink }: ProfileContext, points: readonly Point[]): void {
  const calm = points.filter(({ movedShare }) => movedShare === 0).map(({ touchUs }) => touchUs);
  const base = quantile(calm, 0.5);
  const moving = points.filter(({ movedShare }) => movedShare > 0);
  const first = moving[0];
  const last = points[points.length - 1]!;
  const slower = quantile(
    moving.map(({ touchUs }) => touchUs),
    0.5,
  );
  const times = calm.length === 0 ? '' : ` and take ${Math.round((slower / base) * 100) / 100} times as long`;
  sink.outcomes.push({
    of: "the lab's own eviction",
    outcome: first === undefined ? 'limit' : 'moved',
    at: (first ?? last).percent,
    unit: 'percent',
    sentence:
      first === undefined
        ? `Up to ${last.percent} % of the budget nothing moved.`
        : `From ${first.percent} % of the budget on, touches move their object (${Math.round(first.movedShare * 100)} % of them)${times}, in the middle.`,
  });
  sink.charts.push({
    title: "The cliff under the lab's own eviction",
    x: 'working set, % of the budget',
    y: 'us a touch',
    logX: false,
    logY: true,
    series: [{ name: 'median', points: points.map(({ percent, touchUs }) => [percent, touchUs]) }],
  });
}

async function driverSweep(context: ProfileContext): Promise<void> {
  const { setup } = context;
  const adapter = await setup.provider.requestAdapter();
  if (adapter === undefined) throw new GpuError('no-adapter', `${setup.provider.name} offers no adapter.`);
  const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
  const device = await adapter.requestDevice({
    label: 'profiler, driver cliff',
    requiredLimits: { maxBufferSize, maxStorageBufferBindingSize },
  });
  const largest = Math.min(maxBufferSize, maxStorageBufferBindingSize, setup.gpuLimitBytes);
  const wished = Math.max(LEAST_CHUNK, Math.floor(setup.gpuLimitBytes / DRIVER_CHUNKS));
  const chunk = Math.floor(Math.min(largest, wished) / 4096) * 4096;
  const passes: DriverPass[] = [];
  try {
    const result = await runDriverCliff(device, setup.clock, setup.gpuLimitBytes, chunk, pass => {
      passes.push(pass);
      context.plainBytes = pass.allocatedBytes;
      context.breathe();
    });
    const { outcome, atBytes, sentence } = result;
    context.sink.outcomes.push({ of: 'plain allocation', outcome, at: atBytes, unit: 'bytes', sentence });
  } finally {
    context.plainBytes = 0;
    if (passes.length > 0) driverSeries(context, passes);
  }
}

function driverSeries(context: ProfileContext, passes: readonly DriverPass[]): void {
  for (const { allocatedBytes, nsPerPage } of passes) {
    context.add(
      {
        id: `cliff/driver/${allocatedBytes}`,
        what: `touch of a page with ${bytesText(allocatedBytes)} allocated`,
        of: { allocated: allocatedBytes },
        unit: 'ns',
        better: 'lower',
        derivedFrom: 'a dispatch that touches every page, the fastest of three',
      },
      [nsPerPage],
    );
  }
  context.sink.charts.push({
    title: 'Plain allocation until the driver reacts',
    x: 'MiB allocated',
    y: 'ns a page',
    logX: false,
    logY: true,
    series: [
      {
        name: 'touch of all pages',
        points: passes.map(({ allocatedBytes, nsPerPage }) => [allocatedBytes / MIB, nsPerPage]),
      },
    ],
  });
}

function steps(context: ProfileContext): ProfileStep[] {
  const lab = { name: "the lab's own eviction", run: () => labSweep(context) };
  if (!context.setup.driverCliff) return [lab];
  return [lab, { name: 'plain allocation', run: () => driverSweep(context) }];
}

export const CLIFF_SECTION: ProfileSection = {
  id: 'cliff',
  title: 'The cliff: a working set that outgrows its memory',
  needsGpu: true,
  steps,
};
