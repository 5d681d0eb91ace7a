/**
 * Experiment of seed 004: fail every allocation of module init, one at a time, and look what is left; shrink a device under a
 * thousand mappings, in the one legal order (unbind, resize, bind), and look which accesses get SIGBUS.
 */
import { PAGE_SIZE } from '../../base/units.ts';
import { DAX_SEED_004, DAX_TODAY } from '../../dax/dax_history.ts';
import { loadDax, unloadDax } from '../../dax/dax_module.ts';
import { checkDaxInodes, checkGracePeriods } from '../../dax/invariants.ts';
import { failEveryAllocation, newScratchBus } from '../../dax/scratch_bus.ts';
import type { MachineDescription } from '../../hw/machine_description.ts';
import { bootKernel } from '../../kernel/boot.ts';
import { sysMmap } from '../../kernel/sys_mmap.ts';
import { sysMknod, sysOpen } from '../../kernel/sys_open.ts';
import { spawnTask } from '../../kernel/sys_task.ts';
import { ACCESS_BUS_ADRERR, ACCESS_OK } from '../../kernel/user_access.ts';
import { shutdownAndFindLeaks } from '../shutdown_leaks.ts';
import type { Experiment, ExperimentSetup } from './experiment.ts';

const MAPPINGS = 1000;
const DEVICE_PAGES = 2 * MAPPINGS;
const TASKS = 10;
const DRIVER = '/sys/bus/dax/drivers/device_dax';

/** What a shrink under live mappings did. */
export interface ResizeFigures {
  readonly mappings: number;
  readonly nodes: number;
  readonly entriesBefore: number;
  readonly entriesAfterUnbind: number;
  readonly sigbusWhileUnbound: number;
  readonly reachableAfterBind: number;
  readonly sigbusAfterBind: number;
  readonly sameFrames: number;
  readonly leaks: readonly string[];
  readonly violations: readonly string[];
}

/** Halve a device that ten tasks have mapped a thousand times through two nodes. */
export function resizeUnderMappings(machine: MachineDescription): ResizeFigures {
  const bytes = DEVICE_PAGES * PAGE_SIZE;
  const kernel = bootKernel({
    ...machine,
    pmem: [{ name: 'dax0.0', bytes, align: 4096, resizable: true }],
  });
  const { inode } = kernel.vfs.lookup('/dev/dax0.0', 'experiment');
  const { major, minor } = inode.rdev!;
  const tasks = Array.from({ length: TASKS }, (_, i) => spawnTask(kernel, `task ${i}`));
  sysMknod(kernel, tasks[0]!, '/tmp/alias', 0o666, major, minor);
  // Mapping i shows pages 2i and 2i + 1: the first half of them lies in what stays.
  const places = Array.from({ length: MAPPINGS }, (_, i) => {
    const task = tasks[i % TASKS]!;
    const path = i % 2 === 0 ? '/dev/dax0.0' : '/tmp/alias';
    const fd = sysOpen(kernel, task, path, { mode: 'rdwr' });
    const at = sysMmap(kernel, task, null, 2 * PAGE_SIZE, 3, 1, fd, 2 * i * PAGE_SIZE);
    return { task, page: task.mm.pageOfAddress(at) };
  });
  const touchAll = () =>
    places.map(({ task, page }) => {
      const outcome = kernel.access.touch(task, page, true);
      return { outcome, pfn: kernel.access.pfn };
    });
  const entries = () => tasks.reduce((sum, task) => sum + task.mm.nrPtes, 0);
  const count = (list: readonly { outcome: number }[], outcome: number) =>
    list.filter(item => item.outcome === outcome).length;

  const first = touchAll();
  const entriesBefore = entries();
  kernel.sysfs.write(`${DRIVER}/unbind`, 'dax0.0');
  const entriesAfterUnbind = entries();
  const unbound = touchAll();
  kernel.sysfs.write('/sys/bus/dax/devices/dax0.0/size', String(bytes / 2));
  kernel.sysfs.write(`${DRIVER}/bind`, 'dax0.0');
  const bound = touchAll();
  const violations = kernel.check();
  return {
    mappings: places.length,
    nodes: 2,
    entriesBefore,
    entriesAfterUnbind,
    sigbusWhileUnbound: count(unbound, ACCESS_BUS_ADRERR),
    reachableAfterBind: count(bound, ACCESS_OK),
    sigbusAfterBind: count(bound, ACCESS_BUS_ADRERR),
    sameFrames: bound.filter(({ outcome, pfn }, i) => outcome === ACCESS_OK && pfn === first[i]!.pfn).length,
    leaks: shutdownAndFindLeaks(kernel),
    violations,
  };
}

/** Load and unload the module as the patch of 2016 did, and say what the checks find. */
function defectsOf2016(machine: MachineDescription): string[] {
  const bus = newScratchBus(machine, DAX_SEED_004);
  loadDax(bus);
  const says = checkDaxInodes(bus);
  unloadDax(bus);
  return [...says, ...checkGracePeriods(bus)];
}

export const DEVICE_DAX_EXPERIMENT: Experiment = {
  name: 'device-dax',
  title: 'device-dax: exact unwinding, and resizing under a thousand mappings',
  question:
    'Does module init leave anything when any of its allocations fails, and does one inode per device find every mapping when the device is resized?',
  timed: false,

  async run(setup: ExperimentSetup) {
    const machine = setup.description('transcripts-pc');
    const unwinding = failEveryAllocation(machine, DAX_TODAY);
    const resize = resizeUnderMappings(machine);
    const defects = defectsOf2016(machine);
    const problems = unwinding
      .filter(({ left }) => left.length > 0)
      .map(({ failAt, left }) => `Failure ${failAt} of module init left ${left.join('; ')}.`);
    problems.push(...resize.leaks, ...resize.violations);
    if (resize.entriesAfterUnbind !== 0)
      problems.push(`${resize.entriesAfterUnbind} entries survived the unbinding.`);
    if (resize.reachableAfterBind + resize.sigbusAfterBind !== resize.mappings)
      problems.push('Some accesses after the resize neither succeeded nor got SIGBUS.');
    if (defects.length === 0) problems.push('The defects of the patch of 2016 were not found.');
    const clean = unwinding.filter(({ left }) => left.length === 0).length;
    return {
      findings: [
        `Each of the ${unwinding.length} allocations of module init failed once; after ${clean} of these failures nothing was left.`,
        `${resize.mappings} mappings through ${resize.nodes} nodes had ${resize.entriesBefore} entries; unbinding left ${resize.entriesAfterUnbind}.`,
        `After shrinking to half and binding again ${resize.reachableAfterBind} mappings worked (${resize.sameFrames} with the same memory), ${resize.sigbusAfterBind} got SIGBUS.`,
        `The patch of 2016, run as posted, breaks ${defects.length} rules: ${defects[defects.length - 1]}`,
      ],
      tables: [
        {
          title: 'Module init with one failing allocation',
          columns: ['allocation', 'what for', 'left behind'],
          rows: unwinding.map(({ failAt, says, left }) => [failAt, says, left.length]),
        },
        {
          title: 'Resize under live mappings',
          columns: ['moment', 'accesses that work', 'SIGBUS', 'entries'],
          rows: [
            ['before', resize.mappings, 0, resize.entriesBefore],
            [
              'unbound',
              resize.mappings - resize.sigbusWhileUnbound,
              resize.sigbusWhileUnbound,
              resize.entriesAfterUnbind,
            ],
            [
              'half the size, bound',
              resize.reachableAfterBind,
              resize.sigbusAfterBind,
              resize.reachableAfterBind,
            ],
          ],
        },
      ],
      charts: [
        {
          title: 'Accesses through mappings of a device that is halved',
          unit: 'mappings',
          categories: ['before', 'unbound', 'half the size'],
          series: [
            {
              name: 'works',
              values: [
                resize.mappings,
                resize.mappings - resize.sigbusWhileUnbound,
                resize.reachableAfterBind,
              ],
            },
            { name: 'SIGBUS', values: [0, resize.sigbusWhileUnbound, resize.sigbusAfterBind] },
          ],
        },
      ],
      problems,
      figures: { unwinding, resize, defects },
    };
  },
};
