/**
 * Covers the scenes end to end on both machines: equal digests everywhere, expectations, and negative controls that must turn a
 * run red and say what was wrong. Not yet: device loss in the middle of a scene (hw/webgpu/device_loss.test.ts).
 */
import { describe, expect, test } from 'vitest';
import { loadMachine, loadScenario, scenarioIds } from '../cli/assets.ts';
import { type MachineKind, makeMachine } from '../cli/make_machine.ts';
import type { VramLayout } from '../hw/expected_bytes.ts';
import { type RunResult, runScenario } from './run_scenario.ts';
import { SABOTAGES, type Sabotage } from './sabotage.ts';
import type { Scenario } from './scenario.ts';
import { SCENE_ORDER } from './scene_order.ts';

const probe = await makeMachine(loadMachine('lab-16m'), { kind: 'auto', layout: 'paged' });
await probe.machine.dispose();
probe.provider?.release();
const hasGpu = probe.machine.kind === 'webgpu';
const KINDS: readonly MachineKind[] = hasGpu ? ['host', 'webgpu'] : ['host'];

interface Variation {
  readonly kind?: MachineKind;
  readonly layout?: VramLayout;
  readonly slice?: number;
  readonly sabotage?: string;
}

async function run(scenario: Scenario, variation: Variation = {}): Promise<RunResult> {
  const { kind = 'host', layout = 'paged', slice, sabotage = null } = variation;
  const { machine, provider } = await makeMachine(loadMachine(scenario.machine), { kind, layout, sabotage });
  try {
    return await runScenario(scenario, { machine, sabotage, ...(slice === undefined ? {} : { slice }) });
  } finally {
    provider?.release();
  }
}

/** Done when it is asked for first. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

describe.each(scenarioIds())('%s', id => {
  const scenario = loadScenario(id);
  const everywhere = KINDS.flatMap(kind =>
    (['paged', 'dedicated'] as const)
      .filter(layout => (scenario.needs.layout ?? layout) === layout)
      .map(layout => [kind, layout] as const),
  );

  const onHost = once(() => run(scenario));

  test.each(everywhere)(
    '%s, VRAM %s: no problem, every object verified, digests as on the host',
    async (kind, layout) => {
      const wanted = await onHost();
      const result = await run(scenario, { kind, layout });
      expect(result.problems).toEqual([]);
      expect(result.contentsVerified).toBe(result.objects);
      expect(result.gpu.liveBytes).toBe(result.model.expectedBytes);
      expect(result.gpu.liveBytesAfterShutdown).toBe(0);
      expect(result.gpu.buffersDestroyed).toBe(result.gpu.buffersCreated);
      expect([result.eventDigest, result.contentDigest]).toEqual([wanted.eventDigest, wanted.contentDigest]);
    },
  );

  test('slices of 1, 7 and 10,000 inputs: one digest', async () => {
    const digests = new Set<string>();
    for (const slice of [1, 7, 10_000]) {
      const { eventDigest, contentDigest } = await run(scenario, { slice });
      digests.add(`${eventDigest} ${contentDigest}`);
    }
    expect(digests.size).toBe(1);
  });
});

test('the tour names every scene once, each pauses inside and says something before it', () => {
  expect(scenarioIds()).toEqual([...SCENE_ORDER]);
  for (const id of scenarioIds()) {
    const { pauseAt, inputs, captions, summary } = loadScenario(id);
    expect(pauseAt, id).toBeGreaterThan(0);
    expect(pauseAt, id).toBeLessThan(inputs.length);
    expect(
      captions.filter(caption => caption.position <= pauseAt),
      id,
    ).not.toEqual([]);
    expect(summary.length, id).toBeGreaterThan(20);
  }
});

describe('negative controls', () => {
  const scenario = loadScenario('evict-refault');
  const NAMES: Record<Sabotage, RegExp> = {
    'flip-byte-in-move': /^Object \d+ \(.*\) in (VRAM|SYSTEM) has hash/,
    'skip-copy-out': /^Object \d+ \(frame\) .* has hash/,
    'skip-copy-in': /^Object \d+ \(frame\) in VRAM has hash/,
    'stale-gart-entry': /through the GART; what was written|GART/,
    'forget-destroy': /bytes.* are (still )?alive/,
    'skip-zap-in-one-task': /After input \d+ \(desktop gpu\.submit\): .*entry/,
  };
  const cases = SABOTAGES.flatMap(name => KINDS.map(kind => [name, kind] as const));

  test.each(cases)('%s on %s: the run fails and says what was wrong', async (sabotage, kind) => {
    const result = await run(scenario, { kind, sabotage });
    expect(result.ok).toBe(false);
    expect(result.problems.some(problem => NAMES[sabotage].test(problem))).toBe(true);
  });

  test('an eviction that forgets to copy: the move itself is named, at its input', async () => {
    const result = await run(scenario, { sabotage: 'evict-forgets-copy' });
    expect(result.problems[0]).toMatch(
      /^After input \d+ \(desktop gpu\.submit\): 49 Content conservation: 448 of 448 pages of Object \d+ \(frame\)/,
    );
  });

  test('an expectation that is not met: the run fails and names it with both numbers', async () => {
    const result = await run({ ...scenario, expect: { evictions: 99 } });
    expect(result.problems).toEqual(['The scenario expects evictions 99, but it is 2.']);
  });
});
