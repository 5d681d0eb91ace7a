/**
 * The machine that the window's scene has: makes one when a scene opens or another moment is shown, names it to the window, hears
 * when its device goes, and asks for a GPU again when a person does.
 */
import type { VramLayout } from '../hw/expected_bytes.ts';
import type { DrainReport, Machine } from '../hw/machine.ts';
import type { MachineDescription } from '../hw/machine_description.ts';
import type { FromLab, LabCommand } from '../public/protocol.ts';
import type { AdapterView } from '../public/view_types.ts';
import { lossSentence } from './sentences.ts';

export type MachineKind = 'auto' | 'webgpu' | 'host';
/** What the window wishes for. */
export type MachineWish = Pick<Extract<LabCommand, { type: 'open' }>, 'machine' | 'vram' | 'power'>;

/** A fresh machine, why it is the one it is, and if an adapter that is there could not hold it. */
export type MachineMaker = (
  description: MachineDescription,
  kind: MachineKind,
  layout: VramLayout,
  power?: 'high-performance' | 'low-power',
) => Promise<{ readonly machine: Machine; readonly because: string; readonly refused?: boolean }>;

export class MachineKeeper {
  wish: MachineWish = { machine: 'auto', vram: 'paged' };
  /** What the window was told last. */
  adapter: AdapterView | null = null;
  /** The machine that `adapter` speaks of, and why it is the one. */
  private named: Machine | null = null;
  private readonly because = new WeakMap<Machine, string>();
  private said = '';
  private lossUnreported = false;

  /**
   * @param make   makes machines
   * @param send   to the window
   * @param onLoss a device is gone and no barrier has reported it yet
   */
  constructor(
    private readonly make: MachineMaker,
    private readonly send: (message: FromLab) => void,
    private readonly onLoss: () => void,
  ) {}

  /** A machine of the kind that the window wishes for. @throws GpuError */
  async create(description: MachineDescription, kind = this.wish.machine): Promise<Machine> {
    const { vram, power } = this.wish;
    const { machine, because, refused } = await this.make(description, kind, vram, power);
    // Going through a scene makes machines too; what was said once is not said again.
    if (refused && because !== this.said) this.send({ type: 'failed', sentence: because });
    this.said = because;
    this.because.set(machine, because);
    machine.onLost = () => this.lost(machine);
    return machine;
  }

  /** Tell the window which machine this is, unless it knows. */
  name(machine: Machine): void {
    if (machine !== this.named) this.tell(machine, this.because.get(machine) ?? '');
  }

  private tell(machine: Machine, because: string): void {
    const { kind, adapter } = machine;
    const { machine: wished } = this.wish;
    this.named = machine;
    this.adapter = {
      machine: kind,
      name: adapter.name,
      software: adapter.software,
      because,
      ...(kind === 'host' && wished !== 'host' && { canTryGpu: true }),
    };
    this.send({ type: 'adapter', adapter: this.adapter });
  }

  private lost(machine: Machine): void {
    if (machine !== this.named) return;
    this.lossUnreported = true;
    this.tell(machine, 'The GPU device was lost. The lab asks for another one, for five seconds.');
    this.onLoss();
  }

  /** True while a device is gone and no barrier has said what went with it. */
  get lossPending(): boolean {
    return this.lossUnreported;
  }

  /** Look at what a barrier of the scene reports. */
  watch(report: DrainReport, machine: Machine): void {
    const { loss } = report;
    if (!loss) return;
    this.lossUnreported = false;
    const sentence = lossSentence(loss);
    this.tell(machine, sentence);
    this.send({ type: 'failed', sentence });
  }
}
