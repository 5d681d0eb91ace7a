/**
 * Experiment of seed 003: two sessions on one device whose driver wants to show each its own window of memory, in every
 * combination of the two designs that were argued about in 2008: one VM object for each device or for each session, and what a fault
 * tells the driver about its file. Every page is read and written by both sessions, in bytes that the machine returned.
 *
 * Own window   the byte that the driver left in the window of this session
 * Store seen   a byte that one session stored and the other read
 */
import {
  FAULT_FILE_DESIGNS,
  type FaultFileDesign,
  VM_OBJECT_DESIGNS,
  type VmObjectDesign,
} from '../../bsd/bsd_era.ts';
import { bootKernel } from '../../kernel/boot.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import '../../session/calls/all.ts';
import type { CallArgs } from '../../session/call_table.ts';
import type { Json } from '../../session/input.ts';
import { Player } from '../../session/player.ts';
import { BSD_CDEVPRIV_SET, BSD_D_MMAP } from '../../trace/events/bsd.ts';
import { shutdownAndFindLeaks } from '../shutdown_leaks.ts';
import type { Chart, Experiment, ExperimentResult, ExperimentSetup, Table } from './experiment.ts';

const MACHINE = 'lab-16m';
/** Pages that both sessions look at, and pages mapped behind them for the single situations. */
const VIEWED = 8;
const MAPPED = 12;
/** What the driver leaves in window w at its first attachment. */
const FIRST_FILL = 16;

/** Situations in which a page is touched for the first time. */
const SITUATIONS = ['own access', 'kernel inside another call', 'forked child', 'descriptor closed'] as const;
type Situation = (typeof SITUATIONS)[number];
/** What d_mmap could find in td_fpop. */
type Knowledge = 'nothing' | 'its own file' | 'a wrong file';

/** What one design did. */
export interface TwoSessionsFigures {
  readonly vmObjects: VmObjectDesign;
  readonly faultFile: FaultFileDesign;
  /** VM objects behind the two mappings. */
  readonly objects: number;
  /** Of VIEWED pages: those that session 1 and session 2 saw from their own window, and from the other's. */
  readonly own: readonly [number, number];
  readonly foreign: readonly [number, number];
  /** Stores of session 1 that session 2 read. */
  readonly storesSeen: number;
  readonly dMmapWithFile: number;
  readonly dMmapWithoutFile: number;
  readonly knows: Readonly<Record<Situation, Knowledge>>;
  readonly violations: readonly string[];
}

/** One design from boot to shutdown. */
class DesignRun {
  private readonly kernel: Kernel;
  private readonly player: Player;

  constructor(
    machine: Awaited<ReturnType<ExperimentSetup['newMachine']>>,
    private readonly vmObjects: VmObjectDesign,
    private readonly faultFile: FaultFileDesign,
  ) {
    this.kernel = bootKernel(machine.description);
    this.player = new Player(this.kernel, machine);
  }

  async run(): Promise<TwoSessionsFigures> {
    const { kernel, vmObjects, faultFile } = this;
    await this.call('K', 'bsd.boot', { era: 'F14', vmObjects, faultFile });
    await this.call('K', 'bsd.load', { name: 'session' });
    await this.call('K', 'bsd.load', { name: 'other', slot: 1 });
    for (const i of [1, 2]) {
      await this.call(`s${i}`, 'spawn');
      await this.call(`s${i}`, 'open', { path: '/dev/session' }, `fd${i}`);
      await this.call(`s${i}`, 'mmap', { fd: `fd${i}`, length: MAPPED * 4096, prot: 'rw' }, `m${i}`);
    }
    const objects = kernel.bsd!.pagers.length;
    // Session 1 comes first to the even pages, session 2 to the odd ones.
    const seen: [number[], number[]] = [[], []];
    for (let page = 0; page < VIEWED; page++) {
      const order = page % 2 === 0 ? [1, 2] : [2, 1];
      for (const i of order) seen[i - 1]![page] = await this.load(`s${i}`, `m${i}`, page);
    }
    let storesSeen = 0;
    for (let page = 0; page < VIEWED; page++) {
      await this.call('s1', 'touch', { map: 'm1', page, write: true, value: 200 + page });
      if ((await this.load('s2', 'm2', page)) === 200 + page) storesSeen++;
    }
    const counted = { with: kernel.bsd!.mmapCallsWithFile, without: kernel.bsd!.mmapCallsWithoutFile };
    const knows = await this.situations();
    const violations = [...kernel.check(), ...shutdownAndFindLeaks(kernel)];
    await this.player.barrier();
    const ofWindow = (pages: readonly number[], window: number) =>
      pages.filter(byte => byte === FIRST_FILL + window).length;
    return {
      vmObjects,
      faultFile,
      objects,
      own: [ofWindow(seen[0], 1), ofWindow(seen[1], 2)],
      foreign: [ofWindow(seen[0], 2), ofWindow(seen[1], 1)],
      storesSeen,
      dMmapWithFile: counted.with,
      dMmapWithoutFile: counted.without,
      knows,
      violations,
    };
  }

  /** First touches of pages of session 1, each in another situation. */
  private async situations(): Promise<Record<Situation, Knowledge>> {
    const mine = this.fileIds()[0]!;
    const knows = {} as Record<Situation, Knowledge>;
    await this.load('s1', 'm1', VIEWED);
    knows['own access'] = this.lastFault(mine);
    await this.call('s1', 'open', { path: '/dev/other' }, 'otherFd');
    const at = `m1+${VIEWED + 1}p`;
    await this.call('s1', 'bsd.ioctl', { fd: 'otherFd', request: 'copyin', at });
    knows['kernel inside another call'] = this.lastFault(mine);
    await this.call('s1', 'fork', {}, 'child');
    await this.load('child', 'm1', VIEWED + 2);
    knows['forked child'] = this.lastFault(mine);
    await this.call('child', 'exit');
    await this.call('s1', 'close', { fd: 'fd1' });
    await this.load('s1', 'm1', VIEWED + 3);
    knows['descriptor closed'] = this.lastFault(mine);
    return knows;
  }

  /** Files of the sessions in the order of their opens. */
  private fileIds(): number[] {
    return this.rows(BSD_CDEVPRIV_SET.id).map(args => args[1]!);
  }

  private lastFault(mine: number): Knowledge {
    const [, , fileId, context] = this.rows(BSD_D_MMAP.id).at(-1)!;
    if (context !== 1) throw new Error('The last call of d_mmap was no fault.');
    if (fileId === 0) return 'nothing';
    return fileId === mine ? 'its own file' : 'a wrong file';
  }

  /** Arguments of all events of one type. */
  private rows(typeId: number): number[][] {
    const { trace } = this.kernel;
    const rows: number[][] = [];
    for (let index = trace.firstIndex; index < trace.count; index++) {
      if (trace.typeIdAt(index) === typeId) rows.push([...trace.at(index).args]);
    }
    return rows;
  }

  private async load(task: string, map: string, page: number): Promise<number> {
    const answer = (await this.call(task, 'touch', { map, page, write: false })) as {
      readonly value?: number;
    };
    if (answer.value === undefined) throw new Error(`${task} got ${JSON.stringify(answer)} at page ${page}.`);
    return answer.value;
  }

  /** One call that must succeed. */
  private async call(task: string, call: string, args: CallArgs = {}, as?: string): Promise<Json> {
    const input = as === undefined ? { task, call, args } : { task, call, args, as };
    const { answer } = await this.player.step(input);
    if (typeof answer.ret === 'string') throw new Error(`${task} ${call} was answered ${answer.ret}.`);
    return answer.ret;
  }
}

const designName = ({ vmObjects, faultFile }: TwoSessionsFigures): string => {
  const object = vmObjects === 'device' ? 'object per device' : 'object per session';
  return `${object}, ${{ none: 'no file', entry: 'file in entry', thread: 'not cleared' }[faultFile]}`;
};

function tables(figures: readonly TwoSessionsFigures[]): Table[] {
  return [
    {
      title: `Who sees whose pages (${VIEWED} pages, each session first at half of them)`,
      columns: [
        'design',
        'VM objects',
        'own pages, session 1',
        'own pages, session 2',
        "the other's, session 1",
        "the other's, session 2",
        'stores of 1 seen by 2',
        'd_mmap with file',
        'd_mmap without',
      ],
      rows: figures.map(design => [
        designName(design),
        design.objects,
        ...design.own,
        ...design.foreign,
        design.storesSeen,
        design.dMmapWithFile,
        design.dMmapWithoutFile,
      ]),
    },
    {
      title: 'What a fault knows about its caller',
      columns: ['design', ...SITUATIONS],
      rows: figures.map(design => [
        designName(design),
        ...SITUATIONS.map(situation => design.knows[situation]),
      ]),
    },
  ];
}

function charts(figures: readonly TwoSessionsFigures[]): Chart[] {
  return [
    {
      title: 'Pages by design',
      unit: 'pages, both sessions',
      categories: figures.map(({ vmObjects, faultFile }) => `${vmObjects}, ${faultFile}`),
      series: [
        { name: 'own', values: figures.map(({ own }) => own[0] + own[1]) },
        { name: "the other's", values: figures.map(({ foreign }) => foreign[0] + foreign[1]) },
        { name: 'stores seen', values: figures.map(({ storesSeen }) => storesSeen) },
      ],
    },
  ];
}

/** What the text of 2008 says must come out. */
function problemsOf(figures: readonly TwoSessionsFigures[]): string[] {
  const problems: string[] = [];
  for (const design of figures) {
    const name = designName(design);
    for (const says of design.violations) problems.push(`${name}: ${says}`);
    const apart = design.vmObjects === 'session' && design.faultFile === 'entry';
    if (apart !== (design.own[0] === VIEWED && design.own[1] === VIEWED && design.storesSeen === 0))
      problems.push(`${name}: the sessions are ${apart ? 'not ' : ''}apart.`);
    const wrong = SITUATIONS.some(situation => design.knows[situation] === 'a wrong file');
    if (wrong !== (design.faultFile === 'thread'))
      problems.push(`${name}: a fault ${wrong ? 'found' : 'did not find'} a wrong file.`);
  }
  return problems;
}

export const TWO_SESSIONS: Experiment = {
  name: 'two-sessions',
  title: 'Two sessions on one device',
  question:
    'Can two sessions of one device see pages of their own, and what can a fault know about its caller?',
  timed: false,
  async run(setup: ExperimentSetup): Promise<ExperimentResult> {
    const figures: TwoSessionsFigures[] = [];
    for (const vmObjects of VM_OBJECT_DESIGNS) {
      for (const faultFile of FAULT_FILE_DESIGNS) {
        const machine = await setup.newMachine(setup.description(MACHINE));
        try {
          figures.push(await new DesignRun(machine, vmObjects, faultFile).run());
        } finally {
          await machine.dispose();
        }
      }
    }
    const of = (vmObjects: VmObjectDesign, faultFile: FaultFileDesign) =>
      figures.find(design => design.vmObjects === vmObjects && design.faultFile === faultFile)!;
    const real = of('device', 'none');
    const entryOnly = of('device', 'entry');
    const objectsOnly = of('session', 'none');
    const both = of('session', 'entry');
    const findings = [
      `As FreeBSD is: ${real.own[0] + real.own[1]} of ${2 * VIEWED} views were of the session's own pages and ${real.storesSeen} of ${VIEWED} stores were seen by the other session; d_mmap was called ${real.dMmapWithFile} times with a file and ${real.dMmapWithoutFile} times without.`,
      `With the file in the map entry alone the driver knows its caller, but the pages stay shared: session 1 saw ${entryOnly.own[0]} own and ${entryOnly.foreign[0]} foreign pages, whoever came first decided.`,
      `With a VM object for each session alone the driver does not know whose object it fills: ${objectsOnly.own[0] + objectsOnly.own[1]} own pages, ${objectsOnly.storesSeen} of ${VIEWED} stores seen.`,
      `Both together: ${both.own[0] + both.own[1]} of ${2 * VIEWED} views are own pages and ${both.storesSeen} stores are seen. The two objections were independent, and each needed its own answer.`,
      `Without saving and clearing td_fpop a fault of the kernel inside another device's call finds ${of('device', 'thread').knows['kernel inside another call']}; an access of the process itself finds ${of('device', 'thread').knows['own access']}.`,
    ];
    return {
      findings,
      tables: tables(figures),
      charts: charts(figures),
      problems: problemsOf(figures),
      figures,
    };
  },
};
