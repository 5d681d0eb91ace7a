/** The checks are checked: each planted defect turns its rule red. */
import { expect, test } from 'vitest';
import { makePte, PTE_PRESENT } from '../mm/page_table.ts';
import { BsdFixture } from '../testing/bsd_fixture.ts';
import type { BsdCore } from './bsd_core.ts';
import { bsdFileOf } from './cdevpriv.ts';

const DEFECTS: readonly [string, RegExp, (core: BsdCore, bsd: BsdFixture) => void][] = [
  ['a record that its device forgot', /^29 /, core => [...core.cdevs][0]!.records.clear()],
  [
    'a record that its file forgot',
    /^29 /,
    core => {
      bsdFileOf([...[...core.cdevs][0]!.records][0]!.file).record = null;
    },
  ],
  [
    'a destructor that ran for a live record',
    /^29 /,
    core => {
      [...[...core.cdevs][0]!.records][0]!.destructorRuns = 1;
    },
  ],
  ['a destructor that was counted twice', /^29 /, core => void core.destructorsRun++],
  [
    'a td_fpop that stayed',
    /^30 /,
    core => {
      core.fpops.set(1, [...[...core.cdevs][0]!.records][0]!.file);
    },
  ],
  ['a thread that stayed inside', /^30 /, core => void [...core.cdevs][0]!.threads++],
  ['a fault that showed the driver a file', /^30 /, core => void core.faultsWithFile++],
  ['a page that left its object and not the page table', /^2 /, core => core.pagers[0]!.pages.clear()],
  [
    'an entry for another frame',
    /^2 /,
    (_core, bsd) => {
      const { mm } = bsd.kernel.task(1);
      const { start } = mm.vmas[0]!;
      mm.pageTable.install(start, makePte(77, PTE_PRESENT), mm.context.nextPteSerial());
    },
  ],
  ['a device counted once too often', /^27 /, core => void [...core.cdevs][0]!.refs++],
  ['a VM object counted once too often', /^27 /, core => void core.pagers[0]!.refs++],
];

test.each(DEFECTS)('%s is found', async (_name, rule, plant) => {
  const bsd = await BsdFixture.start();
  await bsd.open('A', 'fd');
  await bsd.map('A', 'fd', 'm', 2);
  await bsd.load('A', 'm', 0);
  bsd.check();
  plant(bsd.core, bsd);
  expect(bsd.kernel.check().some(says => rule.test(says))).toBe(true);
});
