/**
 * The conformance board: one row per behaviour and recorded outcome, from the results of a run of transcripts.
 *
 * Rule       a step counts as passed only when it was compared and agreed; what lies behind the first difference of a
 *            transcript was not compared, and its rows say so
 */
import type { TranscriptResult } from '../transcript/run_transcript.ts';
import type { Transcript } from '../transcript/transcript_file.ts';
import { OTHERS, RECORDED } from './behaviours.ts';

export const BOARD_STATES = ['pass', 'fail', 'not modelled', 'not recorded'] as const;
export type BoardState = (typeof BOARD_STATES)[number];

export interface BoardRow {
  readonly section: string;
  /** Name in the kernel. */
  readonly behaviour: string;
  readonly source: string;
  /** Call of the transcripts; empty for rows without recordings. */
  readonly call: string;
  /** What the kernel answered: `ok`, or the name of an error or signal; empty for rows without recordings. */
  readonly outcome: string;
  readonly state: BoardState;
  /** Steps that agreed, by group. */
  readonly passed: { readonly [group: string]: number };
  /** Steps recorded. */
  readonly steps: number;
  /** Why it is not passed. */
  readonly reason: string;
}

export interface Board {
  readonly format: 'gart-lab-conformance-board';
  readonly version: 1;
  readonly transcripts: number;
  readonly transcriptsPassed: number;
  readonly steps: number;
  readonly groups: readonly string[];
  readonly rows: readonly BoardRow[];
}

/** A transcript and what came of it. */
export interface BoardInput {
  readonly transcript: Transcript;
  readonly result: TranscriptResult;
}

interface Tally {
  readonly passed: Map<string, number>;
  steps: number;
  notReached: number;
  readonly failures: string[];
  readonly missing: Set<string>;
}

const sorted = (names: Iterable<string>): string[] => [...names].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));

function behaviourOf(call: string, group: string): { section: string; kernel: string; source: string } {
  const fits = RECORDED.find(row => row.call === call && (!row.groups || row.groups.includes(group)));
  return fits ?? { section: 'Not in the table', kernel: call, source: '–' };
}

/** `ok`, an errno, a signal. */
function outcomeOf(ret: unknown): string {
  if (typeof ret === 'string' && /^E[A-Z0-9]+$/.test(ret)) return ret;
  if (typeof ret === 'object' && ret !== null && 'signal' in ret) return String(ret.signal);
  return 'ok';
}

/** Rows for what was recorded, then rows for what was not; sections in the order of the tables. */
export function buildBoard(inputs: readonly BoardInput[]): Board {
  const tallies = new Map<
    string,
    { row: Omit<BoardRow, 'state' | 'passed' | 'steps' | 'reason'>; of: Tally }
  >();
  const tallyOf = (
    section: string,
    behaviour: string,
    source: string,
    call: string,
    outcome: string,
  ): Tally => {
    const key = [section, behaviour, call, outcome].join('\n');
    let found = tallies.get(key);
    if (!found) {
      const of = { passed: new Map(), steps: 0, notReached: 0, failures: [], missing: new Set<string>() };
      found = { row: { section, behaviour, source, call, outcome }, of };
      tallies.set(key, found);
    }
    return found.of;
  };
  let steps = 0;
  for (const { transcript, result } of inputs) {
    const { group, name } = transcript;
    const end = result.firstDifference?.step ?? transcript.steps.length;
    transcript.steps.forEach((step, index) => {
      steps++;
      const { section, kernel, source } = behaviourOf(step.call, group);
      const rows = [tallyOf(section, kernel, source, step.call, outcomeOf(step.ret))];
      for (const fn of new Set(step.kernel?.map(entry => entry.fn) ?? [])) {
        const entered = tallyOf('Kernel functions seen on the way', fn, 'traced', '', 'entered');
        if (result.notCompared.includes(fn)) entered.missing.add('The model has no event for this function.');
        rows.push(entered);
      }
      for (const row of rows) {
        row.steps++;
        if (result.notModelled.length > 0) for (const why of result.notModelled) row.missing.add(why);
        else if (index < end) row.passed.set(group, (row.passed.get(group) ?? 0) + 1);
        else if (index > end) row.notReached++;
        else {
          const at = result.firstDifference!;
          const [recorded, model] = [JSON.stringify(at.recorded), JSON.stringify(at.model)];
          row.failures.push(
            `${group}/${name} step ${index}, ${at.field}: recorded ${recorded}, model ${model}`,
          );
        }
      }
    });
  }
  const rows = [...tallies.values()].map(({ row, of }) => ({ ...row, ...verdict(of) }));
  for (const { section, kernel, source, test, notModelled } of OTHERS) {
    const state = test ? 'not recorded' : 'not modelled';
    const reason = test ? `Checked by ${test[0]}: ${test[1]}` : (notModelled ?? '');
    rows.push({
      section,
      behaviour: kernel,
      source,
      call: '',
      outcome: '',
      state,
      passed: {},
      steps: 0,
      reason,
    });
  }
  for (const [call, kernel, section, source] of unseen(tallies.values()))
    rows.push({
      section,
      behaviour: kernel,
      source,
      call,
      outcome: '',
      state: 'not recorded',
      passed: {},
      steps: 0,
      reason: 'No step of these transcripts exercises it.',
    });
  const order = new Map(
    [...new Set([...RECORDED, ...OTHERS].map(row => row.section))].map((name, index) => [name, index]),
  );
  const place = (row: BoardRow) => order.get(row.section) ?? order.size;
  const text = (row: BoardRow) => `${row.behaviour}\n${row.outcome === 'ok' ? '' : row.outcome}\n${row.call}`;
  rows.sort((a, b) => place(a) - place(b) || (text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0));
  return {
    format: 'gart-lab-conformance-board',
    version: 1,
    transcripts: inputs.length,
    transcriptsPassed: inputs.filter(({ result }) => result.passed).length,
    steps,
    groups: sorted(new Set(inputs.map(({ transcript }) => transcript.group))),
    rows,
  };
}

function verdict(of: Tally): Pick<BoardRow, 'state' | 'passed' | 'steps' | 'reason'> {
  const passed = Object.fromEntries(sorted(of.passed.keys()).map(group => [group, of.passed.get(group)!]));
  const reasons = [...of.failures];
  if (of.notReached > 0)
    reasons.push(`${of.notReached} steps lie behind a difference and were not compared.`);
  const state = reasons.length > 0 ? 'fail' : of.missing.size > 0 ? 'not modelled' : 'pass';
  return { state, passed, steps: of.steps, reason: [...reasons, ...of.missing].join(' ') };
}

/** Entries of the table that no step exercised. */
function* unseen(
  seen: Iterable<{ readonly row: { readonly behaviour: string; readonly call: string } }>,
): Generator<[call: string, kernel: string, section: string, source: string]> {
  const known = new Set([...seen].map(({ row }) => `${row.call}\n${row.behaviour}`));
  for (const { call, kernel, section, source } of RECORDED)
    if (!known.has(`${call}\n${kernel}`)) yield [call, kernel, section, source];
}

/** Rows in each state. */
export function countStates(board: Board): { readonly [state in BoardState]: number } {
  const counts = { pass: 0, fail: 0, 'not modelled': 0, 'not recorded': 0 };
  for (const { state } of board.rows) counts[state]++;
  return counts;
}
