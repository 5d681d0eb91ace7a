/** Covers the swap file of Node behind a host machine: slots keep bytes, a hole reads as zeros, the end deletes the file. */
import { describe, expect, test } from 'vitest';
import { CommandQueue } from '../hw/command_queue.ts';
import { createHostMachine } from '../hw/host/host_machine.ts';
import { pfnOf, REGION_RAM, REGION_SWAP } from '../hw/region.ts';
import { machineFile } from '../testing/hw_machines.ts';
import { createNodeSwapFile } from './swap_file_node.ts';

const description = machineFile('lab-16m');
const frames = (region: 0 | 3, first: number, count: number) =>
  Array.from({ length: count }, (_, i) => pfnOf(region, first + i));

describe('swap file', () => {
  test('a slot never written: zeros, also behind the end', () => {
    const file = createNodeSwapFile();
    const page = new Uint8Array(8192).fill(1);
    file.read(5, page);
    expect(page.every(byte => byte === 0)).toBe(true);
    file.write(3, new Uint8Array(4096).fill(9));
    file.read(2, page);
    expect([page[0], page[4096], page[8191]]).toEqual([0, 9, 9]);
    file.close();
    file.read(3, page);
    expect(page[0]).toBe(0);
  });

  test('cleared: zeros everywhere, and it can be written again', () => {
    const file = createNodeSwapFile();
    file.clear();
    file.write(3, new Uint8Array(8192).fill(9));
    file.clear();
    file.write(5, new Uint8Array(4096).fill(7));
    const pages = new Uint8Array(4 * 4096).fill(1);
    file.read(3, pages);
    expect([pages[0], pages[4096], pages[2 * 4096], pages[3 * 4096]]).toEqual([0, 0, 7, 0]);
    file.close();
  });

  test('swap-out, store in the slot, swap-in, restore: contents are those of the recipes', async () => {
    const machine = createHostMachine(description, { swapFile: createNodeSwapFile() });
    const queue = new CommandQueue(description);
    queue.fillPages(pfnOf(REGION_RAM, 0), 300, 5);
    for (const pfn of frames(REGION_RAM, 0, 300)) queue.storeWord(pfn, 0, pfn);
    queue.copyPages(frames(REGION_RAM, 0, 300), frames(REGION_SWAP, 10, 300), 'swap-out');
    queue.storeByte(pfnOf(REGION_SWAP, 12), 77, 3);
    queue.storeWord(pfnOf(REGION_SWAP, 13), 7, 8);
    queue.fillPages(pfnOf(REGION_SWAP, 14), 2, 1);
    queue.copyPages(frames(REGION_SWAP, 10, 200), frames(REGION_SWAP, 40, 200), 'cow');
    queue.copyPages(frames(REGION_SWAP, 10, 300), frames(REGION_RAM, 500, 300), 'swap-in');
    const all = [...frames(REGION_SWAP, 0, 400), ...frames(REGION_RAM, 500, 300)];
    const expected = queue.contents.hashOf(all);
    const before = queue.hashPages(all);
    machine.drainNow(queue);
    expect([...queue.answer(before)]).toEqual(expected);
    queue.fillPages(pfnOf(REGION_SWAP, 0), 100, 0);
    await machine.drain(queue);
    await machine.restoreContents(queue);
    const again = queue.contents.hashOf(all);
    const after = queue.hashPages(all);
    machine.drainNow(queue);
    expect([...queue.answer(after)]).toEqual(again);
    await machine.dispose();
  });
});
