/**
 * The timeline of a loaded scene: the newest trace that is known, its index, and where inputs ended.
 *
 * Going back the lab's own trace ends at the instant shown; the newer one is kept here, because the same inputs give the same
 *            events again. What a person does at an earlier instant makes another future: `diverge` forgets the old one
 */
import type { MachineDescription } from '../../hw/machine_description.ts';
import type { TimelineExtent } from '../../public/timeline_types.ts';
import type { TraceBuffer } from '../../trace/trace_buffer.ts';
import { InputMarks } from './input_marks.ts';
import { TimelineIndex, timeAt } from './timeline_index.ts';

export class SceneTimeline {
  readonly marks = new InputMarks();
  private readonly index: TimelineIndex;
  private known: TraceBuffer;
  private shown: TraceBuffer;

  /** @param machine what the kernel of the trace runs on, where that is known */
  constructor(trace: TraceBuffer, machine: MachineDescription | null = null) {
    this.index = new TimelineIndex(machine);
    this.known = trace;
    this.shown = trace;
    this.marks.done(0, trace.now, trace.count);
  }

  /** The lab stands behind so many inputs, with this trace. */
  follow(trace: TraceBuffer, position: number): void {
    this.shown = trace;
    this.marks.done(position, trace.now, trace.count);
    if (trace.count >= this.known.count) this.known = trace;
  }

  /** What follows the position is another future now: of the lab's trace only the first `events` were known before. */
  diverge(trace: TraceBuffer, events: number, position: number): void {
    this.marks.truncate(position);
    this.index.truncate(events, trace);
    this.known = trace;
    this.shown = trace;
  }

  /** The newest trace that is known, for events. */
  get trace(): TraceBuffer {
    return this.known;
  }

  /** The index, with everything read. */
  read(): TimelineIndex {
    this.index.read(this.known);
    return this.index;
  }

  extent(): TimelineExtent {
    const { known, shown } = this;
    return {
      from: known.count > known.firstIndex ? timeAt(known, known.firstIndex) : known.now,
      dropped: known.firstIndex,
      now: shown.now,
      nowEvents: shown.count,
      newest: known.now,
      newestEvents: known.count,
      newestPosition: Math.max(0, this.marks.length - 1),
    };
  }
}
