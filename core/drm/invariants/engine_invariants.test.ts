/** Each rule about rings and engines turns red when what it forbids happens. Not here: that they hold (session/calls/engine.test.ts). */
import { expect, test } from 'vitest';
import { ERRNO } from '../../base/errno.ts';
import { EngineFixture } from '../../testing/engine_fixture.ts';
import { machineKinds } from '../../testing/hw_machines.ts';
import { labMachine } from '../../testing/lab_fixture.ts';
import {
  ENGINE_RESET,
  REQUEST_COMPLETE,
  REQUEST_RETIRE,
  REQUEST_SUBMIT,
  VRAM_LOST,
} from '../../trace/events/engine.ts';
import { labGpuOf } from '../drivers/lab_gpu_state.ts';

const host = machineKinds(undefined)[0]!;

async function busy(): Promise<EngineFixture> {
  const lab = await EngineFixture.start(host, labMachine());
  await lab.make('a', 1);
  await lab.exec(['a'], [['STORE_DWORD', { bo: 'a' }, 1], ['BATCH_END']], { durationNs: 10_000_000 });
  expect(lab.kernel.check(undefined, ['state', 'trace'])).toEqual([]);
  return lab;
}

const DEFECTS: readonly [string, RegExp, (lab: EngineFixture) => void][] = [
  [
    'a dword of the ring that changes before it is retired',
    /^61 .*the bytes at 0 are not those/,
    lab => {
      const { ring } = labGpuOf(lab.device).engine!;
      lab.kernel.queue.storeWords(ring.bo.pfnOfPage(0), 0, [0x0700_0000]);
    },
  ],
  [
    'a tail in the cache line of the head',
    /^61 .*is in the cache line of the head/,
    lab => {
      const { ring } = labGpuOf(lab.device).engine!;
      ring.head = ring.emit + 8;
    },
  ],
  [
    'a gap at the end of the ring that holds commands',
    /^61 .*wraps at 8 with other than NOPs/,
    lab => {
      labGpuOf(lab.device).engine!.ring.head = 8;
    },
  ],
  ['seqno 0', /^60 .*seqno 0 is given/, lab => lab.kernel.trace.emit(REQUEST_SUBMIT, 1, 0, 0, 0, 0)],
  [
    'requests retired out of order',
    /^60 .*7 is retired behind 9/,
    lab => {
      lab.kernel.trace.emit(REQUEST_RETIRE, 0, 9, 0);
      lab.kernel.trace.emit(REQUEST_RETIRE, 0, 7, 0);
    },
  ],
  [
    'a request that a reset loses',
    /^66 .*Request 0:1 was neither completed/,
    lab => {
      lab.kernel.trace.emit(ENGINE_RESET, 0, 1, 0, 0, 1);
      labGpuOf(lab.device).engine!.requests.length = 0;
    },
  ],
  [
    'a generation that does not rise',
    /^67 .*generation 1 again/,
    lab => {
      lab.kernel.trace.emit(VRAM_LOST, 0, 1, 0, 0);
      lab.kernel.trace.emit(VRAM_LOST, 0, 1, 0, 0);
    },
  ],
  [
    'a request of an older generation that ends well',
    /^67 .*Request 0:1 .* did not end with ECANCELED/,
    lab => {
      lab.kernel.trace.emit(VRAM_LOST, 0, 1, 0, 0);
      lab.kernel.trace.emit(REQUEST_COMPLETE, 0, 1, ERRNO.EIO, 0, 0);
    },
  ],
];

test.each(DEFECTS)('%s is found', async (_, rule, plant) => {
  const lab = await busy();
  plant(lab);
  expect(lab.kernel.check(undefined, ['state', 'trace']).filter(says => rule.test(says))).not.toEqual([]);
});
