/**
 * Seeded random numbers for generators and policies; the state is one word and part of every snapshot.
 *
 * Not for    anything secret. The model never takes randomness from elsewhere.
 */
export class SeededRandom {
  /** Current state; a uint32 that snapshots store. */
  state: number;

  /** @param seed any integer; equal seeds give equal sequences on every machine */
  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** Next uint32 (mulberry32). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  }

  /** Uniform integer in [0, limit); limit at least 1 and at most 2^32. */
  below(limit: number): number {
    return Math.floor((this.next() / 4294967296) * limit);
  }

  /** One element of a non-empty list. */
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  /** True with probability numerator / denominator. */
  chance(numerator: number, denominator: number): boolean {
    return this.below(denominator) < numerator;
  }
}
