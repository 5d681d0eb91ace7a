/** Runs the recorded transcripts on the model. Files are read here; the runner itself knows no disk. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { HostMachine } from '../../hw/host/host_machine.ts';
import { parseMachineDescription } from '../../hw/machine_description.ts';
import '../../session/calls/all.ts';
import { mutateTranscripts } from './mutate_transcripts.ts';
import { type RunOptions, runTranscripts } from './run_transcript.ts';

const ASSETS = join(import.meta.dirname, '..', '..', '..', 'assets');

const description = parseMachineDescription(
  JSON.parse(readFileSync(join(ASSETS, 'machines', 'transcripts-pc.json'), 'utf8')),
  'transcripts-pc.json',
);
const options: RunOptions = { description, newMachine: machine => new HostMachine(machine) };

function filesOf(group: string) {
  const folder = join(ASSETS, 'transcripts', group);
  return readdirSync(folder)
    .filter(name => name.endsWith('.json'))
    .sort((a, b) => (a < b ? -1 : 1))
    .map(name => ({ path: `${group}/${name}`, text: readFileSync(join(folder, name), 'utf8') }));
}

/** Groups whose transcripts can all be run; of the others those that the model can run are run below. */
const WHOLE_GROUPS = ['vma', 'vma-random', 'ttm-random'];
const OTHER_GROUPS = ['ttm', 'gem', 'dmabuf', 'dax', 'anon'];

describe.each(WHOLE_GROUPS)('%s', group => {
  test.each(filesOf(group).map(file => [file.path, file] as const))(
    '%s agrees in every step',
    async (_, file) => {
      const { transcripts } = await runTranscripts([file], options);
      expect(transcripts[0]).toMatchObject({ firstDifference: null, notModelled: [], passed: true });
    },
  );
});

describe.each(OTHER_GROUPS)('%s', group => {
  test('every transcript that the model can run agrees; the others say what is missing', async () => {
    const { transcripts } = await runTranscripts(filesOf(group), options);
    for (const { name, passed, firstDifference, notModelled } of transcripts) {
      expect({ name, firstDifference }).toEqual({ name, firstDifference: null });
      expect(passed).toBe(notModelled.length === 0);
    }
  });
});

describe('mutations', () => {
  test('of 2,000 changed fields at least 99 % are noticed, and every miss has its reason', async () => {
    const files = [...WHOLE_GROUPS, ...OTHER_GROUPS].flatMap(filesOf);
    const result = await mutateTranscripts(files, { ...options, seed: 1, mutations: 2_000 });
    expect(result.mutations).toBe(2_000);
    expect(result.noticed / result.mutations).toBeGreaterThanOrEqual(0.99);
    for (const missed of result.missed)
      expect(missed.reason).not.toBe('The comparison does not look at this.');
  });
});
