/** Covers the experiment of seed 000 on every machine there is, its report, and the chart. */
import { describe, expect, test } from 'vitest';
import { loadMachine } from '../../cli/assets.ts';
import { type MachineKind, makeMachine } from '../../cli/make_machine.ts';
import type { GpuProvider } from '../../hw/ports.ts';
import type { ExperimentResult } from './experiment.ts';
import { reportHtml } from './report_html.ts';
import { SHARED_MAPPING, type SharedMappingFigures } from './shared_mapping.ts';
import { formatNumber, svgChart } from './svg_chart.ts';

const probe = await makeMachine(loadMachine('lab-16m'), { kind: 'auto', layout: 'paged' });
await probe.machine.dispose();
probe.provider?.release();
const KINDS: readonly MachineKind[] = probe.machine.kind === 'webgpu' ? ['host', 'webgpu'] : ['host'];

async function runOn(kind: MachineKind): Promise<ExperimentResult> {
  const providers: GpuProvider[] = [];
  try {
    return await SHARED_MAPPING.run({
      description: loadMachine,
      layout: 'paged',
      newMachine: async description => {
        const { machine, provider } = await makeMachine(description, { kind, layout: 'paged' });
        expect(machine.kind).toBe(kind);
        if (provider) providers.push(provider);
        return machine;
      },
      timeMs: work => {
        work();
        return 0;
      },
    });
  } finally {
    for (const provider of providers) provider.release();
  }
}

describe.each(KINDS)('on %s, VRAM paged', kind => {
  test('stale reads in the per-node era only, one for each entry that a shoot-down missed', async () => {
    const result = await runOn(kind);
    expect(result.problems).toEqual([]);
    const [perNode, bug, firstOpen, today] = result.figures as readonly SharedMappingFigures[];
    // Three of four clients map through nodes that the device does not know.
    expect(perNode).toMatchObject({ ptesMapped: 3072, ptesMissed: 2304, staleReads: 2304, opensRefused: 0 });
    expect(bug).toMatchObject({ ptesMapped: 768, ptesMissed: 0, staleReads: 0, opensRefused: 3 });
    expect(firstOpen).toMatchObject({ ptesMapped: 3072, ptesMissed: 0, staleReads: 0, opensRefused: 0 });
    expect(today).toMatchObject({ ptesMapped: 3072, ptesMissed: 0, staleReads: 0, asked: 0, askers: [] });
    expect(firstOpen!.askers).toContain('ttm_bo_unmap_virtual');
    // The kernel placed objects of its own before anybody had opened the device.
    expect(firstOpen!.noneYet).toBeGreaterThan(1);
    const html = reportHtml(SHARED_MAPPING, result, `${kind} <1>`);
    expect(html).toContain('&lt;1&gt;');
    expect(html).toContain('2,304');
    expect(html).not.toMatch(/<script|src=|href=/);
  });
});

test('numbers: groups of thousands, four digits behind the point', () => {
  expect(['0', '1,234,567', '0.0708', '1,000.5']).toEqual(
    [0, 1_234_567, 0.070_84, 1000.5].map(value => formatNumber(value)),
  );
});

test('chart: a bar of each value, the highest as tall as there is room, zeros flat', () => {
  const svg = svgChart({
    title: 'A & B',
    unit: 'x',
    categories: ['c', 'd'],
    series: [{ name: 's', values: [0, 8] }],
  });
  const heights = [...svg.matchAll(/width="239.4" height="([\d.]+)"|height="([\d.]+)" fill/g)].map(m =>
    Number(m[1] ?? m[2]),
  );
  expect(Math.min(...heights)).toBe(0);
  expect(Math.max(...heights)).toBe(194);
  expect(svg).toContain('A &amp; B (x)');
});
