/** A booted lab_gpu with its ring, for tests of jobs: on the host machine and on every other one at hand. */
import type { Machine } from '../hw/machine.ts';
import type { MachineDescription } from '../hw/machine_description.ts';
import { shutdownAndFindLeaks } from '../lab/shutdown_leaks.ts';
import { traceViolations } from '../lab/trace_violations.ts';
import { verifyFrames } from '../lab/verify_frames.ts';
import { verifyObjects } from '../lab/verify_objects.ts';
import type { Json } from '../session/input.ts';
import { eventTypeByName } from '../trace/event.ts';
import { LabFixture, PAGE } from './lab_fixture.ts';

/** Where the bytes live. */
export interface EngineMachineKind {
  create(description: MachineDescription): Promise<Machine> | Machine;
}

export class EngineFixture extends LabFixture {
  /** Task A with its descriptor `fd` of the device. */
  static async start(kind: EngineMachineKind, description: MachineDescription): Promise<EngineFixture> {
    const lab = new EngineFixture(description, await kind.create(description));
    await lab.call('A', 'spawn');
    await lab.call('A', 'open', { dev: 'lab_gpu' }, 'fd');
    return lab;
  }

  /** A buffer, mapped as m_<name>. */
  async make(name: string, pages: number, domain = 'vram'): Promise<void> {
    await this.call('A', 'gpu.create', { fd: 'fd', size: pages * PAGE, domain }, name);
    await this.call('A', 'mmap', { fd: 'fd', offsetOf: name, length: pages * PAGE }, `m_${name}`);
  }

  /**
   * Run commands in a batch, as the job `job`.
   *
   * @param writes   buffers that they write
   * @param commands null: as the batch stands
   */
  async exec(
    writes: readonly string[],
    commands: readonly Json[] | null,
    { batch = 'batch', ...more }: { readonly batch?: string; readonly [name: string]: Json } = {},
  ): Promise<Json> {
    if (!this.player.names.get(batch)) await this.make(batch, 1);
    const list: Json[] = writes.map(bo => ({ bo, write: true }));
    list.push(commands === null ? batch : { bo: batch, commands });
    return this.call('A', 'gpu.execbuffer', { fd: 'fd', list, ...more }, 'job');
  }

  /** Wait for a job, and say what became of it. */
  async wait(job: string): Promise<Json> {
    await this.call('A', 'gpu.wait', { fd: 'fd', job });
    return this.call('A', 'gpu.jobStatus', { fd: 'fd', job });
  }

  /** Dwords of a buffer, wherever it lies, as the machine holds them. */
  async words(name: string, indexes: readonly number[]): Promise<number[]> {
    await this.player.barrier();
    const bo = this.object(name);
    const found: number[] = [];
    for (const index of indexes) {
      const page = await this.player.machine.readPages([bo.pfnOfPage(Math.floor(index / 1024))]);
      found.push(new DataView(page.buffer, page.byteOffset).getUint32((index % 1024) * 4, true));
    }
    return found;
  }

  /** Indexes of the events of a type. */
  indexes(name: string): number[] {
    const type = eventTypeByName(name)!;
    const found: number[] = [];
    for (let i = 0; i < this.kernel.trace.count; i++)
      if (this.kernel.trace.at(i).typeId === type.id) found.push(i);
    return found;
  }

  /** Everything that can be checked is right; then the machine goes. @returns what was wrong */
  async close(): Promise<string[]> {
    const wrong = [...this.kernel.check(), ...traceViolations(this.kernel)];
    wrong.push(...(await verifyObjects(this.player)).wrong, ...(await verifyFrames(this.player)));
    wrong.push(...shutdownAndFindLeaks(this.kernel));
    await this.player.barrier();
    await this.player.machine.dispose();
    return wrong;
  }
}
