/**
 * The cliff that the lab itself makes: a working set grows from a tenth to twice the budget of VRAM, every object of it is used in
 * turn, and the LRU evicts what comes next.
 *
 * Pass       a job for each object that writes its first page, all of them in one batch with a barrier at its end: what a touch
 *            takes is a part of it, so the latency of a barrier does not hide what a move costs
 */
import { type Bytes, PAGE_SIZE } from '../../base/units.ts';
import type { Machine } from '../../hw/machine.ts';
import type { Clock } from '../../hw/ports.ts';
import { bootKernel } from '../../kernel/boot.ts';
import '../../session/calls/all.ts';
import type { Input, Json } from '../../session/input.ts';
import { Player } from '../../session/player.ts';
import { residentBytes } from '../verify_objects.ts';

/** What one pass over the working set took. */
export interface CliffPass {
  /** Microseconds of one touch: the pass by the number of objects. */
  readonly touchUs: number;
  /** Objects that had to be moved in. */
  readonly moved: number;
}

export class LabCliff {
  private readonly player: Player;
  private objects = 0;

  private constructor(
    machine: Machine,
    private readonly clock: Clock,
    private readonly objectBytes: Bytes,
  ) {
    this.player = new Player(bootKernel(machine.description), machine);
  }

  /**
   * A machine with a budget.
   *
   * @param budgetBytes what the working set may use; objects made at boot come on top
   */
  static async create(
    machine: Machine,
    clock: Clock,
    objectBytes: Bytes,
    budgetBytes: Bytes,
  ): Promise<LabCliff> {
    const cliff = new LabCliff(machine, clock, objectBytes);
    const pinned = residentBytes(cliff.player.kernel) / PAGE_SIZE;
    await cliff.call('spawn', {});
    await cliff.call('open', { dev: 'lab_gpu' }, 'gpu');
    await cliff.call('lab.setBudget', { pages: pinned + budgetBytes / PAGE_SIZE });
    return cliff;
  }

  /** Let the working set grow to so many objects. */
  async grow(objects: number): Promise<void> {
    for (; this.objects < objects; this.objects++) {
      const bo = `bo${this.objects}`;
      await this.call('gpu.create', { fd: 'gpu', size: this.objectBytes, domain: 'system', name: bo }, bo);
    }
  }

  /** Use every object once, in the order in which they were made. @throws Error for a refusal */
  async pass(): Promise<CliffPass> {
    const inputs: Input[] = Array.from({ length: this.objects }, (_, i) => {
      const bo = `bo${i}`;
      const fills = [{ bo, first: 0, count: 1, value: i }];
      return { task: 'bench', call: 'gpu.submit', args: { fd: 'gpu', list: [bo], fills } };
    });
    inputs.push({ task: 'bench', call: 'gpu.idle', args: { fd: 'gpu' } });
    const begin = this.clock.nowMs();
    const steps = await this.player.play(inputs, { slice: inputs.length });
    const touchUs = ((this.clock.nowMs() - begin) * 1000) / this.objects;
    let moved = 0;
    for (const { input, answer } of steps) {
      if (typeof answer.ret === 'string') throw new Error(`${input.call} was answered ${answer.ret}.`);
      if (input.call === 'gpu.submit') moved += (answer.ret as { readonly moved: number }).moved;
    }
    return { touchUs, moved };
  }

  /** @throws Error for a refusal */
  private async call(call: string, args: Input['args'], as?: string): Promise<Json> {
    const input = { task: 'bench', call, args };
    const { answer } = await this.player.step(as === undefined ? input : { ...input, as });
    if (typeof answer.ret === 'string') throw new Error(`${call} was answered ${answer.ret}.`);
    return answer.ret;
  }
}
