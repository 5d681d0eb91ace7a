/** Where in the text of a JSON document a path leads. */
import { jsonLanguage } from '@codemirror/lang-json';

type Node = ReturnType<typeof jsonLanguage.parser.parse>['topNode'];

const MARKS = new Set(['[', ']', '{', '}', ',', ':', '⚠']);

function children(node: Node): Node[] {
  const list: Node[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling)
    if (!MARKS.has(child.name)) list.push(child);
  return list;
}

/** The value under a key or an index, and what to underline for it. */
function stepInto(node: Node, key: string | number, text: string): { value: Node; show: Node } | null {
  if (node.name === 'Array' && typeof key === 'number') {
    const value = children(node)[key];
    return value ? { value, show: value } : null;
  }
  if (node.name !== 'Object') return null;
  for (const property of children(node)) {
    const name = property.getChild('PropertyName');
    const value = property.lastChild;
    if (!name || !value || text.slice(name.from + 1, name.to - 1) !== String(key)) continue;
    return { value, show: value.name === 'PropertyName' ? name : value };
  }
  return null;
}

/**
 * The range of the value that a path leads to; what is missing is shown at the innermost thing that is there.
 *
 * @returns offsets into the text; of a long value only its first line
 */
export function placeOfPath(
  text: string,
  path: readonly (string | number)[],
): { readonly from: number; readonly to: number } {
  const top = jsonLanguage.parser.parse(text).topNode;
  let node = children(top)[0] ?? top;
  let show = node;
  for (const key of path) {
    const found = stepInto(node, key, text);
    if (!found) break;
    node = found.value;
    show = found.show;
  }
  const line = text.indexOf('\n', show.from);
  const to = line >= 0 && line < show.to ? Math.max(line, show.from + 1) : show.to;
  return { from: show.from, to: Math.min(to, text.length) };
}
