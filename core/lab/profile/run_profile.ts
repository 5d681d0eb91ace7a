/**
 * Runs the five sections, step by step. Whatever happens, what was measured until then is in the report, with the names of
 * what is missing.
 */
import { GpuError } from '../../hw/gpu_error.ts';
import type { AdapterInfo } from '../../hw/machine.ts';
import { adapterInfo } from '../../hw/webgpu/adapter_limits.ts';
import { clockStepNs, timestampStepNs } from './clock_steps.ts';
import { type Breath, MIN_STEPS, ProfileContext, type ProfileDevice } from './profile_context.ts';
import {
  PROFILE_FORMAT,
  PROFILE_VERSION,
  type ProfileReport,
  type SectionId,
  type SectionReport,
} from './profile_report.ts';
import type { ProfileSection, ProfileStep } from './profile_section.ts';
import { ProfileCancelled, type ProfileSetup } from './profile_setup.ts';
import { BUFFERS_SECTION } from './section_buffers.ts';
import { CLIFF_SECTION } from './section_cliff.ts';
import { GART_SECTION } from './section_gart.ts';
import { MOVES_SECTION } from './section_moves.ts';
import { SHOOT_DOWN_SECTION } from './section_shoot_down.ts';
import { Timeline } from './timeline.ts';

export const PROFILE_SECTIONS: readonly ProfileSection[] = [
  BUFFERS_SECTION,
  MOVES_SECTION,
  GART_SECTION,
  CLIFF_SECTION,
  SHOOT_DOWN_SECTION,
];

/** Limits that decide what could be measured. */
const SHOWN_LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupsPerDimension',
] as const;

interface OpenGpu {
  readonly info: AdapterInfo;
  readonly driver: string;
  readonly limits: Record<string, number>;
  readonly gpu: ProfileDevice;
  /** What the device reported on its own. */
  readonly errors: string[];
}

/** The device of the plain measurements; a sentence when there is none. */
async function openGpu(setup: ProfileSetup): Promise<OpenGpu | string> {
  try {
    const adapter = await setup.provider.requestAdapter();
    if (adapter === undefined) return `${setup.provider.name} offers no adapter.`;
    const { maxBufferSize, maxStorageBufferBindingSize, maxStorageBuffersPerShaderStage } = adapter.limits;
    const device = await adapter.requestDevice({
      label: 'profiler',
      requiredFeatures: adapter.features.has('timestamp-query') ? ['timestamp-query'] : [],
      requiredLimits: { maxBufferSize, maxStorageBufferBindingSize, maxStorageBuffersPerShaderStage },
    });
    const errors: string[] = [];
    device.addEventListener('uncapturederror', event => {
      event.preventDefault();
      errors.push((event as GPUUncapturedErrorEvent).error.message);
    });
    return {
      info: adapterInfo(adapter),
      driver: adapter.info.description || adapter.info.device || 'unknown',
      limits: Object.fromEntries(SHOWN_LIMITS.map(name => [name, device.limits[name]])),
      gpu: { device, timestampStepNs: await timestampStepNs(device) },
      errors,
    };
  } catch (error) {
    if (error instanceof GpuError && error.kind === 'no-adapter') return error.detail;
    throw error;
  }
}

interface Part {
  readonly section: ProfileSection;
  readonly context: ProfileContext;
  readonly steps: readonly ProfileStep[];
  /** Why none of it can be run; empty when it can. */
  readonly notRun: string;
}

/** Run the steps of one section. */
async function runPart(
  { section, context, steps, notRun }: Part,
  opened: OpenGpu | undefined,
  onStep: (step: string) => void,
): Promise<SectionReport> {
  const { cancel, clock } = context.setup;
  const begin = clock.nowMs();
  const missing: string[] = notRun === '' ? [] : [notRun];
  let done = 0;
  for (const { name, run } of steps) {
    onStep(name);
    if (cancel.isCancelled) {
      missing.push(`${name}: cancelled before it began`);
      continue;
    }
    const figuresBefore = context.sink.figures.length;
    try {
      await run();
      done++;
    } catch (error) {
      const kept = context.sink.figures.length - figuresBefore;
      const why =
        error instanceof ProfileCancelled
          ? 'cancelled while it ran'
          : error instanceof Error
            ? error.message
            : String(error);
      missing.push(`${name}: ${why}${kept > 0 ? ` (${kept} figures are kept)` : ''}`);
    }
    for (const message of opened?.errors.splice(0) ?? [])
      missing.push(`${name}: the device said: ${message}`);
  }
  section.finish?.(context);
  const { figures, charts, outcomes } = context.sink;
  const isEmpty = done === 0 && figures.length === 0;
  return {
    id: section.id,
    title: section.title,
    state: missing.length === 0 ? 'complete' : isEmpty ? 'not run' : 'partial',
    missing,
    figures,
    charts,
    outcomes,
    seconds: Math.round(clock.nowMs() - begin) / 1000,
  };
}

/**
 * Measure.
 *
 * @param only sections to run; all without it
 * @throws GpuError when a GPU is there but refuses a device
 */
export async function runProfile(
  setup: ProfileSetup,
  only: readonly SectionId[] = PROFILE_SECTIONS.map(({ id }) => id),
): Promise<ProfileReport> {
  const { clock, cancel } = setup;
  const begin = clock.nowMs();
  const step = clockStepNs(clock);
  const timeline = new Timeline(clock, setup.kernelSources);
  const found = await openGpu(setup);
  const opened = typeof found === 'string' ? undefined : found;
  const parts = PROFILE_SECTIONS.map((section): Part => {
    const sink = { figures: [], charts: [], outcomes: [] };
    const onBreath: Breath = (ledger, plainBytes) => timeline.sample(ledger, plainBytes);
    const context = new ProfileContext(setup, opened?.gpu, step, sink, onBreath);
    const notRun = !only.includes(section.id)
      ? 'not asked for'
      : section.needsGpu && opened === undefined
        ? String(found)
        : '';
    return { section, context, steps: notRun === '' ? section.steps(context) : [], notRun };
  });
  const total = parts.reduce((sum, { steps }) => sum + steps.length, 0);
  const sections: SectionReport[] = [];
  let done = 0;
  try {
    for (const part of parts) {
      const report = await runPart(part, opened, name =>
        setup.onProgress({ section: part.section.title, step: name, done: done++, total }),
      );
      sections.push(report);
    }
  } finally {
    opened?.gpu.device.destroy();
  }
  timeline.sample(undefined, 0);
  return {
    format: PROFILE_FORMAT,
    version: PROFILE_VERSION,
    date: setup.date,
    quick: setup.quick,
    cancelled: cancel.isCancelled,
    environment: {
      adapter: opened?.info.name ?? 'none',
      vendor: opened?.info.vendor ?? '',
      architecture: opened?.info.architecture ?? '',
      software: opened?.info.software ?? false,
      driver: opened?.driver ?? 'none',
      backend: setup.backend,
      provider: setup.provider.name,
      flags: [...setup.flags],
      versions: { ...setup.versions },
      load: setup.load,
      machine: setup.machine.name,
    },
    clocks: { clockStepNs: step, timestampStepNs: opened?.gpu.timestampStepNs ?? null, minSteps: MIN_STEPS },
    limits: opened?.limits ?? {},
    sections,
    timeline: timeline.report(),
    seconds: Math.round(clock.nowMs() - begin) / 1000,
  };
}
