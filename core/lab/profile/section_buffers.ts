/**
 * Section 1: what plain buffers cost. Create, destroy, write, read back, copy and map, by size and by how many at once.
 *
 * Awaited    submitted work is over before the clock is read; create and destroy are the calls alone, which is what a caller
 *            waits for: the driver may do the rest later
 * Copies     have no timestamps of their own: by GPU timestamps they are bracketed with empty passes, derived
 */
import type { Bytes } from '../../base/units.ts';
import { RAW_DEPTHS, RawCopyBench } from '../../hw/webgpu/raw_copy_bench.ts';
import { GpuStopwatch } from './clock_steps.ts';
import { MIN_STEPS, type ProfileContext, type ProfileDevice } from './profile_context.ts';
import type { ProfileSection, ProfileStep } from './profile_section.ts';
import { bytesText } from './size_text.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const FULL_SIZES: readonly Bytes[] = [4, 16, 64, 256, 1024, 4096, 16_384, 65_536, 262_144].map(k => k * KIB);
const QUICK_SIZES: readonly Bytes[] = [4, 64, 1024, 16_384, 262_144].map(k => k * KIB);
const FULL_BATCHES = [1, 4, 16, 64];
const QUICK_BATCHES = [1, 16];
/** Most bytes that one sample moves, and that are alive at once. */
const FULL_BYTES = 1024 * MIB;
const QUICK_BYTES = 256 * MIB;
/** From here on a sample takes so long that fewer are taken. */
const LARGE = 64 * MIB;
/** Buffers alive at once in one sample of create and destroy. */
const MOST_BUFFERS = 4096;

const STORAGE = 0x0080;
const COPY_SRC = 0x0004;
const COPY_DST = 0x0008;
const MAP_READ = 0x0001;

interface Place {
  readonly size: Bytes;
  readonly batch: number;
}

function rounds({ quick }: ProfileContext, bytes: Bytes): number {
  if (bytes >= LARGE) return quick ? 3 : 5;
  return quick ? 7 : 15;
}

const of = ({ size, batch }: Place) => ({ size, batch });
const idOf = (what: string, { size, batch }: Place) => `buffers/${what}/${size}/x${batch}`;

/**
 * Until the memory of destroyed buffers is free. Dawn frees it with the work submitted after them: without any, gigabytes pile up
 * however long the queue is waited for.
 */
async function reclaim(device: GPUDevice): Promise<void> {
  device.queue.submit([device.createCommandEncoder().finish()]);
  await device.queue.onSubmittedWorkDone();
}

/** Latency of createBuffer() and destroy(), in batches. */
async function createDestroy(
  context: ProfileContext,
  { device }: ProfileDevice,
  place: Place,
  most: Bytes,
): Promise<void> {
  const { size, batch } = place;
  const limit = Math.min(MOST_BUFFERS, Math.floor(most / size));
  const created: number[] = [];
  const destroyed: number[] = [];
  const wanted = MIN_STEPS * context.clockStepNs;
  const heads = ['create', 'destroy'].map(what => ({
    id: idOf(what, place),
    what: `${what} a buffer of ${bytesText(size)}, ${batch} at once`,
    of: of(place),
  }));
  // Both are too short for coarse clocks: then more buffers a sample, as far as memory allows.
  let count = batch;
  const total = rounds(context, size * batch);
  const warmUp = size >= LARGE ? 1 : 2;
  for (let round = -warmUp; round < total; round++) {
    context.breathe();
    const begin = context.nowNs();
    const buffers: GPUBuffer[] = [];
    for (let i = 0; i < count; i++)
      buffers.push(device.createBuffer({ size, usage: STORAGE | COPY_SRC | COPY_DST }));
    const middle = context.nowNs();
    for (const buffer of buffers) buffer.destroy();
    const end = context.nowNs();
    await reclaim(device);
    const shortest = Math.min(middle - begin, end - middle);
    if (shortest < wanted && count * 2 <= limit) {
      count *= 2;
      round = -warmUp - 1;
      created.length = 0;
      destroyed.length = 0;
      continue;
    }
    if (round < 0) continue;
    created.push((middle - begin) / count);
    destroyed.push((end - middle) / count);
  }
  const loops = Math.max(1, Math.floor(count / batch));
  [created, destroyed].forEach((samplesNs, i) => {
    const head = heads[i]!;
    const whole = Math.min(...samplesNs) * count;
    if (whole < wanted)
      context.unknown(
        { ...head, unit: 'us', better: 'lower' },
        `${count} of them take less than ${MIN_STEPS} steps of the clock`,
      );
    else context.addDuration({ ...head }, { samplesNs, loops });
  });
}

/** writeBuffer(), awaited. */
async function write(context: ProfileContext, { device }: ProfileDevice, place: Place): Promise<void> {
  const { size, batch } = place;
  const data = new Uint8Array(size).fill(1);
  const target = device.createBuffer({ size, usage: STORAGE | COPY_SRC | COPY_DST });
  try {
    const samples = await context.repeat(
      async loops => {
        for (let i = 0; i < loops * batch; i++) device.queue.writeBuffer(target, 0, data);
        await device.queue.onSubmittedWorkDone();
      },
      rounds(context, size * batch),
      1,
    );
    const what = `writeBuffer of ${bytesText(size)}, ${batch} at once, awaited`;
    context.addBandwidth({ id: idOf('write', place), what, of: of(place) }, size * batch, samples);
  } finally {
    target.destroy();
  }
}

/** Read-back through one staging buffer: one submit, one map. */
async function readBack(context: ProfileContext, { device }: ProfileDevice, place: Place): Promise<void> {
  const { size, batch } = place;
  const bench = new RawCopyBench(device, context.setup.clock, 'out', size, batch);
  try {
    await bench.batch();
    const samplesNs: number[] = [];
    for (let round = 0; round < rounds(context, size * batch); round++) {
      context.breathe();
      samplesNs.push((size * batch * 1e9) / (await bench.batch()));
    }
    const what = `read-back of ${bytesText(size)}, ${batch} in one submit and one map, bytes in host memory`;
    const head = { id: idOf('read-back', place), what, of: of(place) };
    context.addBandwidth(head, size * batch, { samplesNs, loops: 1 });
  } finally {
    bench.dispose();
  }
}

/** Copies between two buffers, by both clocks. */
async function copy(context: ProfileContext, gpu: ProfileDevice, place: Place): Promise<void> {
  const { device } = gpu;
  const { size, batch } = place;
  const make = () => device.createBuffer({ size, usage: STORAGE | COPY_SRC | COPY_DST });
  const [from, to] = [make(), make()];
  const record = (encoder: GPUCommandEncoder, times: number) => {
    for (let i = 0; i < times; i++) encoder.copyBufferToBuffer(from, 0, to, 0, size);
  };
  const what = `copyBufferToBuffer of ${bytesText(size)}, ${batch} in one submit`;
  try {
    const samples = await context.repeat(
      async loops => {
        const encoder = device.createCommandEncoder();
        record(encoder, loops * batch);
        device.queue.submit([encoder.finish()]);
        await device.queue.onSubmittedWorkDone();
      },
      rounds(context, size * batch),
      1,
    );
    const head = { id: idOf('copy', place), what: `${what}, awaited`, of: of(place) };
    context.addBandwidth(head, size * batch, samples);
    await copyByTimestamps(context, gpu, place, what, record);
  } finally {
    from.destroy();
    to.destroy();
  }
}

async function copyByTimestamps(
  context: ProfileContext,
  { device, timestampStepNs }: ProfileDevice,
  place: Place,
  what: string,
  record: (encoder: GPUCommandEncoder, times: number) => void,
): Promise<void> {
  if (timestampStepNs === null) return;
  const { size, batch } = place;
  const watch = new GpuStopwatch(device);
  const most = Math.max(1, Math.floor(QUICK_BYTES / (size * batch)));
  const wanted = MIN_STEPS * timestampStepNs;
  const head = {
    id: idOf('copy-gpu', place),
    what,
    of: of(place),
    by: 'GPU timestamps' as const,
    derivedFrom: 'timestamps of empty passes around the copies',
  };
  try {
    let loops = 1;
    const timed = () => watch.bracket(encoder => record(encoder, loops * batch));
    await timed();
    while (loops < most && (await timed()) < wanted) loops = Math.min(most, loops * 2);
    const samplesNs: number[] = [];
    for (let round = 0; round < rounds(context, size * batch); round++) {
      context.breathe();
      const ns = await timed();
      if (ns >= wanted) samplesNs.push(ns / loops);
    }
    if (samplesNs.length > 0) context.addBandwidth(head, size * batch, { samplesNs, loops });
    else
      context.unknown(
        { ...head, unit: 'GB/s', better: 'higher' },
        `${loops * batch} copies take less than ${MIN_STEPS} steps of the timestamps`,
      );
  } finally {
    watch.dispose();
  }
}

/** mapAsync() of buffers that no work waits for, together. */
async function map(context: ProfileContext, { device }: ProfileDevice, place: Place): Promise<void> {
  const { size, batch } = place;
  const buffers = Array.from({ length: batch }, () =>
    device.createBuffer({ size, usage: MAP_READ | COPY_DST }),
  );
  try {
    const samplesNs: number[] = [];
    for (let round = -1; round < rounds(context, size * batch); round++) {
      context.breathe();
      const begin = context.nowNs();
      await Promise.all(buffers.map(buffer => buffer.mapAsync(MAP_READ)));
      const taken = context.nowNs() - begin;
      for (const buffer of buffers) buffer.unmap();
      if (round >= 0) samplesNs.push(taken);
    }
    const what = `mapAsync of ${bytesText(size)}, until all ${batch} are mapped`;
    context.addDuration({ id: idOf('map', place), what, of: of(place) }, { samplesNs, loops: 1 });
  } finally {
    for (const buffer of buffers) buffer.destroy();
  }
}

const OPERATIONS = [
  { name: 'create and destroy', run: createDestroy },
  { name: 'write', run: write },
  { name: 'read back', run: readBack },
  { name: 'copy', run: copy },
  { name: 'map', run: map },
] as const;

function steps(context: ProfileContext): ProfileStep[] {
  const { gpu, quick } = context;
  if (gpu === undefined) return [];
  const largest = gpu.device.limits.maxBufferSize;
  const most = Math.min(quick ? QUICK_BYTES : FULL_BYTES, context.setup.gpuLimitBytes);
  const sizes = (quick ? QUICK_SIZES : FULL_SIZES).filter(size => size <= largest && size <= most);
  return OPERATIONS.flatMap(({ name, run }) =>
    sizes.map(size => ({
      name: `${name}, ${bytesText(size)}`,
      run: async () => {
        const wanted = name === 'read back' ? RAW_DEPTHS : quick ? QUICK_BATCHES : FULL_BATCHES;
        // Staging holds a whole batch in one buffer, and copies need two buffers.
        const room = name === 'read back' ? Math.min(most / 2, largest) : name === 'copy' ? most / 2 : most;
        for (const batch of wanted) {
          if (batch > 1 && size * batch > room) continue;
          await run(context, gpu, { size, batch }, most);
          await reclaim(gpu.device);
        }
      },
    })),
  );
}

export const BUFFERS_SECTION: ProfileSection = {
  id: 'buffers',
  title: 'Buffers: create, destroy, write, read back, copy, map',
  needsGpu: true,
  steps,
};
