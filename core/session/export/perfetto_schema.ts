/**
 * The part of Perfetto's public trace schema that an export needs, as a protobuf descriptor in JSON.
 *
 * Source   google/perfetto, protos/perfetto/trace/: trace.proto, trace_packet.proto, clock_snapshot.proto,
 *          track_event/{track_event,track_descriptor,process_descriptor,thread_descriptor,counter_descriptor,debug_annotation}.proto,
 *          interned_data/interned_data.proto; numbers and wire types are theirs and never change
 */
import protobuf from 'protobufjs/minimal.js';

const field = (id: number, type: string) => ({ id, type });
const list = (id: number, type: string) => ({ id, type, rule: 'repeated' });

const NAMED = { fields: { iid: field(1, 'uint64'), name: field(2, 'string') } };

const DESCRIPTOR = {
  nested: {
    Trace: { fields: { packet: list(1, 'TracePacket') } },
    TracePacket: {
      fields: {
        clockSnapshot: field(6, 'ClockSnapshot'),
        timestamp: field(8, 'uint64'),
        trustedPacketSequenceId: field(10, 'uint32'),
        trackEvent: field(11, 'TrackEvent'),
        internedData: field(12, 'InternedData'),
        sequenceFlags: field(13, 'uint32'),
        trackDescriptor: field(60, 'TrackDescriptor'),
      },
    },
    ClockSnapshot: { fields: { clocks: list(1, 'Clock'), primaryTraceClock: field(2, 'int32') } },
    Clock: { fields: { clockId: field(1, 'uint32'), timestamp: field(2, 'uint64') } },
    TrackDescriptor: {
      fields: {
        uuid: field(1, 'uint64'),
        name: field(2, 'string'),
        process: field(3, 'ProcessDescriptor'),
        thread: field(4, 'ThreadDescriptor'),
        parentUuid: field(5, 'uint64'),
        counter: field(8, 'CounterDescriptor'),
      },
    },
    ProcessDescriptor: { fields: { pid: field(1, 'int32'), processName: field(6, 'string') } },
    ThreadDescriptor: {
      fields: { pid: field(1, 'int32'), tid: field(2, 'int32'), threadName: field(5, 'string') },
    },
    CounterDescriptor: { fields: { unit: field(3, 'int32') } },
    TrackEvent: {
      fields: {
        categoryIids: list(3, 'uint64'),
        debugAnnotations: list(4, 'DebugAnnotation'),
        type: field(9, 'int32'),
        nameIid: field(10, 'uint64'),
        trackUuid: field(11, 'uint64'),
        counterValue: field(30, 'int64'),
        flowIds: list(47, 'fixed64'),
        terminatingFlowIds: list(48, 'fixed64'),
      },
    },
    DebugAnnotation: {
      fields: { nameIid: field(1, 'uint64'), intValue: field(4, 'int64'), stringValue: field(6, 'string') },
    },
    InternedData: {
      fields: {
        eventCategories: list(1, 'Named'),
        eventNames: list(2, 'Named'),
        debugAnnotationNames: list(3, 'Named'),
      },
    },
    Named: NAMED,
  },
};

/** TrackEvent.Type */
export const SLICE_BEGIN = 1;
export const SLICE_END = 2;
export const INSTANT = 3;
export const COUNTER = 4;
/** TracePacket.SequenceFlags */
export const STATE_CLEARED = 1;
export const NEEDS_STATE = 2;
/** BuiltinClock.BOOTTIME, which Perfetto takes timestamps for when a packet says no clock. */
export const BOOTTIME = 6;
/** CounterDescriptor.Unit */
export const UNIT_SIZE_BYTES = 3;

interface FieldShape {
  readonly id: number;
  readonly type: string;
  readonly rule?: string;
}

const MESSAGES: Readonly<Record<string, { readonly fields: Readonly<Record<string, FieldShape>> }>> =
  DESCRIPTOR.nested;

/** Wire types of the protobuf encoding. */
const VARINT = 0;
const FIXED64 = 1;
const DELIMITED = 2;

/** Written by the descriptor: the encoders of the library are made from text, which the policy of the window forbids. */
function writeMessage(writer: protobuf.Writer, name: string, message: object): void {
  const { fields } = MESSAGES[name]!;
  for (const [key, value] of Object.entries(message)) {
    const field = fields[key];
    if (!field || value === undefined || value === null) continue;
    for (const each of field.rule === 'repeated' ? (value as readonly unknown[]) : [value])
      writeField(writer, field, each);
  }
}

function writeField(writer: protobuf.Writer, { id, type }: FieldShape, value: unknown): void {
  const tag = (wire: number) => writer.uint32(((id << 3) | wire) >>> 0);
  switch (type) {
    case 'string':
      tag(DELIMITED).string(String(value));
      break;
    case 'fixed64':
      tag(FIXED64).fixed64(Number(value));
      break;
    case 'uint64':
    case 'int64':
      tag(VARINT)[type](Number(value));
      break;
    case 'uint32':
    case 'int32':
      tag(VARINT)[type](Number(value));
      break;
    default:
      writeMessage(tag(DELIMITED).fork(), type, value as object);
      writer.ldelim();
  }
}

/** Encodes a Trace; traces one after the other are one trace. */
export function perfettoEncoder(): (trace: { readonly packet: readonly object[] }) => Uint8Array {
  return trace => {
    const writer = protobuf.Writer.create();
    writeMessage(writer, 'Trace', trace);
    return writer.finish();
  };
}
