/** The same as planted_rows.ts for the entries of bsd, dax and the engine, each in a machine of its own. */
import { bsdFileOf } from '../bsd/cdevpriv.ts';
import type { DevDax } from '../dax/dax_region.ts';
import { labGpuOf } from '../drm/drivers/lab_gpu_state.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { makePte, PTE_PRESENT } from '../mm/page_table.ts';
import { BsdFixture } from './bsd_fixture.ts';
import { EngineFixture } from './engine_fixture.ts';
import { machineKinds } from './hw_machines.ts';
import { LabFixture, labMachine, PAGE } from './lab_fixture.ts';
import { machineAsset } from './transcript_files.ts';

/** A machine in which everything holds, and what to break in it. */
export interface PlantedSystem {
  readonly kernel: Kernel;
  readonly plant: () => void;
}

/** A device of FreeBSD that a task has open and mapped, one page of it touched. */
function inBsd(plant: (bsd: BsdFixture) => void): () => Promise<PlantedSystem> {
  return async () => {
    const bsd = await BsdFixture.start();
    await bsd.open('A', 'fd');
    await bsd.map('A', 'fd', 'm', 2);
    await bsd.load('A', 'm', 0);
    return { kernel: bsd.kernel, plant: () => plant(bsd) };
  };
}

interface DaxScene {
  readonly lab: LabFixture;
  readonly device: DevDax;
}

/** A device of device-dax that a task has mapped, one page of it touched. */
function inDax(plant: (scene: DaxScene) => void): () => Promise<PlantedSystem> {
  return async () => {
    const lab = new LabFixture(machineAsset('transcripts-pc'));
    await lab.call('A', 'spawn');
    await lab.call('A', 'open', { path: '/dev/dax0.0' }, 'fd');
    await lab.call('A', 'mmap', { fd: 'fd', length: 4 * PAGE }, 'm');
    await lab.call('A', 'touch', { map: 'm', page: 0, write: true });
    const scene = { lab, device: lab.kernel.dax!.device('dax0.0') };
    return { kernel: lab.kernel, plant: () => plant(scene) };
  };
}

/** A ring with a request in flight. */
function inRing(plant: (lab: EngineFixture) => void): () => Promise<PlantedSystem> {
  return async () => {
    const lab = await EngineFixture.start(machineKinds(undefined)[0]!, labMachine());
    await lab.make('a', 1);
    const commands = [['STORE_DWORD', { bo: 'a' }, 1], ['BATCH_END']];
    await lab.exec(['a'], commands, { durationNs: 10_000_000 });
    return { kernel: lab.kernel, plant: () => plant(lab) };
  };
}

const firstVma = ({ kernel }: LabFixture) => kernel.task(1).mm.vmas[0]!;

/** Entry, its rooms, what is broken where, numbers that say so (absent: only its own). */
export const PLANTED_SYSTEMS: readonly [
  entry: string,
  rooms: string,
  start: () => Promise<PlantedSystem>,
  numbers?: readonly number[],
][] = [
  ['2 PTE-owner', 'bsd', inBsd(({ core }) => core.pagers[0]!.pages.clear())],
  ['27 Device lifetime', 'bsd', inBsd(({ core }) => void [...core.cdevs][0]!.refs++)],
  [
    '29 Destructor once',
    'bsd',
    inBsd(({ core }) => {
      bsdFileOf([...[...core.cdevs][0]!.records][0]!.file).record = null;
    }),
  ],
  ['30 td_fpop', 'bsd', inBsd(({ core }) => void [...core.cdevs][0]!.threads++)],
  [
    '2 PTE-owner',
    'dax',
    inDax(({ lab }) => {
      const { mm, start } = firstVma(lab);
      mm.pageTable.update(start, makePte(lab.kernel.access.pfn + 1, PTE_PRESENT));
    }),
  ],
  [
    '9 One mapping',
    'fs,dax',
    inDax(({ lab }) => {
      const file = firstVma(lab).file!;
      file.mapping = file.inode.data;
    }),
    [8, 9],
  ],
  [
    '16 Dead never resolves',
    'dax',
    inDax(({ device }) => {
      device.daxDevice.alive = false;
    }),
  ],
  ['28 inode count', 'fs,dax', inDax(({ device }) => void device.daxDevice.inode.count++)],
  [
    '32 No overlap',
    'dax',
    inDax(({ device }) => void device.ranges.push({ pgoff: device.nrPages as number, start: 0, nrPages: 1 })),
  ],
  [
    '69 RCU',
    'dax',
    inDax(({ device }) => {
      device.daxDevice.memory.state = 'free';
    }),
  ],
  [
    '61 Ring safe',
    'drm',
    inRing(lab => {
      const { ring } = labGpuOf(lab.device).engine!;
      ring.head = ring.emit + 8;
    }),
  ],
];
