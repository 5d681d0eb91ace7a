/** Covers devices that are lost under a ring: what the run answers, what is left of pages that only the machine knew. */
import { describe, expect, test } from 'vitest';
import { PAGE_SIZE } from '../../base/units.ts';
import { nodeClock } from '../../cli/clock_node.ts';
import { gpuForTests, type MachineKind, machineFile } from '../../testing/hw_machines.ts';
import { QuickClock } from '../../testing/quick_clock.ts';
import { DATA, MachinePool, RingFixture, SEQNO_ADDRESS, SYSTEM } from '../../testing/ring_fixture.ts';
import type { Clock } from '../ports.ts';
import { pageOfPfn, pfnOf, REGION_RAM } from '../region.ts';
import * as C from '../ring/commands.ts';
import { E_SEQNO, E_STATUS, STATUS_IDLE, STATUS_OFF } from '../ring/engine_state.ts';
import { FaultyProvider } from './faulty_device.ts';
import { createWebGpuMachine } from './webgpu_machine.ts';

const description = machineFile('lab-16m');
const gpu = await gpuForTests();

describe.skipIf(gpu === undefined)('rings on a device that goes away', () => {
  async function start(clock: Clock = nodeClock) {
    const provider = new FaultyProvider(gpu!);
    const kind: MachineKind = {
      name: 'faulty',
      layout: 'paged',
      kind: 'webgpu',
      create: machine => createWebGpuMachine(machine, provider, { layout: 'paged', clock }),
    };
    const pool = new MachinePool(kind);
    return { provider, pool, fixture: await RingFixture.create(pool, description) };
  }

  test('lost in the middle of a run: it answers "off", and so do all engines; a new start works', async () => {
    const { provider, pool, fixture } = await start();
    const { queue, machine } = fixture;
    await fixture.execute(C.storeDword(SEQNO_ADDRESS, 1), C.storeDword(SYSTEM, 5));
    provider.plan.loseAtMap = 0;
    fixture.submit(C.fill(SYSTEM, PAGE_SIZE, 7), C.storeDword(SEQNO_ADDRESS, 2));
    const ticket = fixture.ring();
    const later = fixture.ring();
    const report = await machine.drain(queue);
    expect(report.loss?.failedTickets).toEqual(expect.arrayContaining([ticket, later]));
    expect(queue.answer(ticket).every(word => word === 0)).toBe(true);
    expect(queue.engines.stateOf(0)[E_STATUS]).toBe(STATUS_OFF);
    expect(await fixture.wrongFrames()).toEqual([]);
    expect(await fixture.read(SYSTEM, 1)).toEqual([0]);
    expect((await fixture.run())[E_STATUS]).toBe(STATUS_OFF);
    fixture.startEngine();
    const answer = await fixture.execute(C.storeDword(DATA, 9), C.storeDword(SEQNO_ADDRESS, 3));
    expect([answer[E_STATUS], answer[E_SEQNO]]).toEqual([STATUS_IDLE, 3]);
    expect(await fixture.wrongFrames()).toEqual([]);
    expect(await fixture.read(DATA, 1)).toEqual([9]);
    await pool.dispose();
  });

  test('lost after what a run wrote was brought to RAM: the mirror is filled from there', async () => {
    const { provider, pool, fixture } = await start();
    const { queue, machine } = fixture;
    const mirror = fixture.frames.get(SYSTEM / PAGE_SIZE)!;
    const ram = pfnOf(REGION_RAM, pageOfPfn(mirror));
    await fixture.execute(C.fill(SYSTEM, PAGE_SIZE, 0x11223344));
    queue.copyPages([mirror], [ram], 'flush');
    await fixture.barrier();
    provider.loseDevice();
    await provider.devices[0]!.lost;
    const report = await machine.drain(queue);
    expect(report.loss?.now).toBe('webgpu');
    expect(await fixture.wrongFrames([mirror, ram])).toEqual([]);
    expect(await fixture.read(SYSTEM + 4092, 1)).toEqual([0x11223344]);
    expect(queue.engines.stateOf(0)[E_STATUS]).toBe(STATUS_OFF);
    await pool.dispose();
  });

  test('no device comes back: the host machine goes on with the same RAM and runs rings', async () => {
    const { provider, pool, fixture } = await start(new QuickClock());
    const { queue, machine } = fixture;
    const mirror = fixture.frames.get(SYSTEM / PAGE_SIZE)!;
    const ram = pfnOf(REGION_RAM, pageOfPfn(mirror));
    await fixture.execute(C.fill(SYSTEM, PAGE_SIZE, 0x55667788));
    queue.copyPages([mirror], [ram], 'flush');
    await fixture.barrier();
    provider.plan.refuseAdapters = 1000;
    provider.loseDevice();
    await provider.devices[0]!.lost;
    expect((await machine.drain(queue)).loss?.now).toBe('host');
    fixture.startEngine();
    const answer = await fixture.execute(C.copy(DATA, SYSTEM, 8));
    expect(answer[E_STATUS]).toBe(STATUS_IDLE);
    expect(await fixture.read(DATA, 3)).toEqual([0x55667788, 0x55667788, 0]);
    expect(await fixture.wrongFrames()).toEqual([]);
    await pool.dispose();
  });
});
