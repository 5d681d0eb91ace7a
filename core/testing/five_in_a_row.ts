/** Five objects A to E of equal size, one behind the other in VRAM and nothing else free: the worked examples of scans. */
import { expect } from 'vitest';
import { LabFixture, labMachine, PAGE } from './lab_fixture.ts';

const NAMES = ['A', 'B', 'C', 'D', 'E'] as const;

export interface FiveInARow {
  readonly lab: LabFixture;
  /** Pages of each. */
  readonly unit: number;
  /** Page of VRAM where A begins. */
  readonly start: number;
  /** Ask for one and a half times the size of one. @returns names of what was evicted for it, in order */
  wantMore(): Promise<string[]>;
}

/** @param order names by last use, oldest first; those not named were used later */
export async function fiveInARow(order: readonly string[]): Promise<FiveInARow> {
  const lab = await LabFixture.boot(labMachine({ ramBytes: 2 ** 28, ttBytes: 2 ** 27 }));
  const manager = lab.device.ttm!.managers.find(candidate => candidate?.mm)!;
  const free = manager.sizePages - manager.usedPages;
  const unit = Math.floor(free / 10) * 2;
  const rest = free - 5 * unit;
  for (const name of NAMES) await lab.fill([name], unit);
  if (rest > 0) await lab.fill(['rest'], rest);
  const starts = NAMES.map(name => lab.object(name).resource!.start);
  const start = starts[0]!;
  expect(starts).toEqual(starts.map((_, i) => start + i * unit));
  const others = [...NAMES, ...(rest > 0 ? ['rest'] : [])].filter(name => !order.includes(name));
  for (const name of [...order, ...others]) await lab.call('A', 'gpu.submit', { fd: 'fd', list: [name] });
  await lab.call('A', 'gpu.idle', { fd: 'fd' });
  return {
    lab,
    unit,
    start,
    async wantMore() {
      const size = (unit + unit / 2) * PAGE;
      const made = await lab.call('A', 'gpu.create', { fd: 'fd', size, domain: 'vram' }, 'wanted');
      expect(made).toMatchObject({ size });
      return lab
        .events('lab_ttm:evict_victim')
        .map(({ objectId }) => [...lab.device.objects].find(({ id }) => id === objectId)!.label);
    },
  };
}
