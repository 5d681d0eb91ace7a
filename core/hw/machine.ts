/**
 * A machine that executes the command queue: `host` with plain memory, `webgpu` with a GPUDevice. Both give the same
 * answers to the same commands.
 */
import type { Bytes, Pfn } from '../base/units.ts';
import type { CommandQueue } from './command_queue.ts';
import type { Ticket } from './data_plane.ts';
import type { StagingState, VramLayout } from './expected_bytes.ts';
import type { Ledger } from './ledger.ts';
import type { MachineDescription } from './machine_description.ts';
import type { BatchRequest } from './ring/batch_generator.ts';
import type { ScanOut } from './ring/scan_out.ts';

export interface AdapterInfo {
  /** As the driver names it; 'host memory' on the host machine. */
  readonly name: string;
  /** True when a CPU does the GPU's work. */
  readonly software: boolean;
  readonly vendor: string;
  readonly architecture: string;
}

/** What was lost with a device. */
export interface DeviceLoss {
  /** Why, in the words of the implementation. */
  readonly message: string;
  /** VRAM allocations whose bytes are gone; their pages read as zeros from now on. */
  readonly lostAllocations: readonly number[];
  /** Pages of VRAM, mirror and RAM (targets of moves in flight) whose bytes are gone. */
  readonly lostPages: number;
  /** Copies of VRAM to RAM in flight that failed (ECANCELED). */
  readonly failedMoves: number;
  /** Tickets of this batch that got no true answer; their words are 0. */
  readonly failedTickets: readonly Ticket[];
  /** What runs now: a new device, or the host machine when none came back in time. */
  readonly now: 'webgpu' | 'host';
}

/** What one barrier did. */
export interface DrainReport {
  readonly commands: number;
  /** Bytes moved by copies. */
  readonly movedBytes: Bytes;
  /** Set when the device was lost during or before this barrier. */
  readonly loss: DeviceLoss | undefined;
}

export interface Machine {
  /** What runs now; a webgpu machine becomes 'host' when its device is lost for good. */
  readonly kind: 'host' | 'webgpu';
  readonly adapter: AdapterInfo;
  readonly layout: VramLayout;
  readonly description: MachineDescription;
  readonly ledger: Ledger;
  /** Called when the device is lost; the next barrier deals with it and reports what went. */
  onLost?: (() => void) | undefined;

  /**
   * Execute everything in the queue and settle its tickets.
   *
   * @throws GpuError  validation (our command was wrong) or out-of-memory; the machine is unusable afterwards
   * @throws ModelBug  the queue touches what does not exist (VRAM outside every allocation, pages outside the machine)
   */
  drain(queue: CommandQueue): Promise<DrainReport>;

  /**
   * Forget everything and fill the machine from the recipes of a restored queue: contents, GART table and VRAM
   * allocations. The queue must be empty.
   */
  restoreContents(queue: CommandQueue): Promise<void>;

  /** Compare the machine's GART table with the queue's, entry by entry; the sentences name differing entries. */
  verifyGart(queue: CommandQueue): Promise<string[]>;

  /**
   * The bytes of frames as they lie in the machine, one page after the other, whatever region they are in. The queue must be
   * empty. For images, screenshots and views; never for the control plane.
   */
  readPages(pfns: ArrayLike<Pfn>): Promise<Uint8Array>;

  /**
   * A picture of a framebuffer as the display shows it, RGBA bytes row by row, read through the GART. The queue must be empty.
   * For screens and screenshots; never for the control plane. Only on the paged layout.
   *
   * @throws ModelBug on the dedicated layout
   */
  scanOut(of: ScanOut): Promise<Uint8Array>;

  /**
   * Write a batch of commands that this machine makes itself (ring/batch_generator.ts), through the GART. Right after a barrier; the
   * queue is told by machineWrote(). For tests and benchmarks. Only on the paged layout.
   */
  generateBatch(request: BatchRequest): Promise<void>;

  /** Sizes of the staging buffers held right now. */
  staging(): StagingState;

  /** Give everything back; live bytes are zero afterwards. */
  dispose(): Promise<void>;
}
