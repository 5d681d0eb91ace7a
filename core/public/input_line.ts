/**
 * One input as one line of text, as the console reads and prints it: `game: mmap fd=game.gpu length=8192 prot=rw as map`.
 *
 * Grammar    [task ':'] call {name '=' value} ['as' name]; a value is JSON, or a bare word that is none of null, true, false
 *            and no number; the task may be left out where there is a usual one; 0x1000 and 4K, 2M, 1G are read as whole numbers
 * Invariant  parseInputLine(formatInputLine(input)) equals input
 */

/** A line as an input; `session/input.ts` says what its fields mean. */
export interface InputLine {
  readonly task: string;
  readonly call: string;
  readonly args: { readonly [name: string]: unknown };
  readonly as?: string;
}

/** A line that cannot be read: what is wrong with it, and where it begins to be. */
export class LineError extends Error {
  override readonly name = 'LineError';
  constructor(
    readonly column: number,
    says: string,
  ) {
    super(says);
  }
}

/** Words that need no quotes. */
const BARE = /^[A-Za-z_/~][\w./+:~-]*$/;
const NOT_BARE = /^(null|true|false|as)$/;
const NAME = /^[A-Za-z_][\w.-]*/;

const HEX = /^0x[0-9a-f]{1,13}$/i;
const SIZE = /^(\d{1,6})([KMG])$/;
const UNIT_BYTES = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };

/** What driver developers write for a number and JSON does not know: an address, or bytes with a binary unit; null for other words. */
function addressOrSize(word: string): number | null {
  if (HEX.test(word)) return Number(word);
  const size = SIZE.exec(word);
  return size && Number(size[1]) * UNIT_BYTES[size[2] as keyof typeof UNIT_BYTES];
}

const isBare = (text: string) => BARE.test(text) && !NOT_BARE.test(text);

function formatValue(value: unknown): string {
  return typeof value === 'string' && isBare(value) ? value : JSON.stringify(value);
}

/** An input as a person would write it. */
export function formatInputLine({ task, call, args, as }: InputLine): string {
  const words = Object.entries(args).map(([name, value]) => `${name}=${formatValue(value)}`);
  return [`${task}:`, call, ...words, ...(as === undefined ? [] : ['as', as])].join(' ');
}

/**
 * Read a line.
 *
 * @param usualTask who calls when the line does not say
 * @throws LineError naming the column and the word
 */
export function parseInputLine(text: string, usualTask: string): InputLine {
  const line = new Reader(text);
  let call = line.word();
  let task = usualTask;
  if (call.endsWith(':') && call.length > 1) {
    task = call.slice(0, -1);
    call = line.word();
  }
  if (!NAME.test(call))
    line.refuse(call === '' ? 'the name of a call is missing' : `${call} is not the name of a call`);
  const args: Record<string, unknown> = {};
  while (!line.atEnd) {
    const name = line.name();
    if (line.take('=')) {
      if (Object.hasOwn(args, name)) line.refuse(`${name} is given twice`);
      args[name] = line.value(name);
    } else if (name === 'as') {
      const as = line.word();
      if (as === '') line.refuse('after "as" comes a name');
      if (!line.atEnd) line.refuse('nothing may follow the name after "as"');
      return { task, call, args, as };
    } else line.refuse(`after ${name} comes "=" and a value`);
  }
  return { task, call, args };
}

class Reader {
  private at = 0;
  private wordStart = 0;

  constructor(private readonly text: string) {
    this.skip();
  }

  get atEnd(): boolean {
    return this.at >= this.text.length;
  }

  private skip(): void {
    while (this.text[this.at] === ' ') this.at++;
  }

  /** Everything up to the next space. */
  word(): string {
    this.wordStart = this.at;
    while (!this.atEnd && this.text[this.at] !== ' ') this.at++;
    const word = this.text.slice(this.wordStart, this.at);
    this.skip();
    return word;
  }

  /** The name of an argument. */
  name(): string {
    this.wordStart = this.at;
    const match = NAME.exec(this.text.slice(this.at));
    if (!match) this.refuse('here comes an argument, name=value');
    this.at += match![0].length;
    if (this.text[this.at] !== '=') this.skip();
    return match![0];
  }

  take(sign: string): boolean {
    if (this.text[this.at] !== sign) return false;
    this.at++;
    return true;
  }

  /** A bare word, or JSON up to where its brackets and quotes are closed. */
  value(name: string): unknown {
    this.wordStart = this.at;
    const end = this.endOfValue();
    const word = this.text.slice(this.at, end);
    if (word === '') this.refuse(`the value of ${name} is missing`);
    let value: unknown = addressOrSize(word) ?? word;
    if (value === word && !isBare(word)) {
      try {
        value = JSON.parse(word);
      } catch {
        const how = /^[[{]/.test(word) ? '; words in it stand in quotes' : '';
        this.refuse(`the value of ${name}, ${word}, is neither a word nor JSON${how}`);
      }
    }
    this.at = end;
    this.skip();
    return value;
  }

  private endOfValue(): number {
    let depth = 0;
    let quoted = false;
    let at = this.at;
    for (; at < this.text.length; at++) {
      const sign = this.text[at]!;
      if (quoted) {
        if (sign === '\\') at++;
        else if (sign === '"') quoted = false;
      } else if (sign === '"') quoted = true;
      else if ('[{'.includes(sign)) depth++;
      else if (']}'.includes(sign)) depth--;
      else if (sign === ' ' && depth <= 0) break;
    }
    return Math.min(at, this.text.length);
  }

  refuse(says: string): never {
    throw new LineError(this.wordStart, `Column ${this.wordStart + 1}: ${says}.`);
  }
}
