import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { TranscriptResult } from '../transcript/run_transcript.ts';
import type { Transcript } from '../transcript/transcript_file.ts';
import { OTHERS, RECORDED } from './behaviours.ts';
import { buildBoard, countStates } from './board.ts';
import { boardHtml } from './board_html.ts';

const transcript: Transcript = {
  name: 'one',
  group: 'gem',
  kernel: '6.12',
  driver: 'vgem',
  about: '',
  steps: [
    { task: 'A', call: 'drm.createDumb', args: {}, ret: { handle: 1 } },
    { task: 'A', call: 'drm.gemFlink', args: {}, ret: 'ENOENT', kernel: [{ fn: 'shown', by: 'A' }] },
    { task: 'A', call: 'drm.createDumb', args: {}, ret: { handle: 2 } },
    { task: 'A', call: 'no<such>call', args: {}, ret: 0 },
  ],
};
const result = (more: Partial<TranscriptResult>): TranscriptResult => ({
  name: 'one',
  group: 'gem',
  passed: true,
  steps: 4,
  firstDifference: null,
  notModelled: [],
  notCompared: [],
  ...more,
});
const rowsOf = (more: Partial<TranscriptResult>) =>
  buildBoard([{ transcript, result: result(more) }]).rows.filter(row => row.steps > 0);
const difference = { step: 1, task: 'A', call: 'drm.gemFlink', field: 'ret', recorded: 'ENOENT', model: 0 };

describe('board', () => {
  test('every recorded step is in a row, also of a call that no table knows', () => {
    const rows = rowsOf({});
    expect(rows.map(row => [row.behaviour, row.outcome, row.state, row.passed])).toEqual([
      ['drm_gem_flink_ioctl', 'ENOENT', 'pass', { gem: 1 }],
      ['drm_mode_create_dumb', 'ok', 'pass', { gem: 2 }],
      ['no<such>call', 'ok', 'pass', { gem: 1 }],
      ['shown', 'entered', 'pass', { gem: 1 }],
    ]);
  });

  test('a difference fails its row; steps behind it count as not compared, steps before it as passed', () => {
    const rows = rowsOf({ passed: false, firstDifference: difference });
    const states = Object.fromEntries(rows.map(row => [row.behaviour, [row.state, row.passed, row.reason]]));
    expect(states.drm_gem_flink_ioctl).toEqual([
      'fail',
      {},
      'gem/one step 1, ret: recorded "ENOENT", model 0',
    ]);
    expect(states.drm_mode_create_dumb).toEqual([
      'fail',
      { gem: 1 },
      '1 steps lie behind a difference and were not compared.',
    ]);
  });

  test('a transcript that was not run: its rows are not modelled, with the reason', () => {
    const rows = rowsOf({ passed: false, notModelled: ['The device x is not in the booted machine.'] });
    expect(new Set(rows.map(row => `${row.state}: ${row.reason}`))).toEqual(
      new Set(['not modelled: The device x is not in the booted machine.']),
    );
  });

  test('every row that is not passed says why, and every row of the tables is on the board', () => {
    const board = buildBoard([{ transcript, result: result({}) }]);
    expect(board.rows.filter(row => row.state !== 'pass' && row.reason === '')).toEqual([]);
    const names = new Set(board.rows.map(row => row.behaviour));
    expect([...RECORDED, ...OTHERS].filter(row => !names.has(row.kernel))).toEqual([]);
    expect(Object.values(countStates(board)).reduce((a, b) => a + b, 0)).toBe(board.rows.length);
  });

  test('the page holds every row, escaped', () => {
    const board = buildBoard([{ transcript, result: result({}) }]);
    const html = boardHtml(board, 'a & b');
    expect(html).toContain('no&lt;such&gt;call');
    expect(html).not.toContain('<such>');
    expect(html.match(/<tr class=/g)).toHaveLength(board.rows.length);
  });
});

test('unit tests that the board names exist under that title', () => {
  const wrong = OTHERS.filter(
    ({ test: named }) =>
      named && !(existsSync(named[0]) && readFileSync(named[0], 'utf8').includes(named[1])),
  );
  expect(wrong).toEqual([]);
  expect(OTHERS.filter(row => (row.test === undefined) === (row.notModelled === undefined))).toEqual([]);
});
