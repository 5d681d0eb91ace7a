/**
 * The machine with real GPU memory: VRAM and the mirror heap are GPUBuffers of one device, RAM and SWAP lie on the host.
 *
 * Loss       a lost device fails the moves in flight, reports what lived only in VRAM, and is replaced by a new one from
 *            the same provider within RECOVERY_MS; after that the host machine takes over, and `kind` says so
 */
import { invariant } from '../../base/invariant.ts';
import { PAGE_SIZE, type Pfn } from '../../base/units.ts';
import type { CommandQueue } from '../command_queue.ts';
import type { StagingState, VramLayout } from '../expected_bytes.ts';
import { GpuError } from '../gpu_error.ts';
import { type Memories, materialiseOnHost } from '../host/host_executor.ts';
import { compareGart, createHostSideMemories, HostMachine } from '../host/host_machine.ts';
import { Ledger } from '../ledger.ts';
import type { AdapterInfo, DeviceLoss, DrainReport, Machine } from '../machine.ts';
import { type MachineDescription, regionPages } from '../machine_description.ts';
import { CONTENT_UNDEFINED } from '../page_contents.ts';
import type { Clock, GpuProvider, SwapFile } from '../ports.ts';
import { pageOfPfn, REGION_MIRROR, REGION_RAM, REGION_SWAP, REGION_VRAM, type Region } from '../region.ts';
import type { BatchRequest } from '../ring/batch_generator.ts';
import type { ScanOut } from '../ring/scan_out.ts';
import { VramOwners } from '../vram_owners.ts';
import { adapterInfo, deviceDescriptor } from './adapter_limits.ts';
import { GpuDeviceProxy } from './gpu_device_proxy.ts';
import { GpuTwin } from './gpu_twin.ts';
import { LostBatch } from './lost_batch.ts';
import { ReadBackList } from './read_back.ts';

/** Time in which a lost device must be replaced, in milliseconds. */
export const RECOVERY_MS = 5000;
const RETRY_MS = 200;

export interface WebGpuMachineOptions {
  readonly layout: VramLayout;
  /** Measures the time that a lost device may take to come back. */
  readonly clock: Clock;
  /** Where swap slots lie; host memory without it. */
  readonly swapFile?: SwapFile;
  /** Sabotage (hw/sabotage.ts): so many destroyed buffers stay alive. */
  readonly forgetDestroys?: number;
}

/**
 * A machine on the provider's GPU.
 *
 * @throws GpuError no-adapter when there is no GPU or it cannot hold the description (with both numbers);
 *                  out-of-memory when it refuses the buffers
 */
export async function createWebGpuMachine(
  description: MachineDescription,
  provider: GpuProvider,
  options: WebGpuMachineOptions,
): Promise<WebGpuMachine> {
  const machine = new WebGpuMachine(description, provider, options);
  machine.install(await machine.openDevice());
  return machine;
}

/** A device as it comes from its adapter. */
interface NewDevice {
  readonly info: AdapterInfo;
  readonly device: GPUDevice;
}

/** A device with its buffers. */
interface OpenDevice {
  readonly info: AdapterInfo;
  readonly proxy: GpuDeviceProxy;
  readonly twin: GpuTwin;
}

export class WebGpuMachine implements Machine {
  readonly layout: VramLayout;
  readonly ledger: Ledger;
  onLost: (() => void) | undefined;
  private readonly memories: Memories;
  private owners: VramOwners;
  private info: AdapterInfo = { name: '', software: false, vendor: '', architecture: '' };
  private proxy: GpuDeviceProxy | undefined;
  private twin: GpuTwin | undefined;
  private fallback: HostMachine | undefined;
  private busy = false;

  /** Use createWebGpuMachine(). */
  constructor(
    readonly description: MachineDescription,
    private readonly provider: GpuProvider,
    private readonly options: WebGpuMachineOptions,
  ) {
    this.layout = options.layout;
    this.ledger = new Ledger(options.forgetDestroys);
    const [ram, swap] = createHostSideMemories(description, options.swapFile);
    this.memories = [ram, undefined, undefined, swap];
    this.owners = new VramOwners(regionPages(description)[REGION_VRAM]);
  }

  get kind(): 'host' | 'webgpu' {
    return this.fallback === undefined ? 'webgpu' : 'host';
  }

  get adapter(): AdapterInfo {
    return this.fallback?.adapter ?? this.info;
  }

  /** Find an adapter, open a device, make the buffers. @throws GpuError */
  async openDevice(): Promise<OpenDevice> {
    return this.equip(await this.requestDevice());
  }

  private async requestDevice(): Promise<NewDevice> {
    const adapter = await this.provider.requestAdapter();
    if (adapter === undefined) throw new GpuError('no-adapter', `${this.provider.name} offers no adapter.`);
    const info = adapterInfo(adapter);
    const device = await adapter.requestDevice(deviceDescriptor(adapter, this.description, this.layout));
    return { info, device };
  }

  private async equip({ info, device }: NewDevice): Promise<OpenDevice> {
    const proxy = new GpuDeviceProxy(device, this.ledger);
    try {
      const twin = await GpuTwin.create(this.description, this.layout, proxy, this.memories, this.owners);
      return { info, proxy, twin };
    } catch (error) {
      if (error instanceof GpuError) throw error;
      await this.waitForReport(proxy);
      if (proxy.lossMessage === undefined) throw error;
      this.ledger.deviceLost();
      throw new GpuError('no-adapter', `A new device was lost as well (${proxy.lossMessage}).`);
    }
  }

  /** From now on this device is the machine's. */
  install(opened: OpenDevice): void {
    const { proxy } = opened;
    this.info = opened.info;
    this.proxy = proxy;
    this.twin = opened.twin;
    void proxy.lost.then(() => {
      if (proxy === this.proxy) this.onLost?.();
    });
  }

  async drain(queue: CommandQueue): Promise<DrainReport> {
    if (this.fallback !== undefined) return this.fallback.drain(queue);
    const { twin, proxy } = this;
    invariant(twin && proxy, () => 'The machine is used before its device is open or after dispose().');
    invariant(!this.busy, () => 'A barrier begins before the last one has ended.');
    this.busy = true;
    queue.seal();
    try {
      const commands = queue.nrCommands;
      if (proxy.lossMessage !== undefined) return await this.recover(queue, new ReadBackList(), 0);
      let movedBytes: number;
      try {
        movedBytes = await twin.execute(queue);
      } catch (error) {
        // The loss is reported on its own promise, perhaps a little after the failed map.
        if (proxy.lossMessage === undefined && !(error instanceof GpuError)) await this.waitForReport(proxy);
        if (proxy.lossMessage === undefined) {
          proxy.throwPendingError();
          throw error;
        }
        return await this.recover(queue, twin.after, twin.at);
      }
      queue.settle();
      return { commands, movedBytes, loss: undefined };
    } finally {
      this.busy = false;
    }
  }

  private async waitForReport(proxy: GpuDeviceProxy): Promise<void> {
    await Promise.race([proxy.lost, this.options.clock.delay(RETRY_MS)]);
  }

  private async recover(queue: CommandQueue, undelivered: ReadBackList, from: number): Promise<DrainReport> {
    const message = this.proxy!.lossMessage!;
    const commands = queue.nrCommands;
    // Buffers may have been made between the loss and its report.
    this.ledger.deviceLost();
    const batch = new LostBatch(queue, this.memories, this.owners);
    batch.finish(undelivered, from);
    const lostAllocations = [...queue.allocations.keys()].sort((a, b) => a - b);
    queue.settle();
    queue.engines.deviceLost();
    this.twin = undefined;
    this.proxy = undefined;
    const now = (await this.reopen(queue)) ? 'webgpu' : 'host';
    if (now === 'host') this.handOver(queue);
    const loss: DeviceLoss = {
      message,
      lostAllocations,
      lostPages: batch.lostPages,
      failedMoves: batch.failedMoves,
      failedTickets: batch.tickets,
      now,
    };
    return { commands, movedBytes: batch.movedBytes, loss };
  }

  /**
   * A new device with the buffers of the old one. The time limit is for the device; making it ready takes what it takes.
   *
   * @returns false when none came in time
   */
  private async reopen(queue: CommandQueue): Promise<boolean> {
    const { clock } = this.options;
    const deadline = clock.nowMs() + RECOVERY_MS;
    while (clock.nowMs() < deadline) {
      try {
        const asked = this.requestDevice();
        const late = clock.delay(Math.max(0, deadline - clock.nowMs())).then(() => undefined);
        const found = await Promise.race([asked, late]);
        if (found === undefined) {
          // A device that comes after all is given back.
          asked.then(
            ({ device }) => device.destroy(),
            () => undefined,
          );
          return false;
        }
        this.install(await this.equip(found));
        await this.refill(queue, [REGION_MIRROR]);
        return true;
      } catch (error) {
        if (!(error instanceof GpuError)) throw error;
        await clock.delay(RETRY_MS);
      }
    }
    return false;
  }

  /** The host machine goes on with the same RAM. */
  private handOver(queue: CommandQueue): void {
    this.ledger.deviceLost();
    this.fallback = new HostMachine(this.description, {
      layout: this.layout,
      hostSide: [this.memories[REGION_RAM]!, this.memories[REGION_SWAP]!],
      ledger: this.ledger,
    });
    this.fallback.fillFrom(queue, [REGION_MIRROR]);
  }

  private async refill(queue: CommandQueue, regions: readonly Region[]): Promise<void> {
    await this.twin!.refill(queue, each => {
      for (const region of regions) this.forEachPage(queue, region, each);
    });
  }

  private forEachPage(
    queue: CommandQueue,
    region: Region,
    each: (pfn: Pfn, bytes: Uint8Array<ArrayBuffer>) => void,
  ): void {
    const bytes = new Uint8Array(PAGE_SIZE);
    queue.contents.forEachWritten(region, (pfn, id) => {
      if (id === CONTENT_UNDEFINED) return;
      materialiseOnHost(queue.contents, this.memories, pfn, bytes);
      each(pfn, bytes);
    });
  }

  async restoreContents(queue: CommandQueue): Promise<void> {
    if (this.fallback !== undefined) return this.fallback.restoreContents(queue);
    await this.twin!.clear();
    this.owners.clear();
    for (const region of [REGION_RAM, REGION_SWAP] as const) this.memories[region]!.clear();
    for (const [id, { firstPage, nrPages }] of queue.allocations) this.owners.alloc(id, firstPage, nrPages);
    for (const region of [REGION_RAM, REGION_SWAP] as const) {
      this.forEachPage(queue, region, (pfn, bytes) => this.memories[region]!.write(pageOfPfn(pfn), bytes));
    }
    await this.refill(queue, [REGION_VRAM, REGION_MIRROR]);
  }

  async verifyGart(queue: CommandQueue): Promise<string[]> {
    if (this.fallback !== undefined) return this.fallback.verifyGart(queue);
    return compareGart(await this.twin!.readGart(), queue.gart);
  }

  async readPages(pfns: ArrayLike<Pfn>): Promise<Uint8Array> {
    return this.fallback?.readPages(pfns) ?? this.twin!.readPages(pfns);
  }

  async scanOut(of: ScanOut): Promise<Uint8Array> {
    return this.fallback?.scanOut(of) ?? this.twin!.display.read(of);
  }

  /** Draw a framebuffer on a texture of this machine's device; false when the host machine has taken over. */
  async present(of: ScanOut, texture: GPUTexture): Promise<boolean> {
    await this.twin?.display.present(of, texture);
    return this.twin !== undefined;
  }

  /** The device, for canvases that present() draws on; it changes when one was lost. */
  get device(): GPUDevice | undefined {
    return this.proxy?.device;
  }

  async generateBatch(request: BatchRequest): Promise<void> {
    return this.fallback?.generateBatch(request) ?? this.twin!.generateBatch(request);
  }

  staging(): StagingState {
    return this.twin?.staging ?? { bufferBytes: [] };
  }

  async dispose(): Promise<void> {
    if (this.fallback !== undefined) await this.fallback.dispose();
    const { twin, proxy } = this;
    this.twin = undefined;
    this.proxy = undefined;
    if (twin !== undefined && proxy !== undefined) {
      twin.dispose();
      if (proxy.lossMessage === undefined) {
        await proxy.finish();
        proxy.throwPendingError();
      }
      proxy.dispose();
    }
    this.options.swapFile?.close();
  }
}
