/**
 * Event types as the header of a session names them, and the tasks. Exports read events by name and field, never by number, so that
 * sessions of other versions and of other kernels export as well.
 */
import { allEventTypes, EVENT_ARGS, valueOfField } from '../../trace/event.ts';
import '../../trace/events/all.ts';
import type { EventColumns } from '../file/event_block.ts';
import type { SessionHeader } from '../file/session_header.ts';
import { fieldValues } from '../import/event_fields.ts';
import type { Input } from '../input.ts';

export interface EventKind {
  readonly name: string;
  readonly fields: readonly string[];
  /** Words of fields that are enum indexes. */
  readonly words: Readonly<Record<string, readonly string[]>>;
}

/** One event while it is looked at; the same object is used for the next one. */
export class EventCursor {
  index = 0;
  time = 0;
  task = 0;
  kind: EventKind;
  readonly args = new Array<number>(EVENT_ARGS).fill(0);

  constructor(private readonly kinds: readonly EventKind[]) {
    this.kind = UNKNOWN;
  }

  /** Stand on a row. */
  on(columns: EventColumns, row: number): void {
    this.index = columns.first + row;
    this.time = columns.time[row]!;
    this.task = columns.task[row]!;
    this.kind = this.kinds[columns.type[row]!] ?? UNKNOWN;
    for (let i = 0; i < EVENT_ARGS; i++) this.args[i] = columns.args[i * columns.count + row]!;
  }

  /** A field as a number; 0 where the event has none of this name. */
  number(field: string): number {
    const at = this.kind.fields.indexOf(field);
    return at < 0 ? 0 : this.args[at]!;
  }

  /** The word of a field that is an enum index. */
  word(field: string): string {
    const value = this.number(field);
    return this.kind.words[field]?.[value] ?? String(value);
  }

  /** The object that the event is about, or null. */
  get object(): number | null {
    return this.number('objectId') || null;
  }

  /** All fields with words and texts in place, results of calls with their sign. */
  values(textAt: (index: number) => string | null): Record<string, number | string | null> {
    const values = fieldValues(this.kind.fields, this.args, textAt);
    for (const [field, words] of Object.entries(this.kind.words)) {
      const value = values[field];
      if (typeof value === 'number') values[field] = words[value] ?? value;
    }
    if (typeof values.ret === 'number') values.ret = valueOfField('ret', values.ret);
    return values;
  }
}

const UNKNOWN: EventKind = { name: 'unknown', fields: [], words: {} };

/** Event types of a session by number. */
export function eventKinds(header: SessionHeader): EventKind[] {
  const words = new Map(allEventTypes().map(type => [type.name, type.words]));
  return header.eventTypes.map(line => {
    const [name = '', fields = ''] = line.split(' ');
    return { name, fields: fields === '' ? [] : fields.split(','), words: words.get(name) ?? {} };
  });
}

/**
 * Names of tasks by number. Imports have them in the header; in a recording the processes that inputs made are those that
 * sched:sched_process_fork tells of, in the same order, unless one was refused.
 */
export class TaskNames {
  private readonly fromHeader: readonly string[] | null;
  private readonly made: readonly string[];
  private readonly pids: number[] = [];
  private readonly known = new Set<number>([0]);

  constructor(header: SessionHeader, inputs: readonly Input[]) {
    this.fromHeader = header.tasks ?? null;
    this.made = inputs.flatMap(input =>
      input.call === 'spawn' ? [input.task] : input.call === 'fork' && input.as ? [input.as] : [],
    );
  }

  /** Every event goes by here. */
  see(event: EventCursor): void {
    this.known.add(event.task);
    if (event.kind.name !== 'sched:sched_process_fork') return;
    this.pids.push(event.number('child_pid'));
    this.known.add(event.number('child_pid'));
  }

  /** Name of a task that was seen. */
  of(task: number): string {
    if (this.fromHeader) return this.fromHeader[task] ?? `task ${task}`;
    if (task === 0) return 'kernel';
    return this.made[this.pids.indexOf(task)] ?? `pid ${task}`;
  }

  /** How the system itself calls it: imports have `comm pid` or `comm pid tgid`, recordings count as the kernel does. */
  identity(task: number): { readonly name: string; readonly pid: number; readonly tid: number } {
    const name = this.of(task);
    const match = this.fromHeader && /^(.*) (\d+)(?: (\d+))?$/.exec(name);
    if (!match) return { name, pid: task, tid: task };
    return { name: match[1]!, tid: Number(match[2]), pid: Number(match[3] ?? match[2]) };
  }

  /** All that were seen, by number. */
  all(): readonly number[] {
    return [...this.known].sort((a, b) => a - b);
  }
}
