/** A booted lab_gpu machine with a player on the host machine, for tests of the calls. */
import { readFileSync } from 'node:fs';
import type { DrmDevice } from '../drm/drm_device.ts';
import type { TtmBo } from '../drm/ttm/ttm_bo.ts';
import { createHostMachine } from '../hw/host/host_machine.ts';
import type { Machine } from '../hw/machine.ts';
import { type MachineDescription, parseMachineDescription } from '../hw/machine_description.ts';
import { bootKernel } from '../kernel/boot.ts';
import type { Kernel } from '../kernel/kernel.ts';
import '../session/calls/all.ts';
import type { Json } from '../session/input.ts';
import { Player } from '../session/player.ts';
import { eventTypeByName } from '../trace/event.ts';

export const PAGE = 4096;
/** Pages of 1 MiB. */
export const MB = 256;

/** lab-16m with changes. */
export function labMachine(
  change: Partial<MachineDescription> = {},
  device: object = {},
): MachineDescription {
  const path = new URL('../../assets/machines/lab-16m.json', import.meta.url);
  const base = JSON.parse(readFileSync(path, 'utf8')) as MachineDescription;
  return parseMachineDescription(
    { ...base, ...change, devices: [{ ...base.devices[0], ...device }] },
    'test',
  );
}

export class LabFixture {
  readonly kernel: Kernel;
  readonly player: Player;

  constructor(description: MachineDescription, machine: Machine = createHostMachine(description)) {
    this.kernel = bootKernel(description);
    this.player = new Player(this.kernel, machine);
  }

  async call(task: string, call: string, args: { [name: string]: Json } = {}, as?: string): Promise<Json> {
    const step = await this.player.step({ task, call, args, ...(as === undefined ? {} : { as }) });
    return step.answer.ret;
  }

  /** Events of one type since `from`, as records. */
  events(name: string, from = 0): Record<string, number>[] {
    const type = eventTypeByName(name)!;
    const found: Record<string, number>[] = [];
    for (let i = from; i < this.kernel.trace.count; i++) {
      const event = this.kernel.trace.at(i);
      if (event.typeId === type.id)
        found.push(Object.fromEntries(type.fields.map((f, at) => [f, event.args[at]!])));
    }
    return found;
  }

  get device(): DrmDevice {
    return this.kernel.devices.get('lab_gpu')!.device as DrmDevice;
  }

  object(label: string): TtmBo {
    for (const object of this.device.objects) if (object.label === label) return object as TtmBo;
    throw new Error(`There is no object ${label}.`);
  }

  async info(bo: string): Promise<{ [name: string]: Json }> {
    return (await this.call('A', 'gpu.info', { fd: 'fd', bo })) as { [name: string]: Json };
  }

  /** Objects of `pages` pages in VRAM, mapped as m_<name>, each full of its own words. */
  async fill(names: string[], pages: number, domain = 'vram'): Promise<void> {
    for (const [i, name] of names.entries()) {
      await this.call('A', 'gpu.create', { fd: 'fd', size: pages * PAGE, domain }, name);
      await this.call('A', 'mmap', { fd: 'fd', offsetOf: name, length: pages * PAGE }, `m_${name}`);
      await this.call('A', 'gpu.submit', { fd: 'fd', list: [name], fills: [{ bo: name, seed: 100 + i }] });
    }
    await this.call('A', 'gpu.idle', { fd: 'fd' });
  }

  async stamps(name: string, seed: number): Promise<Json> {
    return this.call('A', 'checkStamps', { map: `m_${name}`, seed });
  }

  /** A booted machine with task A and its descriptor `fd` of the device. */
  static async boot(description = labMachine()): Promise<LabFixture> {
    const lab = new LabFixture(description);
    await lab.call('A', 'spawn');
    await lab.call('A', 'open', { dev: 'lab_gpu' }, 'fd');
    return lab;
  }
}
