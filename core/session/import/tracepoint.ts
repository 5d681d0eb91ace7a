/** Reads the payload of a tracepoint by the format its kernel printed it with. */
import type { EventType } from '../../trace/event.ts';
import { type Field, type FieldKind, type FieldLayout, layoutFields } from './event_fields.ts';
import type { EventSink } from './event_sink.ts';
import { TRACEPOINT_FORMATS } from './tracepoint_formats.ts';

/** Payloads that are longer are kept as text: patterns with several texts in them cost more than their length. */
const MAX_PATTERN_TEXT = 1024;

interface Generation {
  readonly pattern: RegExp;
  readonly fields: readonly Field[];
  readonly isHex: readonly boolean[];
  readonly withCpu: FieldLayout;
  readonly withoutCpu: FieldLayout;
}

interface Tracepoint {
  readonly name: string;
  readonly generations: readonly Generation[];
}

const PATTERNS: Readonly<Record<string, { readonly kind: FieldKind; readonly source: string }>> = {
  u: { kind: 'n', source: '(\\d{1,10})' },
  d: { kind: 'n', source: '(-?\\d{1,10})' },
  x: { kind: 'n', source: '((?:0x)?[0-9a-f]{1,8})' },
  w: { kind: 'w', source: '(0x[0-9a-f]{1,16}|\\d{1,20})' },
  h: { kind: 'w', source: '((?:0x)?[0-9a-f]{1,16})' },
  p: { kind: 's', source: '(\\(null\\)|[0-9a-fx]+)' },
  s: { kind: 's', source: '(.*?)' },
};

const literalPattern = (text: string) =>
  text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/(?:,|\s)+/g, '[,\\s]+');
/** A piece of text between fields; a blank before the first or behind the last word of it may be missing. */
const PIECE = /\{([^}]*)\}|%(-?)([udxwhps])(?:<([^>]*)>)?/g;

function compile(format: string): Generation {
  const fields: Field[] = [];
  const isHex: boolean[] = [];
  let source = '^\\s*';
  let at = 0;
  for (const match of format.matchAll(PIECE)) {
    const literal = format.slice(at, match.index);
    at = match.index + match[0].length;
    source += literalPattern(literal);
    if (match[1] !== undefined) {
      source += `(${literalPattern(match[1])})?`;
      fields.push({
        name: match[1]
          .replace(/[^a-z]+/g, ' ')
          .trim()
          .replaceAll(' ', '_'),
        kind: 'f',
        late: true,
      });
      isHex.push(false);
      continue;
    }
    const name = match[4] ?? /([\w-]+)\s*[=:]\s*$/.exec(literal)?.[1] ?? `field${fields.length}`;
    const { kind, source: piece } = PATTERNS[match[3]!]!;
    source += piece;
    fields.push({ name, kind, late: match[2] === '-' });
    isHex.push(match[3] === 'x' || match[3] === 'h');
  }
  source += `${literalPattern(format.slice(at))}\\s*$`;
  return {
    pattern: new RegExp(source, 's'),
    fields,
    isHex,
    withCpu: layoutFields(fields, true),
    withoutCpu: layoutFields(fields, false),
  };
}

const TRACEPOINTS = new Map<string, Tracepoint>();
for (const [system, events] of Object.entries(TRACEPOINT_FORMATS)) {
  for (const [name, formats] of Object.entries(events))
    TRACEPOINTS.set(name, { name: `${system}:${name}`, generations: formats.map(compile) });
}

/** `system:name` of an event whose format is known, or undefined. */
export function knownTracepoint(name: string): string | undefined {
  return TRACEPOINTS.get(name)?.name;
}

/** What stands in an event line beside the payload. */
export interface EventHead {
  /** Number of the task in the sink. */
  readonly task: number;
  /** Null where the capture does not say. */
  readonly cpu: number | null;
  /** ns; null where the capture does not say. */
  readonly time: number | null;
  /** Empty where the capture does not say. */
  readonly system: string;
}

const WORD = 0xffffffffn;

/** The words of one field; undefined when the number does not fit. */
function wordsOf(
  { kind }: Field,
  isHex: boolean,
  text: string | undefined,
  sink: EventSink,
): number[] | undefined {
  if (kind === 'f') return [text === undefined ? 0 : 1];
  if (kind === 's') return [sink.text(text ?? '')];
  const digits = text ?? '0';
  const hex = isHex || digits.startsWith('0x');
  if (kind === 'n') {
    const value = Number.parseInt(digits, hex ? 16 : 10);
    return value < -(2 ** 31) || value > 0xffffffff ? undefined : [value >>> 0];
  }
  const value = BigInt(hex && !digits.startsWith('0x') ? `0x${digits}` : digits);
  return value >> 64n === 0n ? [Number(value & WORD), Number(value >> 32n)] : undefined;
}

function emitKnown(
  name: string,
  { pattern, fields, isHex, withCpu, withoutCpu }: Generation,
  head: EventHead,
  payload: string,
  sink: EventSink,
): boolean {
  const match = pattern.exec(payload);
  if (!match) return false;
  const layout = head.cpu === null ? withoutCpu : withCpu;
  const words: number[] = [];
  for (const i of layout.own) {
    const own = wordsOf(fields[i]!, isHex[i]!, match[i + 1], sink);
    if (!own) return false;
    words.push(...own);
  }
  if (layout.rest.length > 0) {
    const rest = layout.rest.map(i => {
      const text = match[i + 1];
      return `${fields[i]!.name}=${fields[i]!.kind === 'f' ? Number(text !== undefined) : (text ?? '').trim()}`;
    });
    words.push(sink.text(rest.join(' ')));
  }
  if (layout.hasCpu) words.push(head.cpu!);
  sink.emit(sink.type(name, layout.columns), head.task, head.time ?? sink.now, words);
  return true;
}

const PAYLOAD = { withCpu: ['payload$', 'cpu'], withoutCpu: ['payload$'] } as const;

/** The type of an event that is kept as text. */
function textType(name: string, head: EventHead, sink: EventSink): EventType {
  return sink.type(name, head.cpu === null ? PAYLOAD.withoutCpu : PAYLOAD.withCpu);
}

/** One event: by its fields where they are known and fit, else as text under its own name. */
export function emitTracepoint(name: string, head: EventHead, payload: string, sink: EventSink): void {
  const known = TRACEPOINTS.get(name);
  if (known && payload.length <= MAX_PATTERN_TEXT) {
    for (const generation of known.generations)
      if (emitKnown(known.name, generation, head, payload, sink)) return;
  }
  const system = name === 'print' || name === 'tracing_mark_write' ? 'ftrace' : head.system || 'unknown';
  const type = textType(known?.name ?? `${system}:${name}`, head, sink);
  sink.emit(type, head.task, head.time ?? sink.now, [sink.text(payload), head.cpu ?? 0]);
}
