/**
 * Staging buffers: one for reading back, one for uploads that must stay in order with other commands, one for moves
 * inside a heap. Each is made at first use and replaced by a larger one when too small.
 *
 * Units      bytes
 */
import type { Bytes } from '../../base/units.ts';
import type { StagingState } from '../expected_bytes.ts';
import { type GpuDeviceProxy, USAGE } from './gpu_device_proxy.ts';

/** Read-back buffers larger than this are given back after their barrier. */
export const KEPT_READ_BYTES = 64 * 1024 * 1024;
/** Uploads of one submit that need staging; more of them cost another submit. */
export const UPLOAD_BYTES = 16 * 1024 * 1024;
/** Moves inside one heap go through this in pieces. */
export const BOUNCE_BYTES = 1024 * 1024;
const SMALLEST_READ_BYTES = 64 * 1024;

export class StagingPool {
  private read: GPUBuffer | undefined;
  private upload: GPUBuffer | undefined;
  private bounce: GPUBuffer | undefined;

  constructor(
    private readonly proxy: GpuDeviceProxy,
    private readonly maxBufferBytes: Bytes,
  ) {}

  /** Bytes that one read-back buffer can hold at most. */
  get largestRead(): Bytes {
    return this.maxBufferBytes;
  }

  /** A read-back buffer of at least so many bytes; the pool still owns it. */
  readBuffer(bytes: Bytes): GPUBuffer {
    if (this.read !== undefined && this.read.size >= bytes) return this.read;
    if (this.read !== undefined) this.proxy.destroyBuffer(this.read);
    let size = SMALLEST_READ_BYTES;
    while (size < bytes) size *= 2;
    size = Math.min(size, this.maxBufferBytes);
    this.read = this.proxy.createBuffer('staging', size, USAGE.MAP_READ | USAGE.COPY_DST, 'read back');
    return this.read;
  }

  /** After a barrier: a very large read-back buffer is not kept. */
  trim(): void {
    if (this.read === undefined || this.read.size <= KEPT_READ_BYTES) return;
    this.proxy.destroyBuffer(this.read);
    this.read = undefined;
  }

  uploadBuffer(): GPUBuffer {
    this.upload ??= this.proxy.createBuffer(
      'staging',
      UPLOAD_BYTES,
      USAGE.COPY_SRC | USAGE.COPY_DST,
      'upload',
    );
    return this.upload;
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
