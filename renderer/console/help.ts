/** What `help` prints. */
import { type CallEntry, callEntry, callUsage } from '../../core/public/call_reference.ts';
import { ask } from '../state/actions.ts';
import { LAB_WORDS } from './lab_words.ts';

const WIDTH = 18;

/** A call: how it is written, what its arguments take, what it does. */
function callText(entry: CallEntry): string {
  const explained = entry.args.filter(arg => arg.says !== undefined);
  return [
    callUsage(entry),
    entry.about.charAt(0).toUpperCase() + entry.about.slice(1),
    ...explained.map(arg => `  ${arg.name.padEnd(WIDTH - 2)}${arg.says}`),
  ].join('\n');
}

/** Everything there is, or the entry of one word. */
export async function helpText(word: string): Promise<string> {
  if (word === '') {
    return [
      'A line is a word of the lab, or a system call of a task. In the first scene, for example:',
      '  game: gpu.create fd=game.gpu size=1M name=mine as mine',
      '  game: mmap fd=game.gpu offsetOf=mine length=1M as view',
      '  game: touch map=view page=0 write=true value=7',
      '',
      ...LAB_WORDS.map(each => `${`${each.word} ${each.takes}`.padEnd(WIDTH)}${each.about}`),
      `${'help [word]'.padEnd(WIDTH)}This text, or calls whose name contains the word.`,
      `${'clear'.padEnd(WIDTH)}Forget what was printed.`,
      '',
      'Tab completes, the arrows bring back earlier lines.',
    ].join('\n');
  }
  const lab = LAB_WORDS.find(each => each.word === word);
  if (lab) return `${lab.word} ${lab.takes}\n${lab.about}`;
  const entry = callEntry(word);
  if (entry) return callText(entry);
  const words = await ask('words', {});
  const calls = words.filter(each => each.kind === 'call' && each.word.includes(word));
  return calls.length > 0 ? calls.map(each => each.word).join('\n') : `Nothing is called ${word}.`;
}
