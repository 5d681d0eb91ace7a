/**
 * Covers every command of the ring on every machine with the paged layout: the bytes it leaves, what it counts.
 * Not here: slices, batches, errors, the TLB (ring_engine.test.ts); random programs (ring_property.test.ts).
 */
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { gpuForTests, machineFile, ringMachineKinds } from '../../testing/hw_machines.ts';
import {
  BATCH,
  DATA,
  MachinePool,
  RING,
  RingFixture,
  SEQNO_ADDRESS,
  STATUS_PAGE,
  SYSTEM,
} from '../../testing/ring_fixture.ts';
import * as C from './commands.ts';
import {
  A_BYTES,
  A_COMMANDS,
  A_FAULTS,
  A_INTERRUPTS,
  A_SLICES,
  E_HEAD,
  E_SEQNO,
  E_STATUS,
  HWS_HEAD,
  STATUS_IDLE,
  STATUS_WAITING,
} from './engine_state.ts';

const description = machineFile('lab-16m');
const kinds = ringMachineKinds(await gpuForTests());
const PITCH = 64;
const XRGB: C.Surface = { address: DATA, pitch: PITCH, format: C.FORMAT_XRGB8888 };
const SHORT: C.Surface = { address: DATA + 0x2000, pitch: PITCH, format: C.FORMAT_RGB565 };

describe.each(kinds)('commands on $name', kind => {
  const pool = new MachinePool(kind);
  let fixture: RingFixture;

  async function start(): Promise<RingFixture> {
    fixture = await RingFixture.create(pool, description);
    return fixture;
  }

  /** Run commands to the end, without faults, and find every frame as its recipe says. */
  async function execute(...commands: number[][]): Promise<Uint32Array> {
    const answer = await fixture.execute(...commands);
    expect([answer[E_STATUS], answer[A_FAULTS]]).toEqual([STATUS_IDLE, 0]);
    expect(await fixture.wrongFrames()).toEqual([]);
    return answer;
  }

  afterEach(() => fixture.dispose());
  afterAll(() => pool.dispose());

  test('empty ring: idle at once, nothing used', async () => {
    const { machine } = await start();
    const answer = await fixture.run();
    expect(machine.kind).toBe(kind.kind);
    expect([answer[E_STATUS], answer[A_SLICES], answer[A_COMMANDS]]).toEqual([STATUS_IDLE, 0, 0]);
  });

  test('NOP of any length, STORE_DWORD, breadcrumb and interrupt: head and seqno in the status page', async () => {
    await start();
    const answer = await execute(
      C.nop(),
      [C.commandHeader(C.CMD_NOP, 7), 1, 2, 3, 4, 5, 6],
      C.storeDword(DATA + 0x1ffc, 0xdeadbeef),
      C.storeDword(SYSTEM + 8, 77),
      C.storeDword(SEQNO_ADDRESS, 41),
      C.userInterrupt(),
    );
    expect(answer[A_COMMANDS]).toBe(6);
    expect([answer[A_SLICES], answer[A_BYTES], answer[A_INTERRUPTS], answer[E_SEQNO]]).toEqual([
      1, 12, 1, 41,
    ]);
    expect(answer[E_HEAD]).toBe(fixture.tail);
    expect(await fixture.read(DATA + 0x1ffc, 1)).toEqual([0xdeadbeef]);
    expect(await fixture.read(SYSTEM + 8, 1)).toEqual([77]);
    expect(await fixture.read(SEQNO_ADDRESS, 1)).toEqual([41]);
    expect(await fixture.read(STATUS_PAGE + 4 * HWS_HEAD, 1)).toEqual([fixture.tail]);
  });

  test('FILL over page borders: neighbours are spared', async () => {
    await start();
    const answer = await execute(C.fill(DATA + 0xff8, 0x1010, 0x01020304), C.fill(DATA + 0x4000, 0, 9));
    expect(answer[A_BYTES]).toBe(0x1010);
    expect(await fixture.read(DATA + 0xff4, 2)).toEqual([0, 0x01020304]);
    expect(await fixture.read(DATA + 0x2004, 2)).toEqual([0x01020304, 0]);
    expect(await fixture.read(DATA + 0x4000, 1)).toEqual([0]);
  });

  test.each([
    ['apart, into system pages', SYSTEM + 0x10, 2000],
    ['forwards over itself', DATA + 0x800, 2000],
    ['backwards over itself', DATA + 0x1800, 2000],
    ['one dword forwards', DATA + 0xffc, 40],
    ['one dword backwards', DATA + 0x1004, 40],
    ['onto itself', DATA + 0x1000, 2000],
  ])('COPY %s: as memmove', async (_, target, dwords) => {
    await start();
    const words = Array.from({ length: dwords }, (__, i) => i * 0x10001 + 1);
    fixture.write(DATA + 0x1000, words);
    await execute(C.copy(target, DATA + 0x1000, 4 * dwords));
    expect(await fixture.read(target, dwords)).toEqual(words);
  });

  test('DRAW_RECT in both formats and tiled: exactly its pixels', async () => {
    await start();
    const tiled = { address: DATA + 0x8000, pitch: 512, format: C.FORMAT_XRGB8888 | C.FORMAT_TILED_X };
    await execute(
      C.drawRect(XRGB, { x: 2, y: 1 }, 3, 2, 0x00102030),
      C.drawRect(SHORT, { x: 3, y: 0 }, 4, 1, 0x00ff8040),
      C.drawRect(tiled, { x: 127, y: 8 }, 1, 2, 5),
    );
    expect(await fixture.read(DATA + PITCH, 6)).toEqual([0, 0, 0x102030, 0x102030, 0x102030, 0]);
    expect(await fixture.read(DATA + 2 * PITCH + 16, 2)).toEqual([0x102030, 0]);
    expect(await fixture.read(DATA + 3 * PITCH, 16)).toEqual(Array(16).fill(0));
    // 0xff8040 is 31, 32, 8 of 5, 6, 5 bits.
    const pixel = (31 << 11) | (32 << 5) | 8;
    const both = ((pixel << 16) | pixel) >>> 0;
    expect(await fixture.read(SHORT.address, 5)).toEqual([0, (pixel << 16) >>> 0, both, pixel, 0]);
    // Row 8 is the first row of the second row of tiles, column 127 its last dword.
    expect(await fixture.read(DATA + 0x8000 + 0x1000 + 508, 2)).toEqual([5, 0]);
    expect(await fixture.read(DATA + 0x8000 + 0x1000 + 512 + 508, 2)).toEqual([5, 0]);
  });

  test('BLIT: linear and tiled, 565 to 8888 and back, odd places', async () => {
    await start();
    const source = { address: DATA + 0x8000, pitch: 1024, format: C.FORMAT_XRGB8888 };
    const tiled = { address: DATA + 0x10000, pitch: 1024, format: C.FORMAT_RGB565 | C.FORMAT_TILED_X };
    const back = { address: SYSTEM, pitch: 1024, format: C.FORMAT_XRGB8888 };
    // Colors that 5, 6 and 5 bits hold exactly.
    const colors = Array.from({ length: 200 }, (_, i) => expand((i * 9973) & 0xffff));
    for (let row = 0; row < 20; row++) fixture.write(source.address + row * 1024, colors.slice(row));
    await execute(
      C.blit(tiled, { x: 5, y: 3 }, source, { x: 1, y: 0 }, 100, 20),
      C.blit(back, { x: 0, y: 0 }, tiled, { x: 5, y: 3 }, 100, 20),
    );
    for (const row of [0, 5, 19])
      expect(await fixture.read(back.address + row * 1024, 101)).toEqual([
        ...colors.slice(row + 1, row + 101),
        0,
      ]);
  });

  test('DRAW_TEXT: the bits of its glyphs in ink and paper', async () => {
    await start();
    const glyphs = DATA + 0x3000;
    const table = new Uint8Array(C.GLYPH_TABLE_BYTES);
    table.fill(0b1000_0001, 65 * 16, 66 * 16);
    table.fill(0b0100_0000, 200 * 16, 201 * 16);
    fixture.write(glyphs, new Uint32Array(table.buffer));
    await execute(
      C.drawText(XRGB, { x: 0, y: 0 }, 7, 9, glyphs, [65, 200]),
      C.drawText({ ...SHORT, address: DATA + 0x5000 }, { x: 1, y: 0 }, 0xffffff, 0, glyphs, [65]),
    );
    const row = [7, 9, 9, 9, 9, 9, 9, 7, 9, 7, 9, 9, 9, 9, 9, 9];
    expect(await fixture.read(DATA, 16)).toEqual(row);
    expect(await fixture.read(DATA + 15 * PITCH, 16)).toEqual(row);
    expect(await fixture.read(DATA + 16 * PITCH, 16)).toEqual(Array(16).fill(0));
    expect(await fixture.read(DATA + 0x5000, 5)).toEqual([0xffff0000, 0, 0, 0, 0x0000ffff]);
  });

  test('WAIT: passes at the value and above it, also over the wrap of sequence numbers', async () => {
    await start();
    fixture.write(DATA, [5, 2]);
    await execute(C.wait(DATA, 5), C.wait(DATA, 4), C.wait(DATA + 4, 0xffff_fff0), C.storeDword(DATA + 8, 1));
    expect(await fixture.read(DATA + 8, 1)).toEqual([1]);
  });

  test('WAIT on a value that another run brings: waiting first, then through', async () => {
    await start();
    fixture.maxSlices = 3;
    const first = await fixture.execute(C.wait(DATA, 5), C.storeDword(DATA + 4, 1));
    expect([first[E_STATUS], first[A_SLICES], first[E_HEAD]]).toEqual([STATUS_WAITING, 3, 0]);
    fixture.write(DATA, [5]);
    const second = await fixture.run();
    expect([second[E_STATUS], second[A_SLICES]]).toEqual([STATUS_IDLE, 1]);
    expect(await fixture.read(DATA + 4, 1)).toEqual([1]);
    expect(await fixture.wrongFrames()).toEqual([]);
  });

  test('batch: executed from memory over a page border, then the ring goes on', async () => {
    await start();
    const at = BATCH + 0xff4;
    fixture.write(at, [...C.storeDword(DATA, 1), ...C.fill(DATA + 4, 8, 2), ...C.batchEnd()]);
    const answer = await execute(C.batchStart(at), C.storeDword(DATA + 12, 3));
    expect(answer[A_COMMANDS]).toBe(5);
    expect(await fixture.read(DATA, 5)).toEqual([1, 2, 2, 3, 0]);
  });

  test('chained batch: goes on at the other place and returns to the ring', async () => {
    await start();
    fixture.write(BATCH + 0x1000, [...C.storeDword(DATA, 1), ...C.batchChain(BATCH)]);
    fixture.write(BATCH, [...C.storeDword(DATA + 4, 2), ...C.batchEnd()]);
    await execute(C.batchStart(BATCH + 0x1000), C.storeDword(DATA + 8, 3));
    expect(await fixture.read(DATA, 3)).toEqual([1, 2, 3]);
  });

  test('a command writes the command behind it: the new one is executed', async () => {
    await start();
    const at = RING + 12;
    await execute(C.storeDword(at + 8, 99), C.storeDword(DATA, 1));
    expect(await fixture.read(DATA, 1)).toEqual([99]);
  });
});

/** A 565 value as 8888. */
function expand(value: number): number {
  const red = (value >>> 11) & 31;
  const green = (value >>> 5) & 63;
  const blue = value & 31;
  const bits = [(red << 3) | (red >>> 2), (green << 2) | (green >>> 4), (blue << 3) | (blue >>> 2)];
  return (0xff000000 | (bits[0]! << 16) | (bits[1]! << 8) | bits[2]!) >>> 0;
}
