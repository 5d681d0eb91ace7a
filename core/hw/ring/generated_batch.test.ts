/**
 * Proves that the machine itself executes the ring: 10,000 commands that it wrote itself into memory that the host never holds
 * run through a shuffled GART with wrap-around of the ring, and leave the same bytes on every machine.
 */
import { afterAll, describe, expect, test } from 'vitest';
import { PAGE_SIZE } from '../../base/units.ts';
import { gpuForTests, machineFile, ringMachineKinds } from '../../testing/hw_machines.ts';
import { BATCH, DATA, MachinePool, RingFixture, SEQNO_ADDRESS } from '../../testing/ring_fixture.ts';
import { generateSlot, SLOT_BYTES } from './batch_generator.ts';
import * as C from './commands.ts';
import { A_COMMANDS, A_FAULTS, E_HEAD, E_SEQNO, E_STATUS, STATUS_IDLE } from './engine_state.ts';

const description = machineFile('lab-16m');
const kinds = ringMachineKinds(await gpuForTests());
const BATCHES = 20;
const REQUEST = {
  address: BATCH,
  slots: 10_000,
  slotsPerBatch: 10_000 / BATCHES,
  seed: 0x5eed,
  target: DATA,
  targetBytes: 32 * PAGE_SIZE,
};
const BATCH_PAGES = Math.ceil((REQUEST.slots * SLOT_BYTES) / PAGE_SIZE);

/** The bytes that the first machine left; the others must leave the same. */
let first: { readonly memory: Uint8Array; readonly answer: readonly number[] } | undefined;

describe.each(kinds)('a batch that $name makes itself', kind => {
  const pool = new MachinePool(kind);
  afterAll(() => pool.dispose());

  test('10,000 commands, ring with wrap-around: the bytes are those of every other machine', {
    timeout: 240_000,
  }, async () => {
    const fixture = await RingFixture.create(pool, description, { batchPages: BATCH_PAGES, seed: 7 });
    const { queue, machine } = fixture;
    const batchFrames = Array.from(
      { length: BATCH_PAGES },
      (_, i) => fixture.frames.get(BATCH / PAGE_SIZE + i)!,
    );
    // The tail stands shortly before the end of the ring.
    await fixture.execute(...Array.from({ length: 960 }, () => C.nop()));
    await machine.generateBatch(REQUEST);
    queue.machineWrote(batchFrames);
    for (let batch = 0; batch < BATCHES; batch++) {
      fixture.submit(
        C.batchStart(BATCH + batch * REQUEST.slotsPerBatch * SLOT_BYTES),
        C.storeDword(SEQNO_ADDRESS, batch + 1),
        C.userInterrupt(),
      );
    }
    expect(fixture.tail).toBeLessThan(960 * 4);
    fixture.hangSlices = 64;
    fixture.maxSlices = 20_000;
    const answer = await fixture.run();
    expect([answer[E_STATUS], answer[A_FAULTS], answer[E_SEQNO]]).toEqual([STATUS_IDLE, 0, BATCHES]);
    expect(answer[E_HEAD]).toBe(fixture.tail);
    expect(answer[A_COMMANDS]).toBeGreaterThan(REQUEST.slots);
    // The host has no recipe of the batch, only its hash.
    for (const pfn of batchFrames) expect(queue.contents.isOpaque(queue.contents.idOf(pfn))).toBe(true);
    expect(await fixture.wrongFrames()).toEqual([]);
    const memory = await fixture.memory();
    expect(await fixture.read(BATCH + 4321 * SLOT_BYTES, 8)).toEqual(
      generateSlot(REQUEST, 4321).map(word => word >>> 0),
    );
    first ??= { memory, answer: [...answer] };
    expect([...answer]).toEqual(first.answer);
    expect(Buffer.compare(memory, first.memory)).toBe(0);
    fixture.dispose();
  });
});
