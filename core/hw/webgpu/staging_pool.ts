/**
 * Staging buffers: one for reading back, one for uploads (mapped whenever the GPU does not have it), one for moves inside
 * a heap. Each is made at first use and replaced by a larger one when too small.
 *
 * Units      bytes
 */
import { invariant } from '../../base/invariant.ts';
import type { Bytes } from '../../base/units.ts';
import type { StagingState } from '../expected_bytes.ts';
import { type GpuDeviceProxy, USAGE } from './gpu_device_proxy.ts';

/** Staging buffers larger than this are given back after their barrier. */
export const KEPT_BYTES = 64 * 1024 * 1024;
/** Moves inside one heap go through this in pieces. */
export const BOUNCE_BYTES = 1024 * 1024;
const SMALLEST_BYTES = 64 * 1024;

export class StagingPool {
  private read: GPUBuffer | undefined;
  private upload: GPUBuffer | undefined;
  private uploadRange: Uint8Array | undefined;
  /** True from the submit that uses the upload buffer until waitForUpload(). */
  uploadIsBusy = false;
  private bounce: GPUBuffer | undefined;

  constructor(
    private readonly proxy: GpuDeviceProxy,
    private readonly maxBufferBytes: Bytes,
  ) {}

  /** Bytes that one buffer can hold at most. */
  get largest(): Bytes {
    return this.maxBufferBytes;
  }

  private sizeFor(bytes: Bytes): Bytes {
    let size = SMALLEST_BYTES;
    while (size < bytes) size *= 2;
    return Math.min(size, this.maxBufferBytes);
  }

  /** A read-back buffer of at least so many bytes; the pool still owns it. */
  readBuffer(bytes: Bytes): GPUBuffer {
    if (this.read !== undefined && this.read.size >= bytes) return this.read;
    if (this.read !== undefined) this.proxy.destroyBuffer(this.read);
    this.read = this.proxy.createBuffer(
      'staging',
      this.sizeFor(bytes),
      USAGE.MAP_READ | USAGE.COPY_DST,
      'read back',
    );
    return this.read;
  }

  /** A mapped upload buffer of at least so many bytes. It must not be busy. */
  uploadBuffer(bytes: Bytes): GPUBuffer {
    invariant(!this.uploadIsBusy, () => 'The upload buffer is wanted while the GPU has it.');
    if (this.upload !== undefined && this.upload.size >= bytes) return this.upload;
    if (this.upload !== undefined) this.proxy.destroyBuffer(this.upload);
    const usage = USAGE.MAP_WRITE | USAGE.COPY_SRC;
    this.uploadRange = undefined;
    this.upload = this.proxy.createMappedBuffer('staging', this.sizeFor(bytes), usage, 'upload');
    return this.upload;
  }

  /** The bytes of the mapped upload buffer; a range can be asked for only once per mapping. */
  get uploadBytes(): Uint8Array {
    this.uploadRange ??= new Uint8Array(this.upload!.getMappedRange());
    return this.uploadRange;
  }

  /** The next submit uses the upload buffer. */
  unmapUpload(): void {
    this.upload!.unmap();
    this.uploadRange = undefined;
    this.uploadIsBusy = true;
  }

  /** Wait until the GPU gives the upload buffer back, which means that everything submitted with it is done. */
  async waitForUpload(): Promise<void> {
    if (!this.uploadIsBusy) return;
    await this.proxy.mapForWriting(this.upload!);
    this.uploadIsBusy = false;
  }

  /** After a barrier: very large buffers are not kept. */
  trim(): void {
    if (this.read !== undefined && this.read.size > KEPT_BYTES) {
      this.proxy.destroyBuffer(this.read);
      this.read = undefined;
    }
    if (this.upload !== undefined && !this.uploadIsBusy && this.upload.size > KEPT_BYTES) {
      this.proxy.destroyBuffer(this.upload);
      this.upload = undefined;
      this.uploadRange = undefined;
    }
  }

  bounceBuffer(): GPUBuffer {
    this.bounce ??= this.proxy.createBuffer(
      'staging',
      BOUNCE_BYTES,
      USAGE.COPY_SRC | USAGE.COPY_DST,
      'bounce',
    );
    return this.bounce;
  }

  state(): StagingState {
    const buffers = [this.read, this.upload, this.bounce].filter(buffer => buffer !== undefined);
    return { bufferBytes: buffers.map(buffer => buffer.size) };
  }

  dispose(): void {
    for (const buffer of [this.read, this.upload, this.bounce])
      if (buffer !== undefined) this.proxy.destroyBuffer(buffer);
    this.read = undefined;
    this.upload = undefined;
    this.bounce = undefined;
  }
}
