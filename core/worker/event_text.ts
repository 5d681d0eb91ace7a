/** Events as a person reads them: fields by name with their words, objects with the names people gave them. */
import type { EventRow } from '../public/view_types.ts';
import { allEventTypes, type EventType, valueOfField } from '../trace/event.ts';
import type { TraceBuffer, TraceEvent } from '../trace/trace_buffer.ts';
import type { IdNames } from '../views/trace_reader.ts';

const OBJECT_FIELDS = new Set(['objectId', 'forObjectId', 'object']);
/** As the tracepoints of mm/ print them. */
const HEX_FIELDS = new Set(['page', 'pfn']);

/** The object that an event is about, or null. */
export function objectOfEvent(type: EventType, args: readonly number[]): number | null {
  const column = type.fields.indexOf('objectId');
  return column < 0 || args[column] === 0 ? null : args[column]!;
}

function fieldText(type: EventType, event: TraceEvent, names: IdNames): string {
  return type.fields
    .map((field, i) => {
      const value = event.args[i]!;
      if (OBJECT_FIELDS.has(field) && value !== 0) return `${field}=${value} (${names.object(value)})`;
      if (HEX_FIELDS.has(field)) return `${field}=0x${value.toString(16)}`;
      return `${field}=${type.words[field]?.[value] ?? valueOfField(field, value)}`;
    })
    .join(' ');
}

/** Rows of the event list for the events [first, end). */
export function eventRows(trace: TraceBuffer, first: number, end: number, names: IdNames): EventRow[] {
  const types = allEventTypes();
  const rows: EventRow[] = [];
  for (let index = Math.max(first, trace.firstIndex); index < end; index++) {
    const event = trace.at(index);
    const type = types[event.typeId]!;
    rows.push({
      index,
      time: event.time,
      task: event.task === 0 ? 'kernel' : names.task(event.task),
      name: type.name,
      text: fieldText(type, event, names),
      objectId: objectOfEvent(type, event.args),
    });
  }
  return rows;
}
