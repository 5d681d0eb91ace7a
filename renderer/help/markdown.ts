/** The little of Markdown that the program's own pages use: headings, paragraphs, fences, tables, code in a line. */

export type Block =
  | { readonly kind: 'heading'; readonly level: number; readonly text: string }
  | { readonly kind: 'paragraph'; readonly text: string }
  | { readonly kind: 'fence'; readonly text: string }
  | {
      readonly kind: 'table';
      readonly head: readonly string[];
      readonly rows: readonly (readonly string[])[];
    };

const cellsOf = (line: string) =>
  line
    .replace(/^\|/, '')
    .replace(/\|\s*$/, '')
    .split('|')
    .map(cell => cell.trim());

/** Lines from `from` on, as long as they are like the first. */
function run(lines: readonly string[], from: number, belongs: (line: string) => boolean): readonly string[] {
  let end = from;
  while (end < lines.length && belongs(lines[end]!)) end++;
  return lines.slice(from, end);
}

export function blocksOf(markdown: string): readonly Block[] {
  const lines = markdown.split('\n');
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length; ) {
    const line = lines[at]!;
    const heading = /^(#+) (.*)$/.exec(line);
    if (line.trim() === '') at++;
    else if (heading) {
      blocks.push({ kind: 'heading', level: heading[1]!.length, text: heading[2]! });
      at++;
    } else if (line.startsWith('```')) {
      const inside = run(lines, at + 1, each => !each.startsWith('```'));
      blocks.push({ kind: 'fence', text: inside.join('\n') });
      at += inside.length + 2;
    } else if (line.startsWith('|')) {
      const table = run(lines, at, each => each.startsWith('|'));
      const [head = '', , ...rows] = table;
      blocks.push({ kind: 'table', head: cellsOf(head), rows: rows.map(cellsOf) });
      at += table.length;
    } else {
      const text = run(lines, at, each => each.trim() !== '' && !/^(#+ |```|\|)/.test(each));
      blocks.push({ kind: 'paragraph', text: text.join(' ') });
      at += text.length;
    }
  }
  return blocks;
}

/** Parts of a line, those at odd places are code. */
export const partsOf = (text: string): readonly string[] => text.split('`');
