/** Covers that every batch moves what it says, in both layouts and modes; LabBatch itself refuses a batch that moved nothing. */
import { describe, expect, test } from 'vitest';
import { VRAM_LAYOUTS } from '../../hw/expected_bytes.ts';
import { createHostMachine } from '../../hw/host/host_machine.ts';
import { FakeClock } from '../../testing/fake_clock.ts';
import { machineAsset } from '../../testing/transcript_files.ts';
import { batchObjects, LabBatch, MOVE_MODES, movesMachine } from './moves_bench.ts';

const MIB = 1024 * 1024;

describe.each(VRAM_LAYOUTS)('%s', layout => {
  test.each(MOVE_MODES)('%s: out and back, twice, each byte once', async mode => {
    const machine = createHostMachine(movesMachine(machineAsset('lab-64m')), { layout });
    const lab = new LabBatch(machine, new FakeClock(1), MIB);
    await lab.prepare();
    let moved = 0;
    const drain = machine.drain.bind(machine);
    machine.drain = async queue => {
      const report = await drain(queue);
      moved += report.movedBytes;
      return report;
    };
    for (let round = 0; round < 2; round++) {
      for (const move of ['evict', 'refault'] as const) {
        moved = 0;
        expect(await lab[move](mode)).toBeGreaterThan(0);
        expect(moved).toBe(batchObjects(MIB) * MIB);
      }
    }
    await machine.dispose();
  });
});

test('a batch has at most 32 MiB and 256 objects', () => {
  expect([4096, MIB, 16 * MIB].map(batchObjects)).toEqual([256, 32, 2]);
});
