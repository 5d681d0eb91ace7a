/**
 * Covers accesses that lead nowhere and the TLB on every machine with the paged layout. Not here: ring_engine.test.ts.
 */
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { PAGE_SIZE } from '../../base/units.ts';
import { gpuForTests, machineFile, ringMachineKinds } from '../../testing/hw_machines.ts';
import {
  DATA,
  faultsOf,
  MachinePool,
  NOWHERE,
  outcomeOf,
  RingFixture,
  type RingFixtureOptions,
  SEQNO_ADDRESS,
  SYSTEM,
} from '../../testing/ring_fixture.ts';
import { GART_PAGE_SHIFT, GART_VALID, GART_WRITABLE } from '../gart_entry.ts';
import * as C from './commands.ts';
import * as E from './engine_state.ts';

const invalid = machineFile('lab-16m');
const scratch = { ...invalid, unboundEntry: 'scratch' } as const;
const withTlb = { ...invalid, tlb: true };
const kinds = ringMachineKinds(await gpuForTests());
const { ACCESS_FETCH, ACCESS_READ, ACCESS_WRITE } = E;

describe.each(kinds)('engine on $name', kind => {
  const pool = new MachinePool(kind);
  let fixture: RingFixture;

  async function start(description = invalid as typeof withTlb, options: RingFixtureOptions = {}) {
    fixture = await RingFixture.create(pool, description, options);
    return fixture;
  }

  afterEach(() => fixture.dispose());
  afterAll(() => pool.dispose());

  describe('unbound entries', () => {
    test('invalid: loads read 0, stores are dropped, one record per page in order', async () => {
      await start();
      fixture.submit(
        C.storeDword(SEQNO_ADDRESS, 11),
        C.storeDword(NOWHERE + 0x5010, 1),
        C.storeDword(NOWHERE + 0x5008, 1),
        C.copy(DATA, NOWHERE + 0x2ffc, 8),
        C.fill(NOWHERE - 8, 16, 3),
        C.storeDword(0xffff_fffc, 3),
      );
      fixture.write(DATA, [5, 5]);
      const answer = await fixture.run();
      expect(outcomeOf(answer).slice(0, 3)).toEqual([E.STATUS_IDLE, 3, 6]);
      expect(faultsOf(answer)).toEqual([
        [11, 1, NOWHERE + 0x5010, ACCESS_WRITE],
        [11, 3, NOWHERE + 0x2ffc, ACCESS_READ],
        [11, 3, NOWHERE + 0x3000, ACCESS_READ],
        [11, 4, NOWHERE - 8, ACCESS_WRITE],
        [11, 4, NOWHERE, ACCESS_WRITE],
        [11, 5, 0xffff_fffc, ACCESS_WRITE],
      ]);
      expect(answer[E.A_FAULTS]).toBe(6);
      expect(await fixture.read(DATA, 2)).toEqual([0, 0]);
      expect(await fixture.wrongFrames()).toEqual([]);
    });

    test('more pages than records: all are counted, the first are recorded', async () => {
      await start();
      const answer = await fixture.execute(C.fill(NOWHERE, 100 * PAGE_SIZE, 1));
      expect(answer[E.A_FAULTS]).toBe(100);
      expect(faultsOf(answer)).toEqual(
        Array.from({ length: 64 }, (_, i) => [0, 0, NOWHERE + i * PAGE_SIZE, ACCESS_WRITE]),
      );
    });

    test('commands at an unbound address: the engine stops and says where', async () => {
      await start();
      const answer = await fixture.execute(C.batchStart(NOWHERE));
      expect(outcomeOf(answer)).toEqual([E.STATUS_FETCH_FAULT, 1, 1, NOWHERE]);
      expect(faultsOf(answer)).toEqual([[0, 1, NOWHERE, ACCESS_FETCH]]);
    });

    test('scratch: loads read 0, stores vanish, nothing is recorded; commands there are NOPs', async () => {
      await start(scratch as unknown as typeof withTlb);
      fixture.submit(C.storeDword(NOWHERE, 1), C.copy(DATA, NOWHERE, 8), C.batchStart(NOWHERE));
      fixture.write(DATA, [5, 5]);
      fixture.maxSlices = 4;
      const answer = await fixture.run();
      // One slice ends with the copy; three more of 256 commands, the first with the BATCH_START.
      expect(outcomeOf(answer)).toEqual([E.STATUS_RUNNING, 4, 2 + 768, NOWHERE + 4 * 767]);
      expect(answer[E.A_FAULTS]).toBe(0);
      expect(await fixture.read(DATA, 2)).toEqual([0, 0]);
    });

    test.each([
      ['invalid', invalid],
      ['scratch', scratch],
    ])('%s machine, a store to a page bound for reading: dropped and recorded', async (_, description) => {
      await start(description as typeof withTlb);
      fixture.bindFrame(NOWHERE, fixture.takeFrame(), 'read');
      fixture.write(NOWHERE, [1, 2, 3]);
      const answer = await fixture.execute(C.storeDword(NOWHERE + 4, 9), C.copy(DATA, NOWHERE, 12));
      expect(faultsOf(answer)).toEqual([[0, 0, NOWHERE + 4, ACCESS_WRITE]]);
      expect(await fixture.read(DATA, 3)).toEqual([1, 2, 3]);
    });

    test.each([
      ['invalid', invalid],
      ['scratch', scratch],
    ])(
      '%s machine, an entry that leads outside memory: recorded with its address',
      async (_, description) => {
        await start(description as typeof withTlb);
        const bad = [0x7_ffff, 1024].map(
          page => (GART_VALID | GART_WRITABLE | (page << GART_PAGE_SHIFT)) >>> 0,
        );
        const heap7 = (GART_VALID | GART_WRITABLE | (7 << 3)) >>> 0;
        fixture.queue.gartWrite(NOWHERE / PAGE_SIZE, [...bad, heap7]);
        const answer = await fixture.execute(
          C.storeDword(NOWHERE + 64, 1),
          C.copy(DATA, NOWHERE + 0x1008, 4),
          C.storeDword(NOWHERE + 0x2000, 1),
        );
        expect(answer[E.E_STATUS]).toBe(E.STATUS_IDLE);
        expect(faultsOf(answer)).toEqual([
          [0, 0, NOWHERE + 64, ACCESS_WRITE],
          [0, 1, NOWHERE + 0x1008, ACCESS_READ],
          [0, 2, NOWHERE + 0x2000, ACCESS_WRITE],
        ]);
        fixture.queue.gartWrite(NOWHERE / PAGE_SIZE, [0, 0, 0]);
        const after = await fixture.execute(C.storeDword(DATA, 4));
        expect([after[E.E_STATUS], after[E.A_FAULTS]]).toEqual([E.STATUS_IDLE, 0]);
        expect(await fixture.wrongFrames()).toEqual([]);
      },
    );

    test('faults count in the next mark', async () => {
      await start();
      fixture.submit(C.fill(NOWHERE, 3 * PAGE_SIZE, 1));
      fixture.ring();
      const mark = fixture.queue.mark(1);
      await fixture.barrier();
      expect(fixture.queue.answer(mark)[2]).toBe(3);
    });
  });

  describe('TLB', () => {
    test('rebound without a flush: stores go to the old page, and verification names it; a flush mends it', async () => {
      await start(withTlb);
      const old = fixture.frames.get(DATA / PAGE_SIZE)!;
      const next = fixture.takeFrame();
      fixture.bindFrame(DATA, next);
      await fixture.execute(C.storeDword(DATA, 6));
      expect(await fixture.wrongFrames([old])).toEqual([`frame ${old}`]);
      expect(await fixture.read(DATA, 1)).toEqual([0]);
      fixture.queue.gartFlush();
      await fixture.execute(C.storeDword(DATA, 8));
      expect(await fixture.read(DATA, 1)).toEqual([8]);
    });

    test('FLUSH in the ring: what follows sees the new entries', async () => {
      await start(withTlb);
      fixture.bindFrame(DATA, fixture.takeFrame());
      const answer = await fixture.execute(C.flush(), C.storeDword(DATA, 6), C.storeDword(SYSTEM, 7));
      expect([answer[E.A_FLUSHES], answer[E.A_SLICES]]).toEqual([1, 2]);
      expect(await fixture.read(DATA, 1)).toEqual([6]);
      expect(await fixture.read(SYSTEM, 1)).toEqual([7]);
      expect(await fixture.wrongFrames()).toEqual([]);
    });

    test('a page bound since the last flush: not seen before it', async () => {
      await start(withTlb);
      fixture.bindFrame(NOWHERE, fixture.takeFrame());
      const answer = await fixture.execute(C.storeDword(NOWHERE, 6));
      expect(faultsOf(answer)).toEqual([[0, 0, NOWHERE, ACCESS_WRITE]]);
    });

    test('machine without a TLB: entries are seen at once, FLUSH does nothing', async () => {
      await start();
      fixture.bindFrame(DATA, fixture.takeFrame());
      const answer = await fixture.execute(C.storeDword(DATA, 6), C.flush(), C.storeDword(DATA + 4, 7));
      expect([answer[E.A_FLUSHES], answer[E.A_SLICES]]).toEqual([1, 1]);
      expect(await fixture.read(DATA, 2)).toEqual([6, 7]);
    });
  });
});
