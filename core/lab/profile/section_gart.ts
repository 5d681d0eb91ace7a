/**
 * Section 3: memory touched through the GART with the streamer's own WGSL, beside the same work on one buffer directly.
 */
import type { Bytes } from '../../base/units.ts';
import { type GartBenchCase, type GartBenchSide, runGartBench } from '../../hw/webgpu/gart_bench.ts';
import { GART_OPERATIONS, GART_PATTERNS } from '../../hw/webgpu/gart_bench_wgsl.ts';
import type { ProfileContext, ProfileDevice } from './profile_context.ts';
import type { ProfileSection, ProfileStep } from './profile_section.ts';
import { bytesText } from './size_text.ts';

const FULL_BYTES: Bytes = 64 * 1024 * 1024;
const QUICK_BYTES: Bytes = 2 * 1024 * 1024;
const FULL_ROUNDS = 9;
const QUICK_ROUNDS = 5;
const HEAPS = [1, 4] as const;

function caseId({ operation, pattern, heaps, faultLog }: GartBenchCase): string {
  return `gart/${operation}/${heaps}-heaps/${faultLog ? 'log' : 'no-log'}/${pattern}`;
}

function caseWords({ operation, pattern, heaps, faultLog }: GartBenchCase): string {
  return `${operation}, ${pattern}, ${heaps} ${heaps === 1 ? 'heap' : 'heaps'}, fault log ${faultLog ? 'on' : 'off'}`;
}

/** Both sides by the same clock: GPU timestamps where both have them. */
function samplesOf(side: GartBenchSide, byGpu: boolean): readonly number[] {
  return byGpu ? side.gpuSamplesNs! : side.wallSamplesNs;
}

async function measure(context: ProfileContext, gpu: ProfileDevice, which: GartBenchCase): Promise<void> {
  const { setup, quick, clockStepNs } = context;
  const bytes = Math.min(quick ? QUICK_BYTES : FULL_BYTES, gpu.device.limits.maxStorageBufferBindingSize);
  context.breathe();
  const { gart, direct } = await runGartBench(gpu.device, which, {
    clock: setup.clock,
    clockStepNs,
    bytes,
    rounds: quick ? QUICK_ROUNDS : FULL_ROUNDS,
    ...(gpu.timestampStepNs === null ? {} : { timestampStepNs: gpu.timestampStepNs }),
  });
  const id = caseId(which);
  const of = {
    operation: which.operation,
    pattern: which.pattern,
    heaps: which.heaps,
    faultLog: which.faultLog ? 'on' : 'off',
    bytes,
  };
  const what = `${caseWords(which)}, ${bytesText(bytes)}`;
  const byGpu = gart.gpuSamplesNs !== undefined && direct.gpuSamplesNs !== undefined;
  const by = byGpu ? ('GPU timestamps' as const) : ('wall clock' as const);
  const sides = [
    ['gart', 'through the GART', gart],
    ['direct', 'directly', direct],
  ] as const;
  for (const [name, words, side] of sides) {
    const passes = side.passes > 1 ? { derivedFrom: `${side.passes} passes in one submit` } : {};
    const head = { of, ...passes };
    context.addBandwidth(
      { ...head, id: `${id}/${name}/wall`, what: `${what}, ${words}, submit to done` },
      bytes,
      { samplesNs: side.wallSamplesNs, loops: side.passes },
    );
    if (!byGpu) continue;
    const byTimestamps = { ...head, id: `${id}/${name}`, what: `${what}, ${words}`, by };
    context.addBandwidth(byTimestamps, bytes, { samplesNs: samplesOf(side, true), loops: side.passes });
  }
  const fromGart = samplesOf(gart, byGpu);
  const fromDirect = samplesOf(direct, byGpu);
  context.add(
    {
      id: `${id}/ratio`,
      what: `${what}, GART to direct`,
      of,
      unit: 'ratio',
      better: 'higher',
      by,
      derivedFrom: 'both sides, round by round',
    },
    fromGart.map((ns, i) => fromDirect[i]! / ns),
  );
}

function steps(context: ProfileContext): ProfileStep[] {
  const { gpu } = context;
  if (gpu === undefined) return [];
  return GART_OPERATIONS.flatMap(operation =>
    HEAPS.flatMap(heaps =>
      [false, true].flatMap(faultLog =>
        GART_PATTERNS.map(pattern => {
          const which = { operation, pattern, heaps, faultLog };
          return { name: caseWords(which), run: () => measure(context, gpu, which) };
        }),
      ),
    ),
  );
}

export const GART_SECTION: ProfileSection = {
  id: 'gart',
  title: 'Through the GART, beside direct access',
  needsGpu: true,
  steps,
};
