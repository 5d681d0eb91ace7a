/** Which commands a few letters mean, best first. */
import type { Command } from './command.ts';

/**
 * 0: no match; higher is better. Each word of the query must be found: in the title at the start of a word or inside, among the
 * other words at the start of one, or as first letters of words of the title.
 */
function score(query: string, title: string, also: string): number {
  let total = 0;
  for (const word of query.toLowerCase().split(/\s+/).filter(Boolean)) {
    const at = title.indexOf(word);
    if (at === 0 || (at > 0 && title[at - 1] === ' ')) total += 100 - Math.min(50, at);
    else if (at > 0) total += 40;
    else if (` ${also}`.includes(` ${word}`)) total += 20;
    else if (word.length > 1 && initials(title).includes(word)) total += 5;
    else return 0;
  }
  return total;
}

const initials = (text: string) =>
  text
    .split(/\s+/)
    .map(word => word[0] ?? '')
    .join('');

const opens = (command: Command) => (command.group === 'Scenes' ? 1 : 0);

/** @returns the commands that match, best first; all of them, in their order, for an empty query */
export function rankCommands(commands: readonly Command[], query: string): readonly Command[] {
  if (query.trim() === '') return commands;
  return (
    commands
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
      // A scene takes the place of the one that is open: what else matches as well comes first.
      .sort((a, b) => b.score - a.score || opens(a.command) - opens(b.command) || a.order - b.order)
      .map(each => each.command)
  );
}
