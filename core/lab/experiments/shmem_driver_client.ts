/**
 * The client of the shmem-drivers experiment: one program in three versions, and what it counts about itself.
 *
 * Steps       makes objects, writes each through the backing pages, reads it through the aperture, has the GPU write it, reads what the
 *             GPU wrote, shows it to a second process, and closes it
 * Counted     system calls as the client makes them (one that waits and runs again counts once), ioctls among them; from events:
 *             distinct functions of the core behind them, cache flushes; from answers: faults
 */
import { bootKernel } from '../../kernel/boot.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import '../../session/calls/all.ts';
import type { CallArgs } from '../../session/call_table.ts';
import type { Json } from '../../session/input.ts';
import { Player } from '../../session/player.ts';
import {
  I915_CORE_FUNCTION,
  I915_CORE_FUNCTIONS,
  I915_GEM_OBJECT_CHANGE_DOMAIN,
  I915_GEM_OBJECT_CLFLUSH,
} from '../../trace/events/i915.ts';
import { shutdownAndFindLeaks } from '../shutdown_leaks.ts';
import type { ExperimentSetup } from './experiment.ts';

/** 2 MiB each: whole pages of both sizes. */
export const OBJECTS = 3;
export const BYTES = 2 ** 21;
export const PAGES = BYTES / 4096;
/** What the GPU stores. */
const DRAWN = 99;

/** Calls of the lab that are loads and stores of the client. */
const ACCESSES: readonly string[] = ['stamp', 'checkStamps', 'touch', 'touchRange'];

export const INTERFACES = ['ioctls', 'shmem driver', 'shmem driver, 2 MiB'] as const;
export type ClientInterface = (typeof INTERFACES)[number];

/** What one client took. */
export interface ClientFigures {
  readonly client: ClientInterface;
  readonly systemCalls: number;
  readonly ioctls: number;
  readonly setDomainCalls: number;
  readonly coreFunctions: readonly string[];
  readonly faults: number;
  readonly flushedPages: number;
  readonly domainChanges: number;
  readonly modelNs: number;
  /** Pages, bytes and stores of the client that were not as they must be. */
  readonly wrong: number;
  readonly violations: readonly string[];
}

/** One client on one kernel. */
export class ClientRun {
  readonly kernel: Kernel;
  private readonly player: Player;
  private readonly calls = new Map<string, number>();
  private faults = 0;
  private wrong = 0;

  constructor(
    machine: Awaited<ReturnType<ExperimentSetup['newMachine']>>,
    private readonly client: ClientInterface,
  ) {
    this.kernel = bootKernel(machine.description);
    this.player = new Player(this.kernel, machine);
  }

  private get fds(): boolean {
    return this.client !== 'ioctls';
  }

  /** Two processes with the device open. */
  async start(): Promise<void> {
    for (const task of ['A', 'B']) {
      await this.must(task, 'spawn');
      await this.must(task, 'open', { dev: 'i915' }, `${task}.gpu`);
    }
  }

  async clientFigures(): Promise<ClientFigures> {
    await this.start();
    this.calls.clear();
    const { trace } = this.kernel;
    const first = trace.count;
    const startNs = trace.now;
    for (let i = 0; i < OBJECTS; i++) await (this.fds ? this.objectAsFile(i) : this.objectByHandle(i));
    const counts = this.count(first);
    const violations = [...this.kernel.check(), ...shutdownAndFindLeaks(this.kernel)];
    await this.player.barrier();
    return {
      client: this.client,
      ...counts,
      setDomainCalls: this.calls.get('i915.setDomain') ?? 0,
      faults: this.faults,
      modelNs: trace.now - startNs,
      wrong: this.wrong,
      violations,
    };
  }

  private async objectByHandle(i: number): Promise<void> {
    const at = { fd: 'A.gpu', bo: `bo${i}` };
    await this.must('A', 'i915.create', { fd: 'A.gpu', size: BYTES }, `bo${i}`);
    await this.must('A', 'i915.mmap', at, `cpu${i}`);
    await this.stamp('A', `cpu${i}`, i);
    await this.must('A', 'i915.mmapGtt', at);
    await this.must('A', 'mmap', { fd: 'A.gpu', offsetOf: `bo${i}`, length: BYTES }, `gtt${i}`);
    await this.must('A', 'i915.setDomain', { ...at, read: 'gtt' });
    await this.expectStamps('A', `gtt${i}`, i);
    await this.draw({ bo: `bo${i}` });
    await this.must('A', 'i915.setDomain', { ...at, read: 'cpu' });
    await this.expectByte('A', `cpu${i}`, DRAWN);
    await this.must('A', 'drm.gemFlink', at);
    await this.must('B', 'drm.gemOpen', { fd: 'B.gpu', nameOf: `bo${i}` }, `theirs${i}`);
    await this.must('B', 'i915.mmap', { fd: 'B.gpu', bo: `theirs${i}` }, `seen${i}`);
    await this.expectByte('B', `seen${i}`, DRAWN);
    await this.must('A', 'munmap', { map: `cpu${i}` });
    await this.must('A', 'munmap', { map: `gtt${i}` });
    await this.must('B', 'munmap', { map: `seen${i}` });
    await this.must('A', 'drm.gemClose', at);
    await this.must('B', 'drm.gemClose', { fd: 'B.gpu', bo: `theirs${i}` });
  }

  private async objectAsFile(i: number): Promise<void> {
    const backing = this.client === 'shmem driver' ? 'shmem' : 'huge';
    const fd = `file${i}`;
    await this.must('A', 'gemfd.open', { fd: 'A.gpu', size: BYTES, backing }, fd);
    await this.must('A', 'mmap', { fd, length: BYTES }, `cpu${i}`);
    await this.stamp('A', `cpu${i}`, i);
    await this.must('A', 'mmap', { fd, length: BYTES, flags: 'shared,noreserve' }, `gtt${i}`);
    await this.expectStamps('A', `gtt${i}`, i);
    await this.draw({ file: fd });
    await this.expectByte('A', `cpu${i}`, DRAWN);
    await this.must('A', 'sendfd', { fd, to: 'B' });
    await this.must('B', 'recvfd', {}, `theirs${i}`);
    await this.must('B', 'mmap', { fd: `theirs${i}`, length: BYTES }, `seen${i}`);
    await this.expectByte('B', `seen${i}`, DRAWN);
    await this.must('A', 'munmap', { map: `cpu${i}` });
    await this.must('A', 'munmap', { map: `gtt${i}` });
    await this.must('B', 'munmap', { map: `seen${i}` });
    await this.must('A', 'close', { fd });
    await this.must('B', 'close', { fd: `theirs${i}` });
  }

  private async draw(what: CallArgs): Promise<void> {
    const use = { ...what, read: 'render', write: 'render', value: DRAWN };
    await this.must('A', 'i915.exec', { fd: 'A.gpu', list: [use] });
  }

  private async stamp(task: string, map: string, i: number): Promise<void> {
    const { minorFaults } = (await this.must(task, 'stamp', { map, seed: i + 1 })) as Record<string, number>;
    this.faults += minorFaults ?? 0;
  }

  private async expectStamps(task: string, map: string, i: number): Promise<void> {
    const seen = (await this.must(task, 'checkStamps', { map, seed: i + 1 })) as Record<string, number>;
    this.faults += seen.minorFaults ?? 0;
    this.wrong += PAGES - (seen.match ?? 0);
  }

  /** Every page read once; the first one must hold a byte. */
  private async expectByte(task: string, map: string, byte: number): Promise<void> {
    const range = (await this.must(task, 'touchRange', { map, write: false })) as Record<string, number>;
    const seen = (await this.must(task, 'touch', { map, page: 0, write: false })) as Record<string, number>;
    this.faults += (range.minorFaults ?? 0) + (seen.minorFaults ?? 0);
    if (seen.value !== byte) this.wrong++;
  }

  private count(first: number) {
    const { trace } = this.kernel;
    let systemCalls = 0;
    let ioctls = 0;
    for (const [call, times] of this.calls) {
      if (ACCESSES.includes(call)) continue;
      systemCalls += times;
      if (call.includes('.')) ioctls += times;
    }
    let flushedPages = 0;
    let domainChanges = 0;
    const functions = new Set<string>();
    for (let index = Math.max(first, trace.firstIndex); index < trace.count; index++) {
      switch (trace.typeIdAt(index)) {
        case I915_CORE_FUNCTION.id:
          functions.add(I915_CORE_FUNCTIONS[trace.argAt(index, 0)]!);
          break;
        case I915_GEM_OBJECT_CLFLUSH.id:
          flushedPages += trace.argAt(index, 1);
          break;
        case I915_GEM_OBJECT_CHANGE_DOMAIN.id:
          domainChanges++;
      }
    }
    // Core calls that no driver sees: the same list under their own names.
    for (const call of this.calls.keys())
      if (call.startsWith('drm.')) functions.add(`ioctl ${call.slice(4)}`);
    return { systemCalls, ioctls, flushedPages, domainChanges, coreFunctions: [...functions] };
  }

  /** One call; an errno is an answer. */
  async call(task: string, call: string, args: CallArgs = {}, as?: string): Promise<Json> {
    this.calls.set(call, (this.calls.get(call) ?? 0) + 1);
    const input = as === undefined ? { task, call, args } : { task, call, args, as };
    return (await this.player.step(input)).answer.ret;
  }

  /** One call that must succeed. */
  async must(task: string, call: string, args: CallArgs = {}, as?: string): Promise<Json> {
    const ret = await this.call(task, call, args, as);
    if (typeof ret === 'string' && /^E[A-Z0-9]+$/.test(ret))
      throw new Error(`${this.client}: ${task} ${call} was answered ${ret}.`);
    return ret;
  }

  async end(): Promise<void> {
    shutdownAndFindLeaks(this.kernel);
    await this.player.barrier();
  }
}
