/** Words of the console that are not system calls: they drive the lab, look at it, or change the window. */
import { showPanel } from '../dock/dock.tsx';
import { PANELS } from '../dock/panel_list.ts';
import { openFile } from '../panels/files.tsx';
import * as actions from '../state/actions.ts';
import { scenes, view } from '../state/lab_store.ts';
import { goLive } from '../state/playhead.ts';
import { replaceBy } from '../state/replaced.ts';
import { parseAddress } from '../state/selection_address.ts';
import { SESSION_WORDS } from './session_words.ts';

/** One word: what follows it, what it does, and what it prints. */
export interface LabWord {
  readonly word: string;
  /** What may follow, as help shows it. */
  readonly takes: string;
  readonly about: string;
  /** What can follow, for completion. */
  readonly choices?: () => readonly string[];
  /** @returns what to print; nothing for a line whose effect is in sight. @throws Error with a whole sentence */
  readonly run: (rest: string) => Promise<string | undefined> | string | undefined;
}

const MIB_PAGES = 256;

/** A whole number of at least `least`. @throws Error naming the word */
function count(rest: string, least: number, otherwise?: number): number {
  const value = rest === '' && otherwise !== undefined ? otherwise : Number(rest);
  if (!Number.isInteger(value) || value < least)
    throw new Error(`A whole number from ${least} on belongs here, not ${rest === '' ? 'nothing' : rest}.`);
  return value;
}

async function repeat(times: number, once: () => Promise<void>): Promise<undefined> {
  for (let i = 0; i < times; i++) await once();
}

/** All of them, in the order of help. */
export const LAB_WORDS: readonly LabWord[] = [
  {
    word: 'run',
    takes: '',
    about: 'Play the scene to its end.',
    run: () => actions.run().then(() => undefined),
  },
  {
    word: 'gpu',
    takes: '',
    about: 'Ask for a GPU again, where the host machine stands in for one; the session goes on.',
    run: () => actions.tryGpu().then(() => undefined),
  },
  { word: 'pause', takes: '', about: 'Stop a run.', run: () => actions.pause().then(() => undefined) },
  {
    word: 'step',
    takes: '[n]',
    about: 'Execute the next inputs of the scene.',
    run: rest => repeat(count(rest, 1, 1), actions.step),
  },
  {
    word: 'back',
    takes: '[n]',
    about: 'Take inputs back.',
    run: async rest => {
      await actions.seek(Math.max(0, view.value.status.inputsDone - count(rest, 1, 1)));
      return undefined;
    },
  },
  {
    word: 'seek',
    takes: 'n',
    about: 'Go to the instant after so many inputs, forward or back.',
    run: rest => actions.seek(count(rest, 0)).then(() => undefined),
  },
  {
    word: 'live',
    takes: '',
    about: 'Go to the newest instant.',
    run: () => goLive().then(() => undefined),
  },
  {
    word: 'at',
    takes: 'ms',
    about: 'Go to the instant nearest to a virtual time in milliseconds.',
    run: async rest => {
      const time = Number(rest.replace(/[\s\u2009]/g, ''));
      if (rest === '' || !(time >= 0))
        throw new Error(`A time in ms belongs here, not ${rest === '' ? 'nothing' : rest}.`);
      const { position } = await actions.ask('positionAt', { time: time * 1e6 });
      await actions.seek(position);
      return undefined;
    },
  },
  {
    word: 'reset',
    takes: '',
    about: 'Start the scene again.',
    run: () => actions.reset().then(() => undefined),
  },
  {
    word: 'scene',
    takes: 'name',
    about: 'Open a scene.',
    choices: () => scenes.value.map(each => each.id),
    run: rest => replaceBy(() => actions.loadScene(rest)).then(() => undefined),
  },
  {
    word: 'budget',
    takes: 'MiB',
    about: 'Set how much of VRAM the manager may fill.',
    run: rest => {
      const mebibytes = Number(rest);
      if (!(mebibytes > 0))
        throw new Error(`A size in MiB belongs here, not ${rest === '' ? 'nothing' : rest}.`);
      const row = view.value.placements.find(each => each.placement === 'VRAM');
      if (!row?.adjustable) throw new Error('The device that is shown has no budget to set.');
      const vram = row.sizePages;
      if (mebibytes * MIB_PAGES > vram)
        throw new Error(`This device has ${vram / MIB_PAGES} MiB of VRAM; the budget cannot be ${rest}.`);
      return actions.setBudget(Math.round(mebibytes * MIB_PAGES)).then(() => undefined);
    },
  },
  {
    word: 'select',
    takes: 'address',
    about: 'Select what an address names: bo/5, task/2, vma/2/7, event/120.',
    choices: () => view.value.objects.map(object => `bo/${object.id}`),
    run: rest => {
      const found = parseAddress(rest);
      if (!found)
        throw new Error(`${rest === '' ? 'Nothing' : rest} is not an address; bo/5 and task/2 are.`);
      actions.select(found, false);
      return undefined;
    },
  },
  {
    word: 'ls',
    takes: '[part]',
    about: 'List files of the modelled machine whose path contains this.',
    run: async rest => {
      const files = await actions.ask('files', {});
      const found = files.filter(file => file.path.includes(rest));
      return (
        found.map(file => (file.target ? `${file.path} -> ${file.target}` : file.path)).join('\n') ||
        'No file.'
      );
    },
  },
  {
    word: 'cat',
    takes: 'path',
    about: 'Print a file of the modelled machine.',
    run: async rest => {
      const answer = await actions.ask('readFile', { path: rest });
      if ('error' in answer) throw new Error(answer.error);
      openFile.value = rest;
      return answer.text.replace(/\n$/, '');
    },
  },
  {
    word: 'show',
    takes: 'panel',
    about: 'Bring a panel to the front.',
    choices: () => PANELS.map(panel => panel.id),
    run: rest => {
      if (!PANELS.some(panel => panel.id === rest))
        throw new Error(`There is no panel ${rest}; there are ${PANELS.map(panel => panel.id).join(', ')}.`);
      showPanel(rest);
      return undefined;
    },
  },
  ...SESSION_WORDS,
];
