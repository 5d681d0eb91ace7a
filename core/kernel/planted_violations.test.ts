/**
 * The checks are checked: for each state entry of every room something is broken by hand in a kernel that holds, and exactly the
 * expected numbers are said; likewise for two that try it out. The test of invariants in i915_2008 does it for its entries.
 */
import { afterEach, expect, test, vi } from 'vitest';
import { DmaResv } from '../dma_buf/dma_resv.ts';
import { I915_INVARIANTS } from '../drm/drivers/i915_2008/invariants.ts';
import { PageContents } from '../hw/page_contents.ts';
import { LabFixture, PAGE } from '../testing/lab_fixture.ts';
import { PLANTED } from '../testing/planted_rows.ts';
import { scene } from '../testing/planted_scene.ts';
import { PLANTED_SYSTEMS } from '../testing/planted_system_rows.ts';
import { machineAsset } from '../testing/transcript_files.ts';
import { bootKernel } from './boot.ts';
import { invariantEntries } from './invariants.ts';
import type { Kernel } from './kernel.ts';

afterEach(() => void vi.restoreAllMocks());

const numberOf = (sentence: string) => Number.parseInt(sentence, 10);

function expectToSay(kernel: Kernel, entry: string, numbers: readonly number[]): void {
  const says = kernel.check();
  expect(says).toContainEqual(expect.stringMatching(new RegExp(`^${entry}: `)));
  expect([...new Set(says.map(numberOf))], says.join('\n')).toEqual(numbers);
}

test.each(PLANTED.map(([entry, plant, numbers]) => [entry, plant, numbers ?? [numberOf(entry)]] as const))(
  '%s: broken by hand, it says so and nothing else does',
  async (entry, plant, numbers) => {
    const it = await scene();
    await plant(it);
    expectToSay(it.kernel, entry, numbers);
  },
);

test.each(
  PLANTED_SYSTEMS.map(
    ([entry, rooms, start, numbers]) => [entry, rooms, start, numbers ?? [numberOf(entry)]] as const,
  ),
)('%s (%s): broken by hand, it says so and nothing else does', async (entry, _rooms, start, numbers) => {
  const { kernel, plant } = await start();
  expect(kernel.check()).toEqual([]);
  plant();
  expectToSay(kernel, entry, numbers);
});

test('every state entry has its row here, those of i915 beside their room', () => {
  const elsewhere = new Set<string>(I915_INVARIANTS.map(({ name }) => name));
  const rows = new Set([
    ...PLANTED.map(([entry]) => entry),
    ...PLANTED_SYSTEMS.map(([entry, rooms]) => `${entry} (${rooms})`),
  ]);
  const without = invariantEntries()
    .filter(({ name, kind }) => kind === 'state' && !elsewhere.has(name))
    .filter(({ number, name, rooms }) => {
      const isOfSystem = rooms.includes('bsd') || rooms.includes('dax');
      return !rows.has(`${number} ${name} (${rooms})`) && (isOfSystem || !rows.has(`${number} ${name}`));
    });
  expect(without.map(({ number, name, rooms }) => `${number} ${name} (${rooms})`)).toEqual([]);
});

function tried(number: number): string[] {
  const entries = invariantEntries().filter(entry => entry.number === number && entry.kind === 'scenario');
  expect(entries).toHaveLength(1);
  return bootKernel(machineAsset('fuzz-systems')).check(entries, ['scenario']);
}

test('49 Content conservation: moves that leave bytes behind are told', () => {
  expect(tried(49)).toEqual([]);
  vi.spyOn(PageContents.prototype, 'copyRun').mockImplementation(() => undefined);
  const says = tried(49);
  for (const after of ['a move to VRAM', 'swapping'])
    expect(says).toContainEqual(
      expect.stringMatching(
        new RegExp(`^49 Content conservation: The bytes of object \\d+ .* are others after ${after}`),
      ),
    );
});

test('65 No deadlock: a lock that is taken from its holder is told', () => {
  expect(tried(65)).toEqual([]);
  const { unlock } = DmaResv.prototype;
  vi.spyOn(DmaResv.prototype, 'tryLock').mockImplementation(function (this: DmaResv, ticket) {
    this.heldBy = ticket;
    return true;
  });
  // Nobody holds it any more when its first holder is done.
  vi.spyOn(DmaResv.prototype, 'unlock').mockImplementation(function (this: DmaResv) {
    if (this.heldBy !== 0) unlock.call(this);
  });
  const says = tried(65);
  expect(says).toContainEqual(
    expect.stringMatching(/^65 No deadlock: Object \d+ moved for ticket \d+ while ticket \d+ held it/),
  );
  expect(says).toContainEqual(expect.stringMatching(/ is held by \d+ after a refused move; by \d+ before/));
});

/** 2,000 mappings of one address space. */
async function manyMappings(): Promise<LabFixture> {
  const lab = await LabFixture.boot();
  await lab.call('A', 'memfd', { name: 'm' }, 'm');
  await lab.call('A', 'ftruncate', { fd: 'm', size: 2000 * PAGE });
  for (let page = 0; page < 2000; page++)
    await lab.call('A', 'mmap', { fd: 'm', length: PAGE, offset: page * PAGE }, `m${page}`);
  expect(lab.kernel.check()).toEqual([]);
  return lab;
}

test('8 Tree = VMAs: of 2,000 mappings one in a window that nobody looks up is hidden below a wrong last page', async () => {
  const { kernel } = await manyMappings();
  const { vmas } = kernel.task(1).mm;
  const { mmapTree } = vmas[1001]!.file!.mapping;
  let node = mmapTree.root!;
  while (node.left !== null && node.right !== null) node = node.left;
  node.maxLast -= 1;
  expectToSay(kernel, '8 Tree = VMAs', [8]);
});
