/** Completion of the console: what the word under the cursor can become. */

export interface Completion {
  readonly word: string;
  readonly kind: string;
}

/** What can stand where, by kind; a lab word may offer choices for what follows it. */
export interface Vocabulary {
  readonly words: readonly Completion[];
  readonly lab: readonly { readonly word: string; readonly choices?: () => readonly string[] }[];
  /** Names of the arguments of a call, in order. */
  readonly argumentsOf?: (call: string) => readonly string[];
}

export interface Completions {
  /** Column where the completed word begins. */
  readonly from: number;
  readonly choices: readonly Completion[];
}

const MOST = 50;

/** @param text the line up to the cursor */
export function completionsOf(text: string, { words, lab, argumentsOf }: Vocabulary): Completions {
  const tokens = text.split(/\s+/);
  const last = tokens.at(-1) ?? '';
  const before = tokens.slice(0, -1).filter(token => token !== '');
  const starting = (from: number, prefix: string, choices: readonly Completion[]): Completions => ({
    from,
    choices: choices
      .filter(choice => choice.word.startsWith(prefix) && choice.word !== prefix)
      .slice(0, MOST),
  });
  const at = text.length - last.length;
  const calls = words.filter(each => each.kind === 'call');
  const named = words.filter(each => each.kind !== 'call');
  if (before.length === 0) {
    const tasks = named
      .filter(each => each.kind === 'task')
      .map(each => ({ ...each, word: `${each.word}:` }));
    const labWords = [...lab.map(each => each.word), 'help', 'clear'].map(word => ({ word, kind: 'lab' }));
    return starting(at, last, [...labWords, ...tasks, ...calls]);
  }
  if (before.length === 1 && before[0]!.endsWith(':')) return starting(at, last, calls);
  const choices = before.length === 1 && lab.find(each => each.word === before[0])?.choices;
  if (choices)
    return starting(
      at,
      last,
      choices().map(word => ({ word, kind: 'choice' })),
    );
  if (before.length === 1 && before[0] === 'help') return starting(at, last, calls);
  const equals = last.indexOf('=');
  if (equals >= 0) {
    const things = named.map(each => each);
    return starting(at + equals + 1, last.slice(equals + 1), things);
  }
  const call = before[0]!.endsWith(':') ? before[1]! : before[0]!;
  const given = new Set(before.map(token => token.split('=')[0]!));
  return starting(
    at,
    last,
    (argumentsOf?.(call) ?? [])
      .filter(name => !given.has(name))
      .map(name => ({ word: `${name}=`, kind: 'argument' })),
  );
}

/** The longest start that all choices share. */
export function commonStart(choices: readonly Completion[]): string {
  let start = choices[0]?.word ?? '';
  for (const { word } of choices) while (!word.startsWith(start)) start = start.slice(0, -1);
  return start;
}
