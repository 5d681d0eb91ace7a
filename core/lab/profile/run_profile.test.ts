/**
 * Covers whole profiles, short ones: which sections there are, what a cancel keeps and names, what is said without a GPU, and the
 * page that is made of it. How fast anything is is not judged here.
 */
import { describe, expect, test } from 'vitest';
import { gpuForTests } from '../../testing/hw_machines.ts';
import { profileSetup } from '../../testing/profile_setup.ts';
import { gartBars } from './profile_charts.ts';
import { profileHtml } from './profile_html.ts';
import { type ProfileReport, parseProfileReport, SECTION_IDS, type SectionId } from './profile_report.ts';
import { CancelToken, type KernelSource } from './profile_setup.ts';
import { runProfile } from './run_profile.ts';

const gpu = await gpuForTests();
const MIB = 1024 * 1024;

const reread = (report: ProfileReport) => parseProfileReport(JSON.parse(JSON.stringify(report)), 'report');
const section = (report: ProfileReport, id: SectionId) => report.sections.find(each => each.id === id)!;

test('without a GPU the sections that need one say so, the shoot-downs are measured, the report holds all five', async () => {
  const report = reread(await runProfile(profileSetup(undefined)));
  expect(report.sections.map(({ id }) => id)).toEqual(SECTION_IDS);
  expect(report.environment.adapter).toBe('none');
  expect(section(report, 'shoot-down')).toMatchObject({ state: 'complete', missing: [] });
  for (const id of ['buffers', 'moves', 'gart', 'cliff'] as const)
    expect(section(report, id)).toMatchObject({ state: 'not run', missing: ['No GPU offers no adapter.'] });
});

test('shoot-downs: more mappings take longer, an entry stays in the nanoseconds', async () => {
  const report = await runProfile(profileSetup(undefined), ['shoot-down']);
  const { figures } = section(report, 'shoot-down');
  const value = (id: string) => figures.find(figure => figure.id === id)!.value!;
  expect(value('shoot-down/1/256')).toBeGreaterThan(value('shoot-down/1/1'));
  expect(value('shoot-down/16/256')).toBeGreaterThan(value('shoot-down/16/16'));
  expect(value('shoot-down/1/256/entry') * 256 * 64).toBeCloseTo(value('shoot-down/1/256') * 1000, -3);
});

describe.skipIf(gpu === undefined)('on a GPU', { timeout: 180_000 }, () => {
  test('a short profile: buffers and both cliffs are complete, every figure has a kind, the kernel stands beside', async () => {
    let samples = 0;
    const source: KernelSource = {
      name: 'kernel',
      absent: () => null,
      sample: () => new Map([['vram resident', ++samples * MIB]]),
    };
    const silent: KernelSource = { name: 'debugfs', absent: () => 'not mounted', sample: () => new Map() };
    const setup = profileSetup(gpu, { driverCliff: true, kernelSources: [source, silent] });
    const report = reread(await runProfile(setup, ['buffers', 'cliff']));
    expect(section(report, 'buffers')).toMatchObject({ state: 'complete', missing: [] });
    expect(section(report, 'cliff')).toMatchObject({ state: 'complete', missing: [] });
    const { figures } = section(report, 'buffers');
    for (const { id, kind, value, note } of figures) {
      expect([id, value === null]).toEqual([id, kind === 'unknown']);
      if (kind !== 'measured') expect([id, note]).not.toEqual([id, '']);
    }
    // Nothing above the limit was allocated at once.
    for (const { of } of figures) expect(Number(of.size)).toBeLessThanOrEqual(16 * MIB);
    const [lab, driver] = section(report, 'cliff').outcomes;
    expect(lab).toMatchObject({ of: "the lab's own eviction", outcome: 'moved', at: 105 });
    expect(driver!.of).toBe('plain allocation');
    expect(driver!.at).toBeLessThanOrEqual(16 * MIB);
    expect(report.timeline.present).toEqual(['kernel']);
    expect(report.timeline.absent).toEqual(['debugfs: not mounted']);
    const [model, kernel] = report.timeline.charts;
    const times = (of: typeof model) => of!.series[0]!.points.map(([ms]) => ms);
    expect(times(kernel)).toEqual(times(model));
    // While the lab's machine ran its video memory and its mirror heap stood on the axis.
    const { devices, ttBytes } = setup.machine;
    const heap = model!.series.find(({ name }) => name === 'heap')!;
    expect(Math.max(...heap.points.map(([, bytes]) => bytes ?? 0))).toBe(devices[0]!.vramBytes + ttBytes);
    const plain = model!.series.find(({ name }) => name === 'plain allocation')!;
    expect(Math.max(...plain.points.map(([, bytes]) => bytes ?? 0))).toBeLessThanOrEqual(16 * MIB);
    expect(report.clocks.clockStepNs).toBeGreaterThan(0);
  });

  test('cancelled in the middle: what was measured is kept, the rest is named', async () => {
    const cancel = new CancelToken();
    const setup = profileSetup(gpu, {
      cancel,
      onProgress: ({ done }) => {
        if (done === 3) cancel.cancel();
      },
    });
    const report = reread(await runProfile(setup));
    expect(report.cancelled).toBe(true);
    const buffers = section(report, 'buffers');
    expect(buffers.state).toBe('partial');
    expect(buffers.figures.length).toBeGreaterThan(0);
    expect(buffers.missing[0]).toMatch(/cancelled before it began$/);
    expect(section(report, 'gart')).toMatchObject({ state: 'not run', figures: [] });
    expect(section(report, 'gart').missing).toHaveLength(36);
  });

  test('through the GART: a ratio for each of 36 cases, drawn in three charts; the page holds its own data', async () => {
    const cancel = new CancelToken();
    let step = 0;
    const setup = profileSetup(gpu, {
      cancel,
      onProgress: () => {
        if (++step > 2) cancel.cancel();
      },
    });
    const report = reread(await runProfile(setup, ['gart']));
    const { figures, missing } = section(report, 'gart');
    expect(figures.filter(({ id }) => id.endsWith('/ratio')).map(({ id }) => id)).toEqual([
      'gart/load/1-heaps/no-log/sequential/ratio',
      'gart/load/1-heaps/no-log/strided/ratio',
    ]);
    expect(missing).toHaveLength(34);
    expect(gartBars(report).map(({ title }) => title)).toEqual([
      'Speed through the GART, sequential',
      'Speed through the GART, strided',
    ]);
    const page = profileHtml(report, null);
    const data = /<script type="application\/json" id="profile">(.*?)<\/script>/s.exec(page);
    expect(parseProfileReport(JSON.parse(data![1]!), 'page')).toEqual(report);
    expect(page).toContain('missing: load, random, 1 heap, fault log off: cancelled before it began');
  });
});
