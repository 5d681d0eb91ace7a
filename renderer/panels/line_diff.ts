/** What changed between two texts, line by line: common start and end, and a longest common subsequence between them. */

export interface LineOfDiff {
  readonly change: 'same' | 'added' | 'removed';
  readonly text: string;
}

/** Lines of difference beyond which everything between start and end counts as replaced. */
const MOST_COMPARED = 400;

const linesOf = (text: string) =>
  text === '' ? [] : (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');

/** All lines of `after`, and between them those that `before` had and `after` has not. */
export function diffLines(before: string, after: string): readonly LineOfDiff[] {
  const old = linesOf(before);
  const now = linesOf(after);
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start++;
  let end = 0;
  while (
    end < old.length - start &&
    end < now.length - start &&
    old[old.length - 1 - end] === now[now.length - 1 - end]
  )
    end++;
  const same = (text: string): LineOfDiff => ({ change: 'same', text });
  return [
    ...now.slice(0, start).map(same),
    ...between(old.slice(start, old.length - end), now.slice(start, now.length - end)),
    ...now.slice(now.length - end).map(same),
  ];
}

function between(old: readonly string[], now: readonly string[]): LineOfDiff[] {
  const removed = (text: string): LineOfDiff => ({ change: 'removed', text });
  const added = (text: string): LineOfDiff => ({ change: 'added', text });
  if (old.length > MOST_COMPARED || now.length > MOST_COMPARED)
    return [...old.map(removed), ...now.map(added)];
  const width = now.length + 1;
  const length = new Uint32Array((old.length + 1) * width);
  for (let i = old.length - 1; i >= 0; i--)
    for (let j = now.length - 1; j >= 0; j--)
      length[i * width + j] =
        old[i] === now[j]
          ? length[(i + 1) * width + j + 1]! + 1
          : Math.max(length[(i + 1) * width + j]!, length[i * width + j + 1]!);
  const lines: LineOfDiff[] = [];
  let i = 0;
  let j = 0;
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && old[i] === now[j]) {
      lines.push({ change: 'same', text: now[j]! });
      i++;
      j++;
    } else if (
      i < old.length &&
      (j === now.length || length[(i + 1) * width + j]! >= length[i * width + j + 1]!)
    ) {
      lines.push(removed(old[i++]!));
    } else lines.push(added(now[j++]!));
  }
  return lines;
}
