/** Which commands a few letters mean, best first. */
import type { Command } from './command.ts';

/** 0: no match; higher is better. Each word of the query must be found: at the start of a word, inside, or as letters in order. */
function score(query: string, title: string, also: string): number {
  let total = 0;
  for (const word of query.toLowerCase().split(/\s+/).filter(Boolean)) {
    const at = title.indexOf(word);
    if (at === 0 || (at > 0 && title[at - 1] === ' ')) total += 100 - Math.min(50, at);
    else if (at > 0) total += 40;
    else if (also.includes(word)) total += 20;
    else if (inOrder(word, title)) total += 5;
    else return 0;
  }
  return total;
}

function inOrder(letters: string, text: string): boolean {
  let at = 0;
  for (const letter of letters) {
    at = text.indexOf(letter, at) + 1;
    if (at === 0) return false;
  }
  return true;
}

/** @returns the commands that match, best first; all of them, in their order, for an empty query */
export function rankCommands(commands: readonly Command[], query: string): readonly Command[] {
  if (query.trim() === '') return commands;
  return commands
    .map((command, order) => ({
      command,
      order,
      score: score(
        query,
        command.title.toLowerCase(),
        `${command.group} ${command.also ?? ''}`.toLowerCase(),
      ),
    }))
    .filter(each => each.score > 0)
    .sort((a, b) => b.score - a.score || a.order - b.order)
    .map(each => each.command);
}
