/**
 * The only place that creates and destroys buffers, submits and maps: so the ledger cannot miss one. It also remembers the
 * first error that the device reports on its own.
 */
import type { Bytes } from '../../base/units.ts';
import { GpuError } from '../gpu_error.ts';
import type { Ledger, Purpose } from '../ledger.ts';

/** GPUBufferUsage by value: the global of that name is missing in plain Node. */
export const USAGE = {
  MAP_READ: 0x0001,
  MAP_WRITE: 0x0002,
  COPY_SRC: 0x0004,
  COPY_DST: 0x0008,
  UNIFORM: 0x0040,
  INDIRECT: 0x0100,
  STORAGE: 0x0080,
} as const;
const MAP_MODE_READ = 1;
const MAP_MODE_WRITE = 2;

export class GpuDeviceProxy {
  /** Set when the device is lost without our asking for it. */
  lossMessage: string | undefined;
  private firstError: GpuError | undefined;
  private disposed = false;
  private readonly purposes = new Map<GPUBuffer, Purpose>();
  /** Settles when the device is lost. */
  readonly lost: Promise<void>;

  constructor(
    readonly device: GPUDevice,
    private readonly ledger: Ledger,
  ) {
    device.addEventListener('uncapturederror', event => {
      const error = (event as GPUUncapturedErrorEvent).error;
      // Chromium logs uncaptured errors as well; one report is enough.
      event.preventDefault();
      this.firstError ??= new GpuError(kindOf(error), error.message);
    });
    this.lost = device.lost.then(info => {
      if (this.disposed) return;
      this.lossMessage = info.message === '' ? `the device was lost (${info.reason})` : info.message;
      this.purposes.clear();
      ledger.deviceLost();
    });
  }

  /** @throws GpuError the first error the device reported on its own, once */
  throwPendingError(): void {
    const error = this.firstError;
    this.firstError = undefined;
    if (error) throw error;
  }

  createBuffer(purpose: Purpose, sizeBytes: Bytes, usage: number, label: string): GPUBuffer {
    return this.create(purpose, { size: sizeBytes, usage, label });
  }

  /** A buffer that begins its life mapped. */
  createMappedBuffer(purpose: Purpose, sizeBytes: Bytes, usage: number, label: string): GPUBuffer {
    return this.create(purpose, { size: sizeBytes, usage, label, mappedAtCreation: true });
  }

  private create(purpose: Purpose, descriptor: GPUBufferDescriptor): GPUBuffer {
    const buffer = this.device.createBuffer(descriptor);
    const sizeBytes = descriptor.size;
    this.purposes.set(buffer, purpose);
    this.ledger.created(purpose, sizeBytes);
    return buffer;
  }

  destroyBuffer(buffer: GPUBuffer): void {
    const purpose = this.purposes.get(buffer);
    // After a loss the ledger is already empty.
    if (purpose === undefined) return;
    if (this.ledger.forgetsDestroy()) return;
    this.purposes.delete(buffer);
    buffer.destroy();
    this.ledger.destroyed(purpose, buffer.size);
  }

  submit(commands: GPUCommandBuffer): void {
    this.ledger.submits++;
    this.device.queue.submit([commands]);
  }

  /** Wait for the buffer's bytes and return them; unmap() when done. */
  async map(buffer: GPUBuffer, sizeBytes: Bytes): Promise<ArrayBuffer> {
    this.ledger.maps++;
    await buffer.mapAsync(MAP_MODE_READ, 0, sizeBytes);
    return buffer.getMappedRange(0, sizeBytes);
  }

  /** Wait until the whole buffer can be written again. */
  async mapForWriting(buffer: GPUBuffer): Promise<void> {
    this.ledger.maps++;
    await buffer.mapAsync(MAP_MODE_WRITE);
  }

  /** Wait until everything submitted is done and every error has been reported. */
  async finish(): Promise<void> {
    await this.device.queue.onSubmittedWorkDone();
  }

  /** Let go of the device; buffers must be destroyed before, or the ledger will show them. */
  dispose(): void {
    this.disposed = true;
    this.device.destroy();
  }
}

function kindOf(error: GPUError): 'validation' | 'out-of-memory' {
  return error.constructor.name === 'GPUOutOfMemoryError' ? 'out-of-memory' : 'validation';
}
