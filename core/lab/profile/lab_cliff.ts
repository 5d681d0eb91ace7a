/**
 * The cliff that the lab itself makes: a working set grows from a tenth to twice the budget of VRAM, every object of it is used in
 * turn, and the LRU evicts what comes next.
 *
 * Touch      one job that writes the first page of one object, awaited with a barrier of its own; microseconds of wall time
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
  /** Microseconds of each touch. */
  readonly touchUs: readonly number[];
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

  /** Use every object once, in the order in which they were made. */
  async pass(breathe: () => void): Promise<CliffPass> {
    const touchUs: number[] = [];
    let moved = 0;
    for (let i = 0; i < this.objects; i++) {
      breathe();
      const bo = `bo${i}`;
      const begin = this.clock.nowMs();
      const fills = [{ bo, first: 0, count: 1, value: i }];
      const answer = await this.call('gpu.submit', { fd: 'gpu', list: [bo], fills });
      await this.call('gpu.idle', { fd: 'gpu' });
      touchUs.push((this.clock.nowMs() - begin) * 1000);
      moved += (answer as { readonly moved: number }).moved;
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
