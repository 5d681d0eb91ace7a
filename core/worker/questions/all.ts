/** Every question that the window can ask, with who answers it. */
import { FILES, READ_FILE } from './files.ts';
import type { AnswerTable } from './question.ts';
import { WORDS } from './words.ts';

export const ANSWERS: AnswerTable = {
  files: FILES,
  readFile: READ_FILE,
  words: WORDS,
};
