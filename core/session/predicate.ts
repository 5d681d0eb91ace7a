/**
 * Conditions over one moment: `vram.used > 12M`, `object(frame).placement == SYSTEM and not faults > 100`.
 *
 * Language   or, and, not, parentheses; a comparison is <value> <op> <value> with == != < <= > >=; words with == and != only
 *            values: numbers with K, M, G (1024 times), the words that a field may be, and
 *              time · position · events · faults · evictions · objects
 *              vram.used · tt.used · system.used · swap.used                  bytes
 *              object(NAME).placement · .size (bytes) · .ptes · .pinned       `none` (0 in numbers) where there is no such object
 *              count(system:event_name)                                       events of this type so far
 * Errors     PredicateError with the place and what was expected
 */
import { PAGE_SIZE } from '../base/units.ts';
import { eventTypeByName } from '../trace/event.ts';
import type { StateSummary } from './state_summary.ts';

export class PredicateError extends Error {
  override readonly name = 'PredicateError';
}

type Value = string | number;
type ValueOf = (state: StateSummary) => Value;

export interface Predicate {
  readonly text: string;
  readonly holds: (state: StateSummary) => boolean;
  /** It can only go from false to true: built of lower bounds on what never falls. */
  readonly grows: boolean;
  /** Names of objects that it asks about. */
  readonly objects: readonly string[];
}

interface Term {
  readonly of: ValueOf;
  /** Of a field: what it may be; of a word that stands for itself: null. Absent: it is a number. */
  readonly words?: readonly string[] | null;
  /** Never falls along a session. */
  readonly grows: boolean;
  readonly constant: boolean;
}

interface Part {
  readonly holds: (state: StateSummary) => boolean;
  readonly grows: boolean;
}

const TOKEN =
  /\s*(?:(object|count)\(([^()]*)\)|(==|!=|<=|>=|<|>|\(|\)|\.)|(\d+(?:\.\d+)?)([KMG]?)(?![a-zA-Z])|([A-Za-z_][\w-]*))/y;
const UNITS: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };
const GROWING: Readonly<Record<string, ValueOf>> = {
  time: state => state.time,
  position: state => state.position,
  events: state => state.events,
  faults: state => state.counters['exceptions:page_fault_user'] ?? 0,
  evictions: state => state.counters['lab_ttm:evict_victim'] ?? 0,
};
const MEMORIES = ['vram', 'tt', 'system', 'swap'];
const PLACES = MEMORIES.map(memory => memory.toUpperCase());
interface ObjectField {
  readonly of: (state: StateSummary['objects'][number]) => Value;
  /** What it may be; absent: it is a number. */
  readonly words?: readonly string[];
}
const OBJECT_FIELDS: Readonly<Record<string, ObjectField>> = {
  placement: { of: ({ placement }) => placement, words: [...PLACES, 'none'] },
  size: { of: ({ nrPages }) => nrPages * PAGE_SIZE },
  ptes: { of: ({ ptes }) => ptes },
  pinned: { of: ({ pinned }) => (pinned ? 'yes' : 'no'), words: ['yes', 'no', 'none'] },
};
const MOST_LENGTH = 4096;
const MOST_DEPTH = 64;

interface Token {
  readonly at: number;
  readonly kind: 'call' | 'sign' | 'number' | 'word' | 'end';
  readonly text: string;
  readonly value?: number;
  readonly inside?: string;
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  const regex = new RegExp(TOKEN);
  const end = text.trimEnd().length;
  if (end > MOST_LENGTH) throw new PredicateError(`A condition has at most ${MOST_LENGTH} characters.`);
  while (regex.lastIndex < end) {
    const from = regex.lastIndex;
    const at = from + text.slice(from).search(/\S/);
    const match = regex.exec(text);
    if (!match)
      throw new PredicateError(
        `Character ${at + 1} of the condition cannot be understood: ${text.slice(at, at + 12)}.`,
      );
    const [, call, inside, sign, digits, unit, word] = match;
    if (call) tokens.push({ at, kind: 'call', text: call, inside: inside!.trim() });
    else if (sign) tokens.push({ at, kind: 'sign', text: sign });
    else if (digits) tokens.push({ at, kind: 'number', text: digits, value: Number(digits) * UNITS[unit!]! });
    else tokens.push({ at, kind: 'word', text: word! });
  }
  tokens.push({ at: end, kind: 'end', text: 'the end' });
  return tokens;
}

const COMPARE: Readonly<Record<string, (a: Value, b: Value) => boolean>> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

class Parser {
  readonly objects: string[] = [];
  private next = 0;
  private depth = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  whole(): Part {
    const part = this.or();
    if (this.token.kind !== 'end') this.refuse('`and`, `or` or the end');
    return part;
  }

  private get token(): Token {
    return this.tokens[this.next]!;
  }

  private take(...texts: string[]): boolean {
    const { kind, text } = this.token;
    if (kind === 'number' || kind === 'end' || kind === 'call' || !texts.includes(text)) return false;
    this.next++;
    return true;
  }

  private refuse(expected: string): never {
    const { at, text } = this.token;
    throw new PredicateError(
      `At character ${at + 1} of the condition stands ${text}; ${expected} was expected.`,
    );
  }

  private or(): Part {
    let left = this.and();
    while (this.take('or')) {
      const [a, b] = [left, this.and()];
      left = { holds: state => a.holds(state) || b.holds(state), grows: a.grows && b.grows };
    }
    return left;
  }

  private and(): Part {
    let left = this.not();
    while (this.take('and')) {
      const [a, b] = [left, this.not()];
      left = { holds: state => a.holds(state) && b.holds(state), grows: a.grows && b.grows };
    }
    return left;
  }

  private not(): Part {
    if (++this.depth > MOST_DEPTH) throw new PredicateError(`A condition is at most ${MOST_DEPTH} deep.`);
    try {
      if (this.take('not')) {
        const part = this.not();
        return { holds: state => !part.holds(state), grows: false };
      }
      if (this.take('(')) {
        const part = this.or();
        if (!this.take(')')) this.refuse('`)`');
        return part;
      }
      return this.comparison();
    } finally {
      this.depth--;
    }
  }

  private comparison(): Part {
    const first = this.token;
    const left = this.term();
    const { text } = this.token;
    const compare = this.token.kind === 'sign' ? COMPARE[text] : undefined;
    if (!compare) this.refuse('one of == != < <= > >=');
    this.next++;
    const second = this.token;
    const right = this.term();
    checkWord(first, left, right, text);
    checkWord(second, right, left, text);
    const up = text === '>' || text === '>=';
    const down = text === '<' || text === '<=';
    return {
      holds: state => compare(left.of(state), right.of(state)),
      grows: (up && left.grows && right.constant) || (down && right.grows && left.constant),
    };
  }

  private term(): Term {
    const token = this.token;
    this.next++;
    const fixed = (value: Value): Term => ({ of: () => value, grows: false, constant: true });
    if (token.kind === 'number') return fixed(token.value!);
    if (token.kind === 'call')
      return token.text === 'count' ? this.count(token.inside!) : this.object(token.inside!);
    if (token.kind === 'word') {
      const growing = GROWING[token.text];
      if (growing) return { of: growing, grows: true, constant: false };
      if (token.text === 'objects') return { of: s => s.objects.length, grows: false, constant: false };
      if (MEMORIES.includes(token.text) && this.take('.')) {
        if (!this.take('used')) this.refuse('`used`');
        const memory = token.text.toUpperCase();
        return { of: s => s.used[memory]! * PAGE_SIZE, grows: false, constant: false };
      }
      return { ...fixed(token.text), words: null };
    }
    this.next--;
    this.refuse('a value');
  }

  private count(name: string): Term {
    if (!eventTypeByName(name)) throw new PredicateError(`There is no event ${name}.`);
    return { of: state => state.counters[name] ?? 0, grows: true, constant: false };
  }

  private object(name: string): Term {
    if (!this.take('.')) this.refuse('`.`');
    const field = OBJECT_FIELDS[this.token.text];
    if (!field) this.refuse(`one of ${Object.keys(OBJECT_FIELDS).join(', ')}`);
    this.next++;
    this.objects.push(name);
    const { words } = field;
    const of = (state: StateSummary): Value => {
      const found = objectCalled(state, name);
      return found ? field.of(found) : words ? 'none' : 0;
    };
    return { of, grows: false, constant: false, ...(words && { words }) };
  }
}

/** A word stands only beside a field that may be it. @throws PredicateError */
function checkWord({ at, text }: Token, term: Term, other: Term, compare: string): void {
  if (term.words !== null) return;
  const refuse = (says: string): never => {
    throw new PredicateError(`At character ${at + 1} of the condition stands ${text}; ${says}.`);
  };
  if (!other.words) {
    refuse(
      `that is no value, there are ${[...Object.keys(GROWING), 'objects'].join(', ')}, ${MEMORIES.map(memory => `${memory}.used`).join(', ')}, object(NAME).FIELD and count(EVENT)`,
    );
  }
  if (!other.words!.includes(text)) refuse(`one of ${other.words!.join(', ')} was expected`);
  if (compare !== '==' && compare !== '!=') refuse('words are compared with == and !=');
}

/** The object that a condition calls so. */
export function objectCalled(state: StateSummary, name: string): StateSummary['objects'][number] | undefined {
  return state.objects.find(object => object.name === name || `bo ${object.id}` === name);
}

/** A condition from its text. @throws PredicateError */
export function parsePredicate(text: string): Predicate {
  const parser = new Parser(tokensOf(text));
  const { holds, grows } = parser.whole();
  return { text, holds, grows, objects: parser.objects };
}
