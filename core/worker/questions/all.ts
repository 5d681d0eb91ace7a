/** Every question that the window can ask, with who answers it. */
import { CHECK_SCENARIO } from './check_scenario.ts';
import { FILES, READ_FILE } from './files.ts';
import { FRAMEBUFFER } from './framebuffer.ts';
import { OBJECT_PAGES } from './object_pages.ts';
import type { AnswerTable } from './question.ts';
import { RING, STATUS_PAGE } from './ring.ts';
import { SESSION_FILE, SQL_WORDS, STATE_DIFF } from './session.ts';
import { EVENT_ROW, POSITION_AT, SERIES, TIMELINE, TIMELINE_RANGE, TIMELINE_ROWS } from './timeline.ts';
import { WORDS } from './words.ts';

export const ANSWERS: AnswerTable = {
  checkScenario: CHECK_SCENARIO,
  files: FILES,
  readFile: READ_FILE,
  words: WORDS,
  timeline: TIMELINE,
  timelineRows: TIMELINE_ROWS,
  timelineRange: TIMELINE_RANGE,
  series: SERIES,
  positionAt: POSITION_AT,
  eventRow: EVENT_ROW,
  ring: RING,
  statusPage: STATUS_PAGE,
  framebuffer: FRAMEBUFFER,
  objectPages: OBJECT_PAGES,
  sessionFile: SESSION_FILE,
  sqlWords: SQL_WORDS,
  stateDiff: STATE_DIFF,
};
