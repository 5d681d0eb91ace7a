/**
 * Declarations of tracepoints: each event is declared once, with flat integer fields, and nothing else describes it.
 *
 * Names      `system:object_verb`. An event that Linux has keeps its name and fields; ours belong to systems `lab_*`.
 * Fields     up to EVENT_ARGS unsigned 32-bit integers: ids, page numbers, counts, enum indexes. Bytes are given in pages
 *            (suffix `Pages`, `Page`) or, where a byte value is meant, below 2^32. Units are in the field name.
 */
import { invariant } from '../base/invariant.ts';

/** Argument columns of an event. */
export const EVENT_ARGS = 5;

/** One declared tracepoint. */
export interface EventType {
  /** Dense number; the value stored in the type column. */
  readonly id: number;
  /** `system:object_verb`. */
  readonly name: string;
  /** Names of the arguments in column order. */
  readonly fields: readonly string[];
  /** Words for arguments that are enum indexes: field name to list of words. */
  readonly words: Readonly<Record<string, readonly string[]>>;
}

const types: EventType[] = [];
const typesByName = new Map<string, EventType>();

/**
 * Declare a tracepoint; called at module level in `trace/events/<room>.ts` only.
 * Ids follow the order of declaration, so `trace/events/all.ts` fixes the order of the files.
 */
export function declareEvent(
  name: string,
  fields: readonly string[],
  words: Readonly<Record<string, readonly string[]>> = {},
): EventType {
  invariant(/^[a-z0-9_]+:[a-z0-9_]+$/.test(name), () => `Event name ${name} is not system:object_verb.`);
  invariant(
    fields.length <= EVENT_ARGS,
    () => `Event ${name} has ${fields.length} fields; ${EVENT_ARGS} fit.`,
  );
  invariant(!typesByName.has(name), () => `Event ${name} is declared twice.`);
  const type: EventType = { id: types.length, name, fields, words };
  types.push(type);
  typesByName.set(name, type);
  return type;
}

/** Results of calls from here on are errnos: MAX_ERRNO of include/linux/err.h. */
const FIRST_ERRNO = 2 ** 32 - 4095;

/** A word of 32 bits as the field means it: in `ret`, the results that are errnos are negative. */
export function valueOfField(field: string, word: number): number {
  return field === 'ret' && word >= FIRST_ERRNO ? word - 2 ** 32 : word;
}

/** All declared events, by id. */
export function allEventTypes(): readonly EventType[] {
  return types;
}

/** The event of this name, or undefined. */
export function eventTypeByName(name: string): EventType | undefined {
  return typesByName.get(name);
}
