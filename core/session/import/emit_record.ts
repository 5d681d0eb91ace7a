/** Emits an event whose fields a reader has taken apart itself; a field that the capture does not give is left out. */
import { type FieldKind, layoutFields } from './event_fields.ts';
import type { EventSink } from './event_sink.ts';

export interface RecordField {
  readonly name: string;
  readonly kind: FieldKind;
  /** Null where the capture does not say: then the event has no such column. */
  readonly value: number | string | null;
  readonly late?: boolean;
}

/** A number of 32 bits; a text; a number up to 2^53. */
export const n = (name: string, value: number | null): RecordField => ({ name, kind: 'n', value });
export const s = (name: string, value: string | null): RecordField => ({ name, kind: 's', value });
export const w = (name: string, value: number | null): RecordField => ({ name, kind: 'w', value });
/** The first to go where there is not room for all. */
export const late = (field: RecordField): RecordField => ({ ...field, late: true });

function fits({ kind, value }: RecordField): boolean {
  if (typeof value !== 'number') return true;
  return kind === 'w'
    ? value >= 0 && value <= Number.MAX_SAFE_INTEGER
    : value >= -(2 ** 31) && value <= 0xffffffff;
}

/** @param time ns; null where the capture does not say. Numbers that do not fit their words are left out */
export function emitRecord(
  sink: EventSink,
  name: string,
  task: number,
  time: number | null,
  record: readonly RecordField[],
): void {
  const fields = record.filter(field => field.value !== null && fits(field));
  const layout = layoutFields(fields, false);
  const words: number[] = [];
  for (const i of layout.own) {
    const { kind, value } = fields[i]!;
    if (kind === 's') words.push(sink.text(String(value)));
    else if (kind === 'w') words.push(Number(value) >>> 0, Math.floor(Number(value) / 2 ** 32));
    else words.push(Number(value) >>> 0);
  }
  if (layout.rest.length > 0)
    words.push(sink.text(layout.rest.map(i => `${fields[i]!.name}=${fields[i]!.value}`).join(' ')));
  sink.emit(sink.type(name, layout.columns), task, time ?? sink.now, words);
}
