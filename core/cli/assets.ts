/**
 * Finds the files in assets/, from the bundle in dist/ as well as from the sources.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type MachineDescription, parseMachineDescription } from '../hw/machine_description.ts';
import { parseScenario, type Scenario } from '../lab/scenario.ts';
import { bySceneOrder } from '../lab/scene_order.ts';
import { type InputLogHeader, isInputLog, parseInputLog } from '../session/input_log.ts';
import { UsageError } from './outcome.ts';

/** The folder that holds package.json and assets/. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'assets', 'machines'))) {
    const above = dirname(folder);
    if (above === folder) throw new UsageError('The folder assets/machines is missing beside the program.');
    folder = above;
  }
  return folder;
}

function idsIn(folder: string): string[] {
  const path = join(packageRoot(), 'assets', folder);
  if (!existsSync(path)) return [];
  return readdirSync(path)
    .filter(name => name.endsWith('.json'))
    .map(name => basename(name, '.json'))
    .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

/** Ids of the machine descriptions that come with the program. */
export function machineIds(): string[] {
  return idsIn('machines');
}

/** Ids of the scenarios that come with the program, as the tour tells them. */
export function scenarioIds(): string[] {
  return idsIn('scenarios').sort(bySceneOrder);
}

function readText(path: string, what: string): string {
  try {
    if (!statSync(path).isFile()) throw new UsageError(`${path} is not a file; ${what} is wanted.`);
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${path} cannot be read (${(error as Error).message}).`);
  }
}

/** A machine description by id or path. @throws UsageError naming what there is */
export function loadMachine(idOrPath: string): MachineDescription {
  const known = machineIds().includes(idOrPath);
  if (!known && !existsSync(idOrPath)) {
    throw new UsageError(
      `There is no machine ${JSON.stringify(idOrPath)}; there are ${machineIds().join(', ')}.`,
    );
  }
  const path = known ? join(packageRoot(), 'assets', 'machines', `${idOrPath}.json`) : idOrPath;
  let document: unknown;
  try {
    document = JSON.parse(readText(path, 'a machine description'));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${path} is not JSON (${(error as Error).message}).`);
  }
  return parseMachineDescription(document, path);
}

/** A scenario by id or path; an input log becomes a scenario without captions and expectations. @throws UsageError */
export function loadScenario(idOrPath: string): Scenario {
  const known = scenarioIds().includes(idOrPath);
  if (!known && !existsSync(idOrPath)) {
    throw new UsageError(
      `There is no scenario ${JSON.stringify(idOrPath)}; there are ${scenarioIds().join(', ') || 'none'}, or give the path of a file.`,
    );
  }
  const path = known ? join(packageRoot(), 'assets', 'scenarios', `${idOrPath}.json`) : idOrPath;
  const text = readText(path, 'a scenario or an input log');
  if (!isInputLog(text)) return parseScenario(text, path);
  const { header, inputs } = parseInputLog(text);
  return scenarioOfLog(basename(path).replace(/\.[^.]*$/, ''), header, inputs);
}

function scenarioOfLog(
  id: string,
  header: InputLogHeader,
  inputs: ReturnType<typeof parseInputLog>['inputs'],
): Scenario {
  return {
    id,
    title: header.title,
    summary: '',
    machine: header.machine,
    seed: header.seed,
    needs: {},
    pauseAt: 0,
    inputs,
    captions: [],
    expect: {},
  };
}
