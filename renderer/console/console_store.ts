/** What the console has printed, what was typed before, and how a line is run. */
import { effect, signal } from '@preact/signals';
import { LineError, parseInputLine } from '../../core/public/input_line.ts';
import { commandLines } from '../commands/command.ts';
import * as actions from '../state/actions.ts';
import { called, view } from '../state/lab_store.ts';
import { callHint } from './call_hint.ts';
import { helpText } from './help.ts';
import { LAB_WORDS } from './lab_words.ts';

export interface ConsoleEntry {
  readonly kind: 'typed' | 'ran' | 'answer' | 'error';
  readonly text: string;
  /** Counts the lines of this window. */
  readonly number: number;
}

/** Entries of a block, and blocks that are kept. */
const BLOCK = 40;
const MOST_BLOCKS = 50;
const MOST_HISTORY = 200;
const HISTORY_KEY = 'gart-lab.console-history';

/** What was printed, in blocks: a full one never changes, so that only the last is looked at when something is printed. */
export const blocks = signal<readonly (readonly ConsoleEntry[])[]>([]);
export const history = signal<readonly string[]>(readHistory());
/** Who calls when a line does not say. */
export const usualTask = signal<string | null>(null);

function readHistory(): readonly string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(HISTORY_KEY) ?? '[]');
    return Array.isArray(kept) ? kept.filter(line => typeof line === 'string').slice(-MOST_HISTORY) : [];
  } catch {
    return [];
  }
}

function remember(line: string): void {
  history.value = [...history.value.filter(old => old !== line), line].slice(-MOST_HISTORY);
  try {
    localStorage.setItem(HISTORY_KEY, JSON.stringify(history.value));
  } catch {
    // History is a convenience.
  }
}

/** Print something. */
export function print(kind: ConsoleEntry['kind'], text: string): void {
  const now = blocks.peek();
  const last = now.at(-1) ?? [];
  const entry = { kind, text, number: (last.at(-1)?.number ?? 0) + 1 };
  blocks.value =
    last.length > 0 && last.length < BLOCK
      ? [...now.slice(0, -1), [...last, entry]]
      : [...now, [entry]].slice(-MOST_BLOCKS);
}

/** The task that calls when a line names none: the one named last, else the first there is. */
export function callerNow(): string {
  const names = view.value.tasks.map(task => task.name);
  return usualTask.value !== null && names.includes(usualTask.value) ? usualTask.value : (names[0] ?? 'K');
}

/** Run one line; whatever comes of it is printed. */
export async function runLine(line: string): Promise<void> {
  const text = line.trim();
  if (text === '') return;
  remember(text);
  print('typed', text);
  const [word = '', ...more] = text.split(/\s+/);
  try {
    if (word === 'clear') blocks.value = [];
    else if (word === 'help') print('answer', await helpText(more.join(' ')));
    else {
      const lab = LAB_WORDS.find(each => each.word === word);
      // `cat path=/proc/meminfo` is the system call of that name; `cat /proc/meminfo` is the lab's word.
      if (lab && !/^\S+\s+\w+=/.test(text)) {
        const answer = await lab.run(more.join(' '));
        if (answer !== undefined) print('answer', answer);
      } else await callLine(text);
    }
  } catch (error) {
    const says = error instanceof Error ? error.message : String(error);
    print('error', error instanceof LineError ? `${' '.repeat(error.column)}^\n${says}` : says);
  }
}

async function callLine(text: string): Promise<void> {
  const input = parseInputLine(text, callerNow());
  if (input.task !== 'K') usualTask.value = input.task;
  await actions.call(input);
}

/** Print what buttons ran and what calls answered, from now on. */
export function followLab(): void {
  let printed = 0;
  effect(() => {
    const lines = commandLines.value;
    for (const line of lines.slice(printed)) print('ran', line);
    printed = lines.length;
  });
  effect(() => {
    const answer = called.value;
    if (!answer) return;
    if ('error' in answer) {
      const hint = answer.error.startsWith('There is no call') ? ' Type help for the words of the lab.' : '';
      print('error', `${answer.error}${hint}`);
    } else {
      const { ret, ...rest } = answer.answer;
      const more = Object.keys(rest).length > 0 ? ` ${JSON.stringify(rest)}` : '';
      const said = answer.refused ?? (typeof ret === 'string' ? ret : JSON.stringify(ret));
      print(answer.refused !== undefined ? 'error' : 'answer', `${said}${more}`);
    }
    const { call, args } = parseInputLine(answer.line, 'K');
    const hint = callHint(call, args, 'error' in answer || answer.refused !== undefined);
    if (hint !== null) print('answer', hint);
  });
}
