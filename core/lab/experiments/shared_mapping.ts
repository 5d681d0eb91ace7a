/**
 * Experiment of seed 000: one workload on four machines that differ only in the address space of a DRM device. Clients with a node
 * inode each map the same objects; each object is evicted, a stranger writes into the video memory that is free now, and everybody
 * reads again.
 *
 * Stale read  a page that a client read through its mapping of an object and that held the stranger's stamp, in the bytes that the
 *             machine returned
 * Wall time   one shoot-down of an object mapped by all clients, the middle one of several; the model charges no time for it
 */
import { median } from '../../base/median.ts';
import { bootKernel } from '../../kernel/boot.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { isPtePresent } from '../../mm/page_table.ts';
import '../../session/calls/all.ts';
import { type TtmBo, unmapVirtual } from '../../drm/ttm/ttm_bo.ts';
import { TTM_BO_VM_OPS } from '../../drm/ttm/ttm_bo_vm.ts';
import type { CallArgs } from '../../session/call_table.ts';
import type { Json } from '../../session/input.ts';
import { shownObjects } from '../../session/object_places.ts';
import { Player } from '../../session/player.ts';
import {
  DEV_MAPPING_ASKED,
  DEV_MAPPING_BUG,
  MAPPING_ANSWERS,
  MAPPING_ASKERS,
} from '../../trace/events/drm_mapping.ts';
import { shutdownAndFindLeaks } from '../shutdown_leaks.ts';
import type { Experiment, ExperimentResult, ExperimentSetup } from './experiment.ts';

/** Clients with a node inode each; the first one opens /dev/dri/card0. */
const CLIENTS = 4;
/** Objects that all of them map. */
const OBJECTS = 6;
const OBJECT_PAGES = 128;
const BYTES = OBJECT_PAGES * 4096;
/** Shoot-downs of each object that are timed. */
const TIMED_ROUNDS = 5;
const MACHINES = ['lab-16m-per-node', 'lab-16m-first-open-bug', 'lab-16m-first-open', 'lab-16m'] as const;

/** What one era did. */
export interface SharedMappingFigures {
  readonly machine: string;
  readonly era: string;
  /** Opens through a second node that were a BUG. */
  readonly opensRefused: number;
  /** Entries of all clients before the evictions, and those left after them. */
  readonly ptesMapped: number;
  readonly ptesMissed: number;
  /** Pages read, and those that held the stranger's bytes. */
  readonly pagesRead: number;
  readonly staleReads: number;
  /** Pages that held neither the object's stamp, nor the stranger's, nor zeros. */
  readonly otherReads: number;
  /** Virtual time of one eviction with its shoot-down and copy. */
  readonly evictionModelNs: number;
  /** Wall time of one shoot-down; depends on the computer. */
  readonly unmapWallMs: number;
  /** Times that code asked whether there is an address space yet, times there was none, and the places that asked. */
  readonly asked: number;
  readonly noneYet: number;
  readonly askers: readonly string[];
}

/** Entries that mappings of an object have in all tasks. */
function entriesOf(kernel: Kernel, bo: TtmBo): number {
  let entries = 0;
  for (const { mm } of kernel.tasks.values()) {
    for (const vma of mm.vmas) {
      if (vma.ops !== TTM_BO_VM_OPS || vma.privateData !== bo) continue;
      for (let page = vma.start; page < vma.end; page++) if (isPtePresent(mm.pageTable.get(page))) entries++;
    }
  }
  return entries;
}

/** One machine from boot to shutdown. */
class EraRun {
  private readonly kernel: Kernel;
  private readonly player: Player;
  private readonly clients: string[] = [];
  private opensRefused = 0;
  private ptesMapped = 0;
  private ptesMissed = 0;
  private pagesRead = 0;
  private staleReads = 0;
  private otherReads = 0;
  private readonly evictionNs: number[] = [];
  private readonly unmapMs: number[] = [];

  constructor(
    private readonly setup: ExperimentSetup,
    private readonly machine: Awaited<ReturnType<ExperimentSetup['newMachine']>>,
  ) {
    this.kernel = bootKernel(machine.description);
    this.player = new Player(this.kernel, machine);
  }

  async run(): Promise<SharedMappingFigures> {
    await this.openNodes();
    await this.call('stranger', 'spawn');
    await this.call('stranger', 'open', { dev: 'lab_gpu' }, 'stranger.gpu');
    for (let i = 0; i < OBJECTS; i++) await this.share(`o${i}`, i);
    for (let i = 0; i < OBJECTS; i++) await this.evictAndRead(`o${i}`, i);
    for (let i = 0; i < OBJECTS * TIMED_ROUNDS; i++) await this.timeShootDown(`o${i % OBJECTS}`);
    await this.call('client0', 'drm.primeExport', { fd: 'client0.gpu', bo: 'client0.o0' }, 'shared');
    const left = shutdownAndFindLeaks(this.kernel);
    if (left.length > 0) throw new Error(left.join(' '));
    await this.player.barrier();
    return this.figures();
  }

  /** Every client opens a node of its own; where that is a BUG the client cannot take part. */
  private async openNodes(): Promise<void> {
    for (let i = 0; i < CLIENTS; i++) {
      const client = `client${i}`;
      await this.call(client, 'spawn');
      const path = `/tmp/gpu${i}`;
      if (i > 0) await this.call(client, 'mknod', { path, likeDev: 'lab_gpu' });
      const node: CallArgs = i > 0 ? { path } : { dev: 'lab_gpu' };
      if ((await this.call(client, 'open', node, `${client}.gpu`, 'EIO')) === 'EIO') this.opensRefused++;
      else this.clients.push(client);
    }
  }

  /** An object of the first client, opened by name, mapped and read by all. */
  private async share(name: string, index: number): Promise<void> {
    const [first, ...others] = this.clients as [string, ...string[]];
    const object = `${first}.${name}`;
    const size = { size: BYTES, domain: 'vram', visible: true, name };
    await this.call(first, 'gpu.create', { fd: `${first}.gpu`, ...size }, object);
    await this.call(first, 'drm.gemFlink', { fd: `${first}.gpu`, bo: object });
    for (const client of others)
      await this.call(client, 'drm.gemOpen', { fd: `${client}.gpu`, nameOf: object }, `${client}.${name}`);
    for (const client of this.clients) await this.map(client, name, index + 1);
    await this.call(first, 'stamp', { map: `${object}.map`, seed: 100 + index });
    for (const client of this.clients)
      await this.call(client, 'checkStamps', { map: `${client}.${name}.map`, seed: 100 + index });
  }

  private async map(task: string, name: string, slot: number): Promise<void> {
    const args = { length: BYTES, prot: 'rw', flags: 'shared', slot };
    const [fd, offsetOf] = [`${task}.gpu`, `${task}.${name}`];
    await this.call(task, 'mmap', { fd, offsetOf, ...args }, `${offsetOf}.map`);
  }

  /** The object leaves, a stranger writes into what is free, everybody reads. */
  private async evictAndRead(name: string, index: number): Promise<void> {
    const { kernel } = this;
    const bo = this.object(name);
    this.ptesMapped += entriesOf(kernel, bo);
    const before = kernel.trace.now;
    const args = { fd: 'client0.gpu', bo: `client0.${name}` };
    await this.call('client0', 'gpu.evict', args);
    await this.call('client0', 'gpu.idle', { fd: 'client0.gpu' });
    this.evictionNs.push(kernel.trace.now - before);
    this.ptesMissed += entriesOf(kernel, bo);
    const secret = `s${index}`;
    const made = { fd: 'stranger.gpu', size: BYTES, domain: 'vram', visible: true, name: secret };
    await this.call('stranger', 'gpu.create', made, `stranger.${secret}`);
    await this.map('stranger', secret, index + 1);
    await this.call('stranger', 'stamp', { map: `stranger.${secret}.map`, seed: 900 + index });
    for (const client of this.clients) {
      const map = `${client}.${name}.map`;
      const own = await this.stamps(client, map, 100 + index);
      const stolen = await this.stamps(client, map, 900 + index);
      this.pagesRead += OBJECT_PAGES;
      this.staleReads += stolen.match;
      this.otherReads += own.other - stolen.match;
    }
  }

  private async timeShootDown(name: string): Promise<void> {
    for (const client of this.clients) await this.stamps(client, `${client}.${name}.map`, 0);
    const bo = this.object(name);
    this.unmapMs.push(this.setup.timeMs(() => unmapVirtual(bo)));
  }

  private object(name: string): TtmBo {
    const thing = this.player.names.get(`client0.${name}`);
    const id = thing?.kind === 'bo' ? thing.objectId : 0;
    return shownObjects(this.kernel).find(bo => bo.id === id) as TtmBo;
  }

  private async stamps(task: string, map: string, seed: number): Promise<{ match: number; other: number }> {
    return (await this.call(task, 'checkStamps', { map, seed })) as { match: number; other: number };
  }

  /** One call. @throws Error for a refusal that is not `allowed` */
  private async call(
    task: string,
    call: string,
    args: CallArgs = {},
    as?: string,
    allowed?: string,
  ): Promise<Json> {
    const { answer } = await this.player.step(
      as === undefined ? { task, call, args } : { task, call, args, as },
    );
    if (typeof answer.ret === 'string' && answer.ret !== allowed)
      throw new Error(`${task} ${call} was answered ${answer.ret}.`);
    return answer.ret;
  }

  private figures(): SharedMappingFigures {
    const { trace } = this.kernel;
    const askers = new Set<string>();
    let asked = 0;
    let noneYet = 0;
    let bugs = 0;
    for (let index = trace.firstIndex; index < trace.count; index++) {
      const type = trace.typeIdAt(index);
      if (type === DEV_MAPPING_BUG.id) bugs++;
      if (type !== DEV_MAPPING_ASKED.id) continue;
      const [, asker, answer] = trace.at(index).args;
      askers.add(MAPPING_ASKERS[asker!]!);
      if (MAPPING_ANSWERS[answer!] === 'none yet') noneYet++;
      asked++;
    }
    if (bugs !== this.opensRefused)
      throw new Error(`${this.opensRefused} opens were refused, but ${bugs} BUGs happened.`);
    return {
      machine: this.machine.description.name,
      era: this.kernel.context.era.name,
      opensRefused: this.opensRefused,
      ptesMapped: this.ptesMapped,
      ptesMissed: this.ptesMissed,
      pagesRead: this.pagesRead,
      staleReads: this.staleReads,
      otherReads: this.otherReads,
      evictionModelNs: median(this.evictionNs),
      unmapWallMs: median(this.unmapMs),
      asked,
      noneYet,
      askers: MAPPING_ASKERS.filter(asker => askers.has(asker)),
    };
  }
}

/** What does not agree with the thread. */
function problemsOf(all: readonly SharedMappingFigures[]): string[] {
  const problems: string[] = [];
  const expectThat = (holds: boolean, says: string) => {
    if (!holds) problems.push(says);
  };
  for (const { era, ptesMissed, staleReads, otherReads, asked } of all) {
    expectThat(otherReads === 0, `${era}: ${otherReads} pages held bytes that nobody explains.`);
    if (era === 'per-node') {
      expectThat(ptesMissed > 0 && staleReads > 0, `${era}: the shoot-downs missed nothing.`);
      continue;
    }
    expectThat(ptesMissed === 0, `${era}: ${ptesMissed} entries outlived a shoot-down.`);
    expectThat(staleReads === 0, `${era}: ${staleReads} pages of somebody else were read.`);
    if (era === 'linux-6.12') expectThat(asked === 0, `${era}: ${asked} times code asked for a mapping.`);
  }
  return problems;
}

function resultOf(all: readonly SharedMappingFigures[]): ExperimentResult {
  const of = (era: string) => all.find(figures => figures.era === era)!;
  const perNode = of('per-node');
  const today = of('linux-6.12');
  const bug = of('first-open-2.6.32');
  return {
    findings: [
      `With a mapping for each node the shoot-downs missed ${perNode.ptesMissed} of ${perNode.ptesMapped} entries, and ${perNode.staleReads} of ${perNode.pagesRead} pages read held a stranger's bytes.`,
      `With one address space for the device they missed ${today.ptesMissed} of ${today.ptesMapped}, and ${today.staleReads} pages held a stranger's bytes.`,
      `Linux 2.6.32 stops with a BUG at ${bug.opensRefused} of ${CLIENTS} opens, so only one node can be used; Linux 3.6 rewrites the other nodes' inodes.`,
      `Borrowed address spaces make ${of('first-open-3.6').askers.length} places in the kernel ask whether there is one yet (${of('first-open-3.6').askers.join(', ')}); today none does.`,
    ],
    tables: [
      {
        title: 'One workload, four address spaces',
        columns: [
          'era',
          'opens refused (BUG)',
          'entries before',
          'entries missed',
          'pages read',
          'stale reads',
          'eviction, model time (ns)',
          'shoot-down, wall time (ms)',
          'places that asked',
          'times asked',
          'found none yet',
        ],
        rows: all.map(f => [
          f.era,
          f.opensRefused,
          f.ptesMapped,
          f.ptesMissed,
          f.pagesRead,
          f.staleReads,
          f.evictionModelNs,
          f.unmapWallMs,
          f.askers.length,
          f.asked,
          f.noneYet,
        ]),
      },
    ],
    charts: [
      {
        title: 'What the shoot-downs missed',
        unit: 'entries, pages',
        categories: all.map(f => f.era),
        series: [
          { name: 'entries missed', values: all.map(f => f.ptesMissed) },
          { name: 'stale reads', values: all.map(f => f.staleReads) },
        ],
      },
    ],
    problems: problemsOf(all),
    figures: all,
  };
}

export const SHARED_MAPPING: Experiment = {
  name: 'shared-mapping',
  title: 'One address space for a device',
  question:
    'What do shoot-downs miss when the mappings of a device do not share one address space, and who sees it?',
  timed: true,

  async run(setup: ExperimentSetup): Promise<ExperimentResult> {
    const all: SharedMappingFigures[] = [];
    // The first run is not counted: it warms the program up, so that wall times compare.
    for (const id of [MACHINES[3], ...MACHINES]) {
      const machine = await setup.newMachine(setup.description(id));
      try {
        all.push(await new EraRun(setup, machine).run());
      } finally {
        await machine.dispose();
      }
    }
    return resultOf(all.slice(1));
  },
};
