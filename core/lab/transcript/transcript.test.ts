/** Runs the recorded transcripts on the model. Files are read here; the runner itself knows no disk. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { HostMachine } from '../../hw/host/host_machine.ts';
import { parseMachineDescription } from '../../hw/machine_description.ts';
import '../../session/calls/all.ts';
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

describe.each(['vma', 'vma-random'])('%s', group => {
  test.each(filesOf(group).map(file => [file.path, file] as const))(
    '%s agrees in every step',
    async (_, file) => {
      const { transcripts } = await runTranscripts([file], options);
      expect(transcripts[0]).toMatchObject({ firstDifference: null, notModelled: [], passed: true });
    },
  );
});
