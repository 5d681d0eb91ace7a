/** The recordings and the machine they were made on, read from assets/. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type MachineDescription, parseMachineDescription } from '../hw/machine_description.ts';

const ASSETS = join(import.meta.dirname, '..', '..', 'assets');

/** A machine description of assets/machines. */
export function machineAsset(name: string): MachineDescription {
  const text = readFileSync(join(ASSETS, 'machines', `${name}.json`), 'utf8');
  return parseMachineDescription(JSON.parse(text), `${name}.json`);
}

/** Folders of assets/transcripts. */
export function transcriptGroups(): string[] {
  return readdirSync(join(ASSETS, 'transcripts'), { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(entry => entry.name)
    .sort((a, b) => (a < b ? -1 : 1));
}

/** The files of one group, by name. */
export function transcriptFiles(group: string): { path: string; text: string }[] {
  const folder = join(ASSETS, 'transcripts', group);
  return readdirSync(folder)
    .filter(name => name.endsWith('.json'))
    .sort((a, b) => (a < b ? -1 : 1))
    .map(name => ({ path: `${group}/${name}`, text: readFileSync(join(folder, name), 'utf8') }));
}
