/**
 * The ring: bytes of a pinned object into which the kernel writes commands and from which the engine reads them.
 *
 * Models     drivers/gpu/drm/i915/gt/intel_ring.c: intel_ring_begin, __intel_ring_space, wrap (Linux 6.18)
 * Units      bytes of the ring; positions are below its size
 * Invariants I1 size is a power of two; 0 <= space < size
 *            I2 emit never enters the cache line of head from behind (the 64 bytes that space() leaves)
 *            I3 what lies between head and emit is what was written there (`words`), until it is retired
 *            I4 emit is a multiple of 8, and never the size: the end of the ring is 0
 */
import { invariant } from '../../base/invariant.ts';
import { snapshotClass } from '../../base/snapshot.ts';
import { type Bytes, PAGE_SIZE } from '../../base/units.ts';
import type { DataPlane } from '../../hw/data_plane.ts';
import type { TtmBo } from '../ttm/ttm_bo.ts';
import { ringSpace } from './ring_space.ts';

export class RingBuffer {
  readonly size: Bytes;
  /** End of the last retired request. */
  head = 0;
  /** Where the next command goes. */
  emit = 0;
  /** Bytes of NOPs with which the end of the ring was filled so far. */
  wrapped: Bytes = 0;
  /** What was written, dword by dword. */
  readonly words: Uint32Array;

  constructor(
    readonly bo: TtmBo,
    private readonly plane: DataPlane,
  ) {
    this.size = 1 << (31 - Math.clz32(bo.sizeBytes));
    this.words = new Uint32Array(this.size / 4);
  }

  /** Bytes that may be written before the head must move on. */
  get space(): Bytes {
    return this.spaceWith(this.head);
  }

  /** GART address of the ring. */
  get address(): number {
    return this.bo.gart!.start * PAGE_SIZE;
  }

  /** Bytes that must be free for `bytes` in one piece: more when the end of the ring has to be filled with NOPs. */
  needed(bytes: Bytes): Bytes {
    return this.emit + bytes > this.size ? this.size - this.emit + bytes : bytes;
  }

  /** Space after the head has come to a position. */
  spaceWith(head: number): Bytes {
    return ringSpace(this.size, head, this.emit);
  }

  /**
   * Make the next `bytes` lie in one piece; the caller has seen to it that needed() are free.
   *
   * @returns dwords of NOPs that fill the end of the ring; 0 without a wrap
   */
  begin(bytes: Bytes): number {
    invariant(
      bytes % 8 === 0 && this.needed(bytes) <= this.space,
      () => `A request of ${bytes} bytes begins in a ring with ${this.space} bytes of space.`,
    );
    if (this.emit + bytes <= this.size) return 0;
    const nops = (this.size - this.emit) / 4;
    this.write(this.emit, new Uint32Array(nops));
    this.wrapped += nops * 4;
    this.emit = 0;
    return nops;
  }

  /** Write commands behind each other. */
  append(words: ArrayLike<number>): void {
    this.write(this.emit, words);
    this.emit = (this.emit + words.length * 4) & (this.size - 1);
  }

  /** Turn what lies at [from, to) into NOPs. Models __i915_request_skip(). */
  erase(from: number, to: number): void {
    this.write(from, new Uint32Array((to - from) / 4));
  }

  /** Everything in it was lost: it is empty and begins at 0. */
  restart(): void {
    this.head = 0;
    this.emit = 0;
    this.words.fill(0);
  }

  private write(at: number, words: ArrayLike<number>): void {
    this.words.set(words, at / 4);
    for (let done = 0; done < words.length; ) {
      const byte = at + done * 4;
      const inPage = byte % PAGE_SIZE;
      const count = Math.min(words.length - done, (PAGE_SIZE - inPage) / 4);
      this.plane.storeWords(
        this.bo.pfnOfPage((byte - inPage) / PAGE_SIZE),
        inPage,
        Array.prototype.slice.call(words, done, done + count),
      );
      done += count;
    }
  }
}
snapshotClass(RingBuffer, 'drm.RingBuffer');
