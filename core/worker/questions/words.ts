/** Words that the console completes: calls, tasks, and what inputs named. */
import type { WordEntry } from '../../public/questions.ts';
import { callNames } from '../../session/call_table.ts';
import type { Answering } from './question.ts';

export const WORDS: Answering<'words'> = {
  answer: ({ session: { player } }) => {
    const words: WordEntry[] = callNames().map(word => ({ word, kind: 'call' }));
    for (const task of player.names.tasks.keys()) words.push({ word: task, kind: 'task' });
    for (const [word, { kind }] of player.names.entries()) words.push({ word, kind });
    return words;
  },
};
