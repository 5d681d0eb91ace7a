/** Words of the console about the session: compare, export, ask. */
import { doCommand } from '../commands/command.ts';
import { showPanel } from '../dock/dock.tsx';
import { diffBetween } from '../state/differences.ts';
import { EXPORT_TARGETS, exportSession } from '../state/exports.ts';
import { askInPanel } from '../state/sql_panel.ts';
import type { LabWord } from './lab_words.ts';

/** A word that does what the command of that id does. */
const commandWord = (word: string, id: string, about: string): LabWord => ({
  word,
  takes: '',
  about,
  run: () => doCommand(id).then(() => undefined),
});

export const SESSION_WORDS: readonly LabWord[] = [
  commandWord('record', 'session.record', 'Record; again: stop, and save what was recorded.'),
  commandWord('save', 'session.save', 'Save the session as .gartlab.'),
  commandWord('bookmark', 'session.bookmark', 'Put a bookmark at this moment.'),
  commandWord('present', 'session.present', 'Show the captions full screen, one after the other.'),
  {
    word: 'diff',
    takes: 'from to',
    about: 'What differs between two moments, by the inputs that are done.',
    run: async rest => {
      const [from = Number.NaN, to = Number.NaN] = rest.split(/\s+/).map(Number);
      if (!Number.isInteger(from) || !Number.isInteger(to))
        throw new Error(`Two whole numbers belong here, not ${rest === '' ? 'nothing' : rest}.`);
      showPanel('differences');
      await diffBetween(from, to);
      return undefined;
    },
  },
  {
    word: 'export',
    takes: 'format',
    about: 'Write the session for other programs.',
    choices: () => EXPORT_TARGETS.map(({ id }) => id),
    run: async rest => {
      const target = EXPORT_TARGETS.find(({ id }) => id === rest);
      const known = EXPORT_TARGETS.map(({ id }) => id).join(', ');
      if (!target) throw new Error(`There is no format ${rest === '' ? 'given' : rest}; there are ${known}.`);
      await exportSession(target);
      return undefined;
    },
  },
  {
    word: 'sql',
    takes: 'query',
    about: 'Ask the session in SQL; the answer stands in the panel SQL.',
    run: async rest => {
      showPanel('sql');
      if (rest !== '') await askInPanel(rest);
      return undefined;
    },
  },
];
