/** Every question that the window can ask, with who answers it. */
import { FILES, READ_FILE } from './files.ts';
import type { AnswerTable } from './question.ts';
import { EVENT_ROW, POSITION_AT, SERIES, TIMELINE, TIMELINE_RANGE, TIMELINE_ROWS } from './timeline.ts';
import { WORDS } from './words.ts';

export const ANSWERS: AnswerTable = {
  files: FILES,
  readFile: READ_FILE,
  words: WORDS,
  timeline: TIMELINE,
  timelineRows: TIMELINE_ROWS,
  timelineRange: TIMELINE_RANGE,
  series: SERIES,
  positionAt: POSITION_AT,
  eventRow: EVENT_ROW,
};
