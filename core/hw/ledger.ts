/**
 * The account of GPU memory: what is alive, by purpose, counted where buffers are created and destroyed and nowhere else.
 * hw/expected_bytes.ts computes the same numbers from the model; both must agree at every barrier.
 *
 * Units      bytes
 */
import { invariant } from '../base/invariant.ts';
import type { Bytes } from '../base/units.ts';

/** What a GPU buffer is for. */
export const PURPOSES = ['heap', 'dedicated', 'staging', 'gart', 'engine', 'query'] as const;
export type Purpose = (typeof PURPOSES)[number];

/** Bytes by purpose. */
export type BytesByPurpose = Record<Purpose, Bytes>;

/** Zero bytes of everything. */
export function noBytes(): BytesByPurpose {
  return { heap: 0, dedicated: 0, staging: 0, gart: 0, engine: 0, query: 0 };
}

export class Ledger {
  /** Live bytes and buffers by purpose. */
  readonly live: BytesByPurpose = noBytes();
  readonly liveBuffers: Record<Purpose, number> = noBytes();
  buffersCreated = 0;
  buffersDestroyed = 0;
  submits = 0;
  /** Read-backs and uploads that were waited for. */
  maps = 0;

  /** @param destroysToForget sabotage (hw/sabotage.ts): so many buffers stay alive when they should be destroyed */
  constructor(private destroysToForget = 0) {}

  /** True once per destroyed buffer that sabotage wants to keep alive; ask before destroying. */
  forgetsDestroy(): boolean {
    if (this.destroysToForget === 0) return false;
    this.destroysToForget--;
    return true;
  }

  created(purpose: Purpose, sizeBytes: Bytes): void {
    this.live[purpose] += sizeBytes;
    this.liveBuffers[purpose]++;
    this.buffersCreated++;
  }

  destroyed(purpose: Purpose, sizeBytes: Bytes): void {
    this.live[purpose] -= sizeBytes;
    this.liveBuffers[purpose]--;
    this.buffersDestroyed++;
    invariant(
      this.liveBuffers[purpose] >= 0 && this.live[purpose] >= 0,
      () =>
        `More ${purpose} buffers were destroyed than created (${this.liveBuffers[purpose]} buffers, ${this.live[purpose]} bytes left).`,
    );
  }

  /** The device is gone and took every buffer with it. */
  deviceLost(): void {
    for (const purpose of PURPOSES) {
      this.buffersDestroyed += this.liveBuffers[purpose];
      this.liveBuffers[purpose] = 0;
      this.live[purpose] = 0;
    }
  }

  /** Live bytes of all purposes. */
  get liveBytes(): Bytes {
    let bytes = 0;
    for (const purpose of PURPOSES) bytes += this.live[purpose];
    return bytes;
  }
}
