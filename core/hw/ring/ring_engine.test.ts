/**
 * Covers the engine on every machine with the paged layout: slices, wrap-around, hangs, errors, declared frames, snapshots.
 * Not here: what each command does (ring_commands.test.ts), faults and TLB (ring_faults.test.ts), random programs.
 */
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { restoreSnapshot, takeSnapshot } from '../../base/snapshot.ts';
import { PAGE_SIZE } from '../../base/units.ts';
import { gpuForTests, machineFile, ringMachineKinds } from '../../testing/hw_machines.ts';
import {
  BATCH,
  DATA,
  MachinePool,
  NOWHERE,
  outcomeOf,
  RING,
  RingFixture,
  type RingFixtureOptions,
  SEQNO_ADDRESS,
  STATUS_PAGE,
  SYSTEM,
} from '../../testing/ring_fixture.ts';
import type { CommandQueue } from '../command_queue.ts';
import { revealContents } from '../reveal_contents.ts';
import * as C from './commands.ts';
import * as E from './engine_state.ts';

const invalid = machineFile('lab-16m');
const withTlb = { ...invalid, tlb: true };
const kinds = ringMachineKinds(await gpuForTests());

describe.each(kinds)('engine on $name', kind => {
  const pool = new MachinePool(kind);
  let fixture: RingFixture;

  async function start(description = invalid as typeof withTlb, options: RingFixtureOptions = {}) {
    fixture = await RingFixture.create(pool, description, options);
    return fixture;
  }

  afterEach(() => fixture.dispose());
  afterAll(() => pool.dispose());

  describe('slices', () => {
    test('256 commands a slice: many small commands take as many slices as they need', async () => {
      await start();
      const answer = await fixture.execute(...Array.from({ length: 600 }, () => C.nop()));
      expect(outcomeOf(answer)).toEqual([E.STATUS_IDLE, 3, 600, RING + 2400]);
    });

    test('a long command goes on in the next slice; run after run brings it to its end', async () => {
      await start();
      const bytes = 0x20000 + 0x8000;
      for (let page = 0; page < bytes / PAGE_SIZE; page++)
        fixture.bindFrame(NOWHERE + page * PAGE_SIZE, fixture.takeFrame());
      const bound = fixture.boundFrames().length;
      expect(bound).toBeGreaterThan(bytes / PAGE_SIZE);
      // One slice is 65,536 dwords: 256 KiB.
      fixture.maxSlices = 1;
      fixture.submit(C.copy(NOWHERE + 4, NOWHERE, bytes - 8), C.storeDword(DATA, 1));
      fixture.write(NOWHERE, [1, 2, 3]);
      // Overlap by one dword: one unit a slice.
      const first = await fixture.run();
      expect(outcomeOf(first)).toEqual([E.STATUS_RUNNING, 1, 0, RING]);
      expect(first[E.E_UNITS_DONE]).toBe(1);
      fixture.maxSlices = 2;
      expect((await fixture.run())[E.E_UNITS_DONE]).toBe(3);
      expect(await fixture.wrongFrames()).toEqual([]);
    });

    test('a fill of several slices: each does 65,536 dwords, the bytes are all there', async () => {
      await start(invalid as typeof withTlb, {});
      for (let page = 0; page < 160; page++)
        fixture.bindFrame(NOWHERE + page * PAGE_SIZE, fixture.takeFrame());
      const answer = await fixture.execute(
        C.fill(NOWHERE, 160 * PAGE_SIZE, 0xabcdef01),
        C.storeDword(DATA, 1),
      );
      expect(outcomeOf(answer)).toEqual([E.STATUS_IDLE, 4, 2, RING + 28]);
      expect(answer[E.A_BYTES]).toBe(160 * PAGE_SIZE + 4);
      expect(await fixture.read(NOWHERE + 159 * PAGE_SIZE, 1024)).toEqual(Array(1024).fill(0xabcdef01));
      expect(await fixture.wrongFrames()).toEqual([]);
    });

    test('ring full of commands, round and round: wraps with NOPs in front of the end', async () => {
      await start();
      let expected = 0;
      for (let round = 0; round < 5; round++) {
        // 4096 bytes are no multiple of 28: the tail meets the end at another place each time.
        const rects = Array.from({ length: 100 }, (_, i) =>
          C.drawRect({ address: DATA, pitch: 512, format: 0 }, { x: i, y: round }, 1, 1, ++expected),
        );
        const answer = await fixture.execute(...rects);
        expect([answer[E.E_STATUS], answer[E.E_HEAD]]).toEqual([E.STATUS_IDLE, fixture.tail]);
      }
      expect(await fixture.read(DATA + 4 * 512, 100)).toEqual(Array.from({ length: 100 }, (_, i) => 401 + i));
      expect(await fixture.wrongFrames()).toEqual([]);
    });

    test('two doorbells without a barrier between them: the second goes on where the first ended', async () => {
      await start();
      fixture.submit(C.storeDword(DATA, 1), C.storeDword(SEQNO_ADDRESS, 1));
      const first = fixture.ring();
      fixture.submit(C.copy(DATA + 4, DATA, 4), C.storeDword(SEQNO_ADDRESS, 2));
      const second = fixture.ring();
      await fixture.barrier();
      expect(fixture.queue.answer(first)[E.E_SEQNO]).toBe(1);
      expect(fixture.queue.answer(second)[E.E_SEQNO]).toBe(2);
      expect(await fixture.read(DATA, 2)).toEqual([1, 1]);
      expect(await fixture.wrongFrames()).toEqual([]);
    });
  });

  describe('hangs', () => {
    test('a WAIT that nothing satisfies: a hang after so many slices without progress', async () => {
      await start();
      const answer = await fixture.execute(C.nop(), C.wait(DATA, 1), C.storeDword(DATA + 4, 1));
      expect(outcomeOf(answer)).toEqual([E.STATUS_HANG, 17, 1, RING + 4]);
      expect(answer[E.E_STALLED]).toBe(16);
      expect(await fixture.read(DATA + 4, 1)).toEqual([0]);
    });

    test('an endless batch: a hang with the address at which it stands; a new start goes on with other work', async () => {
      await start();
      fixture.write(BATCH + 64, [...C.storeDword(DATA, 7), ...C.nop(), ...C.batchChain(BATCH + 64)]);
      const answer = await fixture.execute(C.batchStart(BATCH + 64), C.storeDword(SEQNO_ADDRESS, 1));
      expect(answer[E.E_STATUS]).toBe(E.STATUS_HANG);
      expect(answer[E.A_SLICES]).toBe(17);
      expect(answer[E.E_ACTHD]! - BATCH - 64).toBeLessThan(24);
      expect([answer[E.E_HEAD], answer[E.E_SEQNO]]).toEqual([8, 0]);
      const again = await fixture.run();
      expect(outcomeOf(again)).toEqual([E.STATUS_HANG, 0, 0, answer[E.E_ACTHD]]);
      fixture.startEngine();
      const other = await fixture.execute(C.storeDword(SEQNO_ADDRESS, 2));
      expect([other[E.E_STATUS], other[E.E_SEQNO]]).toEqual([E.STATUS_IDLE, 2]);
      expect(await fixture.wrongFrames()).toEqual([]);
    });

    test('an endless batch that does work all the time: a hang, too', async () => {
      await start();
      fixture.write(BATCH, [...C.fill(DATA, 64, 7), ...C.batchChain(BATCH)]);
      const answer = await fixture.execute(C.batchStart(BATCH));
      expect([answer[E.E_STATUS], answer[E.E_STALLED]]).toEqual([E.STATUS_HANG, 16]);
    });
  });

  describe('errors', () => {
    test.each([
      ['unknown opcode', [0x7f00_0000], E.STATUS_BAD_OPCODE],
      ['wrong length', [C.commandHeader(C.CMD_FILL, 3), DATA, 4], E.STATUS_BAD_COMMAND],
      ['address off by two', C.storeDword(DATA + 2, 1), E.STATUS_BAD_COMMAND],
      ['bytes that are no dwords', C.fill(DATA, 6, 1), E.STATUS_BAD_COMMAND],
      [
        'unknown format',
        C.drawRect({ address: DATA, pitch: 64, format: 2 }, { x: 0, y: 0 }, 1, 1, 1),
        E.STATUS_BAD_COMMAND,
      ],
      [
        'pitch of a tiled side',
        C.drawRect({ address: DATA, pitch: 64, format: 16 }, { x: 0, y: 0 }, 1, 1, 1),
        E.STATUS_BAD_COMMAND,
      ],
      [
        'blit onto itself',
        C.blit(
          { address: DATA, pitch: 64, format: 0 },
          { x: 0, y: 0 },
          { address: DATA + 64, pitch: 64, format: 0 },
          { x: 0, y: 0 },
          4,
          4,
        ),
        E.STATUS_BAD_COMMAND,
      ],
      [
        'rows longer than the pitch',
        C.drawRect({ address: DATA, pitch: 64, format: 0 }, { x: 10, y: 0 }, 7, 1, 1),
        E.STATUS_BAD_COMMAND,
      ],
      [
        'surface longer than the address space',
        C.drawRect({ address: DATA, pitch: 0x8000_0000, format: 0 }, { x: 0, y: 1 }, 1, 1, 1),
        E.STATUS_BAD_COMMAND,
      ],
      ['BATCH_END in the ring', C.batchEnd(), E.STATUS_BAD_COMMAND],
      ['BATCH_CHAIN in the ring', C.batchChain(BATCH), E.STATUS_BAD_COMMAND],
      ['over the tail', [C.commandHeader(C.CMD_FILL, 4), DATA, 4], E.STATUS_BAD_COMMAND],
    ])('%s: the engine stops there, and what came before is done', async (_, bad, status) => {
      await start();
      const answer = await fixture.execute(C.storeDword(DATA + 64, 9), bad);
      expect(outcomeOf(answer)).toEqual([status, 1, 1, RING + 12]);
      expect(answer[E.A_FAULTS]).toBe(0);
      expect(await fixture.read(DATA + 64, 1)).toEqual([9]);
      expect(await fixture.wrongFrames()).toEqual([]);
    });

    test('BATCH_START in a batch: stops with the address in the batch', async () => {
      await start();
      fixture.write(BATCH, [...C.nop(), ...C.batchStart(BATCH + 64)]);
      const answer = await fixture.execute(C.batchStart(BATCH));
      expect(outcomeOf(answer)).toEqual([E.STATUS_BAD_COMMAND, 1, 2, BATCH + 4]);
    });
  });

  describe('contents', () => {
    test('a write to a frame that the run did not declare: verification finds it', async () => {
      await start();
      const status = fixture.frames.get(STATUS_PAGE / PAGE_SIZE)!;
      const declared = fixture.frames.get(DATA / PAGE_SIZE)!;
      const astray = fixture.frames.get(DATA / PAGE_SIZE + 1)!;
      fixture.submit(C.fill(DATA, 64, 1), C.storeDword(DATA + PAGE_SIZE + 4, 1));
      await fixture.run([status, declared]);
      expect(await fixture.wrongFrames()).toEqual([`frame ${astray}`]);
    });

    test('copies of pages that a run wrote, stores of the CPU into them: every hash is right', async () => {
      const { queue } = await start();
      const page = fixture.frames.get(DATA / PAGE_SIZE)!;
      const other = fixture.frames.get(DATA / PAGE_SIZE + 1)!;
      const third = fixture.frames.get(DATA / PAGE_SIZE + 2)!;
      fixture.submit(C.fill(DATA, PAGE_SIZE, 0x01020304));
      fixture.ring();
      queue.storeByte(page, 9, 200);
      queue.copyPages([page], [other], 'job');
      queue.storeWord(page, 1, 2);
      queue.storeWords(other, 16, [1, 2, 3]);
      queue.copyPages([other], [third], 'job');
      queue.fillPages(other, 1, 3);
      const settled = queue.nrTickets;
      await fixture.barrier();
      expect(queue.nrTickets).toBeGreaterThan(settled);
      expect(queue.isOwnTicket(settled)).toBe(true);
      expect(await fixture.wrongFrames()).toEqual([]);
      queue.storeByte(page, 9, 201);
      queue.storeByte(page, 10, 202);
      await fixture.barrier();
      expect(await fixture.wrongFrames()).toEqual([]);
      expect(await fixture.read(DATA, 3)).toEqual([2, 1, 0x01cac904]);
      expect((await fixture.read(DATA + 2 * PAGE_SIZE, 8)).slice(2)).toEqual([
        0x0102c804, 0x01020304, 1, 2, 3, 0x01020304,
      ]);
    });

    test('hash of a page before its barrier: ModelBug, it is not known yet', async () => {
      const { queue } = await start();
      fixture.submit(C.fill(DATA, 4, 1));
      fixture.ring();
      expect(() => queue.contents.hashOf([fixture.frames.get(DATA / PAGE_SIZE)!])).toThrow(
        /after the next barrier/,
      );
      await fixture.barrier();
    });

    test('snapshot in the middle of a batch, restored into a new machine: goes on to the same end', async () => {
      await start(withTlb);
      fixture.write(BATCH, [
        ...C.fill(DATA, 64, 7),
        ...C.fill(SYSTEM, 64, 8),
        ...C.storeDword(DATA + 4, 9),
        ...C.batchEnd(),
      ]);
      fixture.submit(
        C.flush(),
        C.batchStart(BATCH),
        C.copy(DATA + 0x1000, DATA, 64),
        C.storeDword(SEQNO_ADDRESS, 3),
      );
      fixture.maxSlices = 2;
      const first = await fixture.run();
      expect([first[E.E_STATUS], first[E.E_IN_BATCH]]).toEqual([E.STATUS_RUNNING, 1]);
      const { queue, machine } = fixture;
      queue.forgetAnswers();
      expect(() => queue.prepareSnapshot()).toThrow(/known to the machine alone/);
      await revealContents(queue, machine);
      queue.prepareSnapshot();
      const copy = restoreSnapshot(structuredClone(takeSnapshot(queue))) as CommandQueue;
      const end = await fixture.run();
      const bytes = await fixture.memory();
      const fresh = await pool.take(withTlb);
      await fresh.restoreContents(copy);
      const { tail, hangSlices } = fixture;
      const ticket = copy.ringRun({
        engine: 0,
        tail,
        maxSlices: 2,
        hangSlices,
        mayWrite: fixture.boundFrames(),
      });
      await fresh.drain(copy);
      expect([...copy.answer(ticket)]).toEqual([...end]);
      expect(await fresh.readPages(fixture.boundFrames())).toEqual(bytes);
      expect(await fixture.wrongFrames()).toEqual([]);
      pool.giveBack(fresh);
    });
  });

  test('four engines: each has its own registers', async () => {
    await start();
    const { queue } = fixture;
    const setup = { base: RING, bytes: fixture.ringBytes, head: 0, statusPage: STATUS_PAGE };
    for (let engine = 1; engine < E.RING_ENGINES; engine++) queue.ringStart({ engine, ...setup });
    fixture.submit(C.storeDword(SEQNO_ADDRESS, 1), C.storeDword(SEQNO_ADDRESS, 2));
    const run = { maxSlices: 9, hangSlices: 9, mayWrite: fixture.boundFrames() };
    queue.ringRun({ engine: 1, tail: 12, ...run });
    queue.ringRun({ engine: 3, tail: 24, ...run });
    await fixture.barrier();
    expect([0, 1, 2, 3].map(engine => queue.engines.stateOf(engine)[E.E_SEQNO])).toEqual([0, 1, 0, 2]);
    expect([0, 1, 2, 3].map(engine => queue.engines.stateOf(engine)[E.E_HEAD])).toEqual([0, 12, 0, 24]);
  });

  test('a tail outside the ring, an engine that was never started: refused as a bug of the kernel', async () => {
    await start();
    const run = { tail: 0, maxSlices: 1, hangSlices: 1, mayWrite: [] };
    expect(() => fixture.queue.ringRun({ ...run, engine: 0, tail: PAGE_SIZE })).toThrow(
      /does not lie in the ring/,
    );
    expect(() => fixture.queue.ringRun({ ...run, engine: 2 })).toThrow(/does not lie in the ring/);
    expect(() =>
      fixture.queue.ringStart({ engine: 9, base: RING, bytes: PAGE_SIZE, head: 0, statusPage: STATUS_PAGE }),
    ).toThrow(/no ring engine 9/);
  });
});
