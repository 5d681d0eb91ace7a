/**
 * How the fields of a foreign event go into the EVENT_ARGS words of an event row.
 *
 * Names     those of the kernel, with a suffix where a word alone would not say what it is:
 *             `name`            an unsigned number of 32 bits; negative ones as two's complement
 *             `name`,`name_hi`  a number of 64 bits in two words
 *             `name$`           the index of a text (TEXT blocks): strings, and pointers as they were printed
 *             `rest$`           the fields that found no room, as `name=value` with blanks between
 *             `payload$`        the whole text of an event whose fields are not known
 * Added     `cpu`, where a word is left: the common field of ftrace
 */
import { EVENT_ARGS } from '../../trace/event.ts';

/** `n` a number of 32 bits, `w` of 64 bits, `s` a text, `f` 1 when the words in braces were there. */
export type FieldKind = 'n' | 'w' | 's' | 'f';

export interface Field {
  readonly name: string;
  readonly kind: FieldKind;
  /** The first to go into `rest$` when there is not room for all. */
  readonly late?: boolean;
}

/** A layout: which fields have words, and which go into `rest$`. */
export interface FieldLayout {
  /** As a header holds them. */
  readonly columns: readonly string[];
  /** Indexes of the fields that have words of their own, and of those in `rest$`. */
  readonly own: readonly number[];
  readonly rest: readonly number[];
  readonly hasCpu: boolean;
}

const wordsOf = ({ kind }: Field) => (kind === 'w' ? 2 : 1);

/** @param withCpu the capture says on which CPU an event was */
export function layoutFields(fields: readonly Field[], withCpu: boolean): FieldLayout {
  const total = fields.reduce((sum, field) => sum + wordsOf(field), 0);
  const crowded = total > EVENT_ARGS;
  const room = crowded ? EVENT_ARGS - 1 : EVENT_ARGS;
  const columns: string[] = [];
  const own: number[] = [];
  const rest: number[] = [];
  fields.forEach((field, i) => {
    if ((crowded && field.late) || columns.length + wordsOf(field) > room) {
      rest.push(i);
      return;
    }
    own.push(i);
    columns.push(field.kind === 's' ? `${field.name}$` : field.name);
    if (field.kind === 'w') columns.push(`${field.name}_hi`);
  });
  if (rest.length > 0) columns.push('rest$');
  const hasCpu = withCpu && columns.length < EVENT_ARGS;
  if (hasCpu) columns.push('cpu');
  return { columns, own, rest, hasCpu };
}

/** A field of an event as somebody reads it: numbers that fit are numbers, wider ones decimal text. */
export type FieldValue = number | string;

/**
 * The fields of a row by name.
 *
 * @param columns of the event type, as the header has them
 * @param textAt  the text with an index; null when it is lost
 */
export function fieldValues(
  columns: readonly string[],
  args: readonly number[],
  textAt: (index: number) => string | null,
): Record<string, FieldValue | null> {
  const values: Record<string, FieldValue | null> = Object.create(null);
  for (let i = 0; i < columns.length; i++) {
    const column = columns[i]!;
    const word = args[i] ?? 0;
    if (column.endsWith('$')) values[column.slice(0, -1)] = textAt(word);
    else if (columns[i + 1] === `${column}_hi`) {
      const wide = (BigInt(args[i + 1] ?? 0) << 32n) | BigInt(word);
      values[column] = wide <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(wide) : String(wide);
      i++;
    } else values[column] = word;
  }
  return values;
}
