/**
 * Covers random programs: contents as their recipes say, one run or many short ones with the same end, and equal answers and
 * memory on every machine with the paged layout. Not here: what single commands do (ring_commands.test.ts).
 */
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { gpuForTests, machineFile, ringMachineKinds } from '../../testing/hw_machines.ts';
import {
  BATCH,
  DATA,
  MachinePool,
  NOWHERE,
  RingFixture,
  SEQNO_ADDRESS,
  SYSTEM,
} from '../../testing/ring_fixture.ts';
import * as C from './commands.ts';
import { E_ACTHD, E_HEAD, E_SEQNO, E_STATUS, isStopped, STATUS_IDLE } from './engine_state.ts';

const invalid = machineFile('lab-16m');
const machines = [invalid, { ...invalid, unboundEntry: 'scratch' } as const, { ...invalid, tlb: true }];
const kinds = ringMachineKinds(await gpuForTests());

/** What one random program is made of. */
interface Program {
  readonly ring: readonly number[][];
  readonly batch: readonly number[][];
  readonly bytes: readonly number[];
  readonly machine: number;
}

const word = fc.nat({ max: 0xffff_ffff });
/** Mostly what is bound, now and then what is not; now and then not aligned. */
const address = fc
  .tuple(
    fc.oneof(
      { weight: 8, arbitrary: fc.integer({ min: DATA, max: DATA + 0x28000 }) },
      { weight: 4, arbitrary: fc.integer({ min: SYSTEM, max: SYSTEM + 0xf000 }) },
      { weight: 1, arbitrary: fc.integer({ min: NOWHERE, max: NOWHERE + 0x3000 }) },
    ),
    fc.integer({ min: 0, max: 60 }),
  )
  .map(([at, unaligned]) => (unaligned === 60 ? at : at & ~3));
const format = fc.constantFrom(0, 1, 0, 1, 0x10, 0x11);
const point = fc.record({ x: fc.nat({ max: 40 }), y: fc.nat({ max: 20 }) });
const surface = fc.record({
  address,
  pitch: fc.constantFrom(128, 256, 512, 512, 1024, 1024, 1536),
  format,
});
const size = fc.nat({ max: 70 });

const command: fc.Arbitrary<number[]> = fc.oneof(
  { weight: 1, arbitrary: fc.constant(C.nop()) },
  { weight: 3, arbitrary: fc.tuple(address, word).map(args => C.storeDword(...args)) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(address, fc.nat({ max: 3000 }), word)
      .map(([at, n, value]) => C.fill(at, 4 * n, value)),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(address, address, fc.nat({ max: 2000 }))
      .map(([to, from, n]) => C.copy(to, from, 4 * n)),
  },
  // Onto itself at a distance of a few dwords: many pieces.
  {
    weight: 1,
    arbitrary: fc
      .tuple(address, fc.integer({ min: -40, max: 40 }), fc.nat({ max: 300 }))
      .map(([to, away, n]) => C.copy(to, to + 4 * away, 4 * n)),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(surface, point, surface, point, size, size)
      .map(([to, at, from, origin, w, h]) => C.blit(to, at, from, origin, w, h)),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(surface, point, size, size, word).map(args => C.drawRect(...args)),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(surface, point, word, word, address, fc.array(fc.nat({ max: 255 }), { maxLength: 12 }))
      .map(args => C.drawText(...args)),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(address, fc.constantFrom(0x8000_0000, 0, 7)).map(args => C.wait(...args)),
  },
  { weight: 1, arbitrary: fc.constant(C.userInterrupt()) },
  { weight: 1, arbitrary: fc.constant(C.flush()) },
  { weight: 1, arbitrary: fc.nat({ max: 1000 }).map(seqno => C.storeDword(SEQNO_ADDRESS, seqno)) },
);

const program: fc.Arbitrary<Program> = fc.record({
  ring: fc.array(command, { maxLength: 14 }),
  batch: fc.array(command, { maxLength: 14 }),
  bytes: fc.array(word, { minLength: 1, maxLength: 40 }),
  machine: fc.nat({ max: machines.length - 1 }),
});

/** A machine with the program in it: a batch, then a ring that calls it half way. */
async function load(pool: MachinePool, { ring, batch, bytes, machine }: Program): Promise<RingFixture> {
  const fixture = await RingFixture.create(pool, machines[machine]!, { seed: bytes[0]! });
  const pattern = Uint32Array.from({ length: 12_000 }, (_, i) => bytes[i % bytes.length]! + i);
  fixture.write(DATA, pattern);
  fixture.write(BATCH, [...batch.flat(), ...C.batchEnd()]);
  const half = ring.length >> 1;
  fixture.submit(...ring.slice(0, half), C.batchStart(BATCH), ...ring.slice(half));
  return fixture;
}

/** A text drawn over its own glyphs: its bytes depended on the order of the GPU's threads until it became a bad command. */
const TEXT_OVER_GLYPHS: Program = {
  ring: [
    C.drawText({ address: DATA, pitch: 1536, format: 1 }, { x: 37, y: 15 }, 1, 2, DATA + 44_296, [1, 2, 3]),
  ],
  batch: [],
  bytes: [1427000929, 1578024121, 2538470155],
  machine: 1,
};

describe.each(kinds)('random programs on $name', kind => {
  const pool = new MachinePool(kind);
  const numRuns = kind.kind === 'host' ? 60 : 12;

  afterAll(() => pool.dispose());

  test('every page has the hash that its recipe got from the run', async () => {
    const seen = new Set<number>();
    await fc.assert(
      fc.asyncProperty(program, async given => {
        const fixture = await load(pool, given);
        const answer = await fixture.run();
        seen.add(answer[E_STATUS]!);
        expect(await fixture.wrongFrames()).toEqual([]);
        fixture.dispose();
      }),
      // Among a few random programs there may be none that runs to its end.
      { numRuns, examples: [[{ ring: [], batch: [], bytes: [1], machine: 0 }]] },
    );
    expect(seen.has(STATUS_IDLE)).toBe(true);
  });

  test('one run or many of one slice: the same bytes, the same place', async () => {
    await fc.assert(
      fc.asyncProperty(program, async given => {
        const once = await load(pool, given);
        const pieces = await load(pool, given);
        const whole = await once.run();
        pieces.maxSlices = 1;
        let piece = await pieces.run();
        for (let i = 0; i < 4096 && piece[E_STATUS] !== STATUS_IDLE && !isStopped(piece[E_STATUS]!); i++)
          piece = await pieces.run();
        const place = [E_STATUS, E_HEAD, E_SEQNO, E_ACTHD];
        expect(place.map(at => piece[at])).toEqual(place.map(at => whole[at]));
        expect(Buffer.compare(await pieces.memory(), await once.memory())).toBe(0);
        once.dispose();
        pieces.dispose();
      }),
      { numRuns: numRuns / 4 },
    );
  });
});

test.each(kinds.slice(1))(
  'random programs: $name answers as the host does, and leaves the same bytes',
  async kind => {
    const hostPool = new MachinePool(kinds[0]!);
    const pool = new MachinePool(kind);
    await fc.assert(
      fc.asyncProperty(program, async given => {
        const host = await load(hostPool, given);
        const other = await load(pool, given);
        expect([...(await other.run())]).toEqual([...(await host.run())]);
        expect(Buffer.compare(await other.memory(), await host.memory())).toBe(0);
        host.dispose();
        other.dispose();
      }),
      { numRuns: 10, endOnFailure: true, examples: [[TEXT_OVER_GLYPHS]] },
    );
    await hostPool.dispose();
    await pool.dispose();
  },
);
