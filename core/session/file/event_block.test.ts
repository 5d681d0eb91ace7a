import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allEventTypes, EVENT_ARGS } from '../../trace/event.ts';
import '../../trace/events/all.ts';
import { CHUNK_EVENTS, TraceBuffer } from '../../trace/trace_buffer.ts';
import { decodeEvents, EventBlockError, encodeEvents } from './event_block.ts';

const word = fc.integer({ min: 0, max: 0xffffffff });
const event = fc.record({
  type: fc.nat(allEventTypes().length - 1),
  task: fc.nat(0xffff),
  time: fc.oneof(fc.nat(2000), fc.integer({ min: 0, max: 2 ** 45 })),
  args: fc.array(word, { minLength: EVENT_ARGS, maxLength: EVENT_ARGS }),
});

function traceOf(
  events: readonly { type: number; task: number; time: number; args: number[] }[],
): TraceBuffer {
  const trace = new TraceBuffer();
  for (const { type, task, time, args } of events) {
    trace.currentTask = task;
    trace.now += time;
    trace.emit(allEventTypes()[type]!, args[0], args[1], args[2], args[3], args[4]);
  }
  return trace;
}

describe('event blocks', () => {
  it('decode to the rows that were encoded, from any start', () => {
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 50 }), fc.nat(49), (events, from) => {
        const trace = traceOf(events);
        const first = Math.min(from, events.length - 1);
        const columns = decodeEvents(encodeEvents(trace, first, trace.count));
        expect([columns.first, columns.count]).toEqual([first, trace.count - first]);
        for (let i = 0; i < columns.count; i++) {
          const { typeId, task, time, args } = trace.at(first + i);
          expect([columns.type[i], columns.task[i], columns.time[i]]).toEqual([typeId, task, time]);
          expect(Array.from({ length: EVENT_ARGS }, (_, a) => columns.args[a * columns.count + i])).toEqual(
            args,
          );
        }
      }),
    );
  });

  it('cross the chunks of the trace', () => {
    const trace = new TraceBuffer();
    for (let i = 0; i < CHUNK_EVENTS + 10; i++) trace.emit(allEventTypes()[i % 7]!, i);
    const columns = decodeEvents(encodeEvents(trace, CHUNK_EVENTS - 5, CHUNK_EVENTS + 10));
    expect(Array.from(columns.args.subarray(0, columns.count))).toEqual(
      Array.from({ length: 15 }, (_, i) => CHUNK_EVENTS - 5 + i),
    );
  });

  it('a block whose lengths lie is refused, never read past its end', () => {
    const bytes = encodeEvents(traceOf([{ type: 1, task: 2, time: 3, args: [1, 2, 3, 4, 5] }]), 0, 1);
    const lie = bytes.slice();
    new DataView(lie.buffer).setUint32(0, 1_000_000, true);
    expect(() => decodeEvents(lie)).toThrow(EventBlockError);
    expect(() => decodeEvents(bytes.slice(0, 20))).toThrow(EventBlockError);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), noise => {
        try {
          decodeEvents(noise as Uint8Array<ArrayBuffer>);
        } catch (error) {
          expect(error).toBeInstanceOf(EventBlockError);
        }
      }),
    );
  });
});
