/** Covers what the queue refuses, how commands are joined, tickets and answers. Execution: machine.test.ts. */
import { beforeEach, describe, expect, test } from 'vitest';
import { takeSnapshot } from '../base/snapshot.ts';
import { machineFile } from '../testing/hw_machines.ts';
import { COMMAND_WORDS, CommandQueue, OP_COPY_RUN } from './command_queue.ts';
import { createHostMachine, type HostMachine } from './host/host_machine.ts';
import { pfnOf, REGION_RAM, REGION_VRAM } from './region.ts';

const description = machineFile('lab-16m');
let queue: CommandQueue;
let machine: HostMachine;

beforeEach(() => {
  queue = new CommandQueue(description);
  machine = createHostMachine(description);
});

describe('CommandQueue', () => {
  test('copyPages: runs that are consecutive on both sides become one command', () => {
    const ram = [0, 1, 2, 10, 11, 12].map(page => pfnOf(REGION_RAM, page));
    const more = [20, 21, 22, 23, 24, 30].map(page => pfnOf(REGION_RAM, page));
    queue.copyPages(ram, more, 'cow');
    const runs = Array.from({ length: queue.nrCommands }, (_, i) =>
      [...queue.commands.subarray(i * COMMAND_WORDS, i * COMMAND_WORDS + 4)].join(' '),
    );
    expect(runs).toEqual([`${OP_COPY_RUN} 0 20 3`, `${OP_COPY_RUN} 10 23 2`, `${OP_COPY_RUN} 12 30 1`]);
  });

  test.each([
    [
      'a page nobody wrote since its allocation',
      () => queue.hashPages([pfnOf(REGION_VRAM, 3)]),
      /nothing was written/,
    ],
    ['the same with one byte stored', () => hashHalfWritten(), /nothing was written/],
    ['an allocation id twice', () => queue.vramAlloc(1, 50, 1), /allocation 1 already exists/],
    ['freeing what does not exist', () => queue.vramFree(9), /allocation 9 does not exist/],
    ['unequal lists', () => queue.copyPages([1, 2], [3], 'cow'), /2 source pages and 1 target pages/],
    ['a fill over the end of a page', () => queue.fillBytes(0, 4090, 7, 1), /4090 to 4096/],
    ['entries behind the GART', () => queue.gartWrite(16_383, [0, 0]), /16383 to 16384 .*\(16384 entries\)/],
    ['an answer before its barrier', () => queue.answer(queue.loadByte(0, 0)), /Ticket 0 is not settled/],
  ])('%s: ModelBug', (_, attempt, says) => {
    queue.vramAlloc(1, 0, 8);
    expect(attempt).toThrow(says);
  });

  function hashHalfWritten(): void {
    queue.storeByte(pfnOf(REGION_VRAM, 3), 5, 1);
    queue.hashPages([pfnOf(REGION_VRAM, 3)]);
  }

  test('answers: kept until forgotten, whatever was asked since', () => {
    queue.storeByte(7, 100, 42);
    const first = queue.loadByte(7, 100);
    machine.drainNow(queue);
    const more = Array.from({ length: 3000 }, () => queue.loadWords([7, 8]));
    machine.drainNow(queue);
    expect([...queue.answer(first)]).toEqual([42]);
    expect(more.every(ticket => queue.answer(ticket).length === 4)).toBe(true);
    queue.forgetAnswers();
    expect(queue.isSettled(first)).toBe(false);
    expect(() => queue.answer(first)).toThrow(/not settled/);
    const next = queue.loadByte(7, 100);
    machine.drainNow(queue);
    expect([...queue.answer(next)]).toEqual([42]);
  });

  test('prepareSnapshot with commands waiting: ModelBug', () => {
    queue.storeByte(7, 100, 42);
    expect(() => queue.prepareSnapshot()).toThrow(/1 commands wait/);
    machine.drainNow(queue);
    queue.prepareSnapshot();
    expect(takeSnapshot(queue).nodes.length).toBeGreaterThan(0);
  });
});
