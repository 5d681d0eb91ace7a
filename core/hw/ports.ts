/**
 * What the machine needs from outside; `cli/` and `worker/` supply it.
 */

/** Finds GPUs. */
export interface GpuProvider {
  /** One line for people: which implementation answers. */
  readonly name: string;
  /**
   * An adapter, or undefined when this place has none.
   *
   * @throws GpuError no-adapter with a sentence that says what to install, when WebGPU itself is missing
   */
  requestAdapter(): Promise<GPUAdapter | undefined>;
  /** Let go of everything that keeps the process alive. */
  release(): void;
}

/** Bytes of the swap device, addressed by slot (one page each). */
export interface SwapFile {
  /** Fill `into` (a multiple of 4096 bytes) from consecutive slots; slots never written read as zeros. */
  read(firstSlot: number, into: Uint8Array): void;
  /** Write consecutive slots. */
  write(firstSlot: number, bytes: Uint8Array): void;
  /** All slots read as zeros again. */
  clear(): void;
  /** Delete the file. */
  close(): void;
}

/** A clock for measurements; never for the model. */
export interface Clock {
  /** Milliseconds since some fixed moment, with fractions. */
  nowMs(): number;
  /** Settles after so many milliseconds. */
  delay(ms: number): Promise<void>;
}
