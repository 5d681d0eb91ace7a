/**
 * What the profiler is given from outside: clock, GPU, machine descriptions, date. It has none of its own, so the same module
 * runs on the command line and in the app's worker.
 */
import type { MachineDescription } from '../../hw/machine_description.ts';
import type { Clock, GpuProvider } from '../../hw/ports.ts';

/** Bytes of one region, as a source of the kernel names it. */
export type KernelSample = ReadonlyMap<string, number>;

/** Something of the real kernel that can be read again and again. */
export interface KernelSource {
  readonly name: string;
  /** Why it cannot be read here; null while it can. */
  absent(): string | null;
  /** Values now, in bytes; empty when nothing was found. Must not throw. */
  sample(): KernelSample;
}

/** Asks a profile to stop; checked between repetitions. */
export class CancelToken {
  private asked = false;

  cancel(): void {
    this.asked = true;
  }

  get isCancelled(): boolean {
    return this.asked;
  }
}

/** Thrown inside a step when the token was cancelled. */
export class ProfileCancelled extends Error {
  override readonly name = 'ProfileCancelled';
}

/** How far a profile is. */
export interface ProfileProgress {
  readonly section: string;
  readonly step: string;
  readonly done: number;
  readonly total: number;
}

export interface ProfileSetup {
  readonly clock: Clock;
  readonly provider: GpuProvider;
  /** Machine description of sections 2, 4 and 5. */
  readonly machine: MachineDescription;
  /** ISO 8601, UTC: core reads no calendar. */
  readonly date: string;
  /** Fewer sizes and repetitions: under two minutes on a software adapter. */
  readonly quick: boolean;
  /** Grow plain allocations until the driver reacts. */
  readonly driverCliff: boolean;
  /** Most bytes of plain allocations. */
  readonly gpuLimitBytes: number;
  /** What outside knows and the GPU does not say. */
  readonly backend: string;
  readonly flags: readonly string[];
  readonly versions: Readonly<Record<string, string>>;
  readonly load: string;
  readonly kernelSources: readonly KernelSource[];
  readonly cancel: CancelToken;
  onProgress(progress: ProfileProgress): void;
}
