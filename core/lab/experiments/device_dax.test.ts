/** The figures of the device-dax experiment: nothing left by any failure, every mapping found, half of them reachable. */
import { expect, test } from 'vitest';
import { HOST_EXPERIMENT_SETUP } from '../../testing/experiment_setup.ts';
import { machineAsset } from '../../testing/transcript_files.ts';
import { DEVICE_DAX_EXPERIMENT, resizeUnderMappings } from './device_dax.ts';

test('resize under a thousand mappings', () => {
  expect(resizeUnderMappings(machineAsset('transcripts-pc'))).toEqual({
    mappings: 1000,
    nodes: 2,
    entriesBefore: 1000,
    entriesAfterUnbind: 0,
    sigbusWhileUnbound: 1000,
    reachableAfterBind: 500,
    sigbusAfterBind: 500,
    sameFrames: 500,
    leaks: [],
    violations: [],
  });
});

test('the whole experiment has no problems and says how many allocations failed', async () => {
  const result = await DEVICE_DAX_EXPERIMENT.run(HOST_EXPERIMENT_SETUP);
  expect(result.problems).toEqual([]);
  expect(result.findings[0]).toMatch(
    /Each of the (2\d) allocations .* after \1 of these failures nothing was left/,
  );
});
