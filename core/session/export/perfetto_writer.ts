/**
 * Tracks, slices, instants and counters as Perfetto packets: names interned, uuids given, flows added while a packet still waits.
 *
 * Memory   WAITING packets, so that a cause that is known late still gets its flow
 */
import type { ByteSink } from '../file/container_writer.ts';
import {
  BOOTTIME,
  COUNTER,
  INSTANT,
  NEEDS_STATE,
  perfettoEncoder,
  SLICE_BEGIN,
  SLICE_END,
  STATE_CLEARED,
  UNIT_SIZE_BYTES,
} from './perfetto_schema.ts';

const WAITING = 8_192;
const BATCH = 1_024;
/** All packets are of one sequence. */
const SEQUENCE = 1;

/** Something on a track that flows can go through. */
export interface Mark {
  readonly flowIds: number[];
  readonly terminatingFlowIds: number[];
}

export type Annotations = Readonly<Record<string, number | string | null>>;

type Table = 'eventNames' | 'eventCategories' | 'debugAnnotationNames';

export class PerfettoWriter {
  private readonly encode = perfettoEncoder();
  private readonly interned: Record<Table, Map<string, number>> = {
    eventNames: new Map(),
    eventCategories: new Map(),
    debugAnnotationNames: new Map(),
  };
  private fresh: Partial<Record<Table, { iid: number; name: string }[]>> = {};
  private packets: object[] = [];
  private nextUuid = 1;

  constructor(private readonly sink: ByteSink) {
    this.push({
      clockSnapshot: { clocks: [{ clockId: BOOTTIME, timestamp: 0 }], primaryTraceClock: BOOTTIME },
      sequenceFlags: STATE_CLEARED,
    });
  }

  process(pid: number, processName: string): number {
    return this.track({ process: { pid, processName } });
  }

  thread(pid: number, tid: number, threadName: string, parentUuid: number): number {
    return this.track({ thread: { pid, tid, threadName }, parentUuid });
  }

  /** A track of its own below another. */
  child(name: string, parentUuid: number): number {
    return this.track({ name, parentUuid });
  }

  byteCounter(name: string, parentUuid: number): number {
    return this.track({ name, parentUuid, counter: { unit: UNIT_SIZE_BYTES } });
  }

  private track(descriptor: object): number {
    const uuid = this.nextUuid++;
    this.push({ trackDescriptor: { uuid, ...descriptor } });
    return uuid;
  }

  begin(track: number, time: number, category: string, name: string, about: Annotations = {}): Mark {
    return this.event(SLICE_BEGIN, track, time, category, name, about);
  }

  end(track: number, time: number, about: Annotations = {}): void {
    const fields = { type: SLICE_END, trackUuid: track, debugAnnotations: this.annotations(about) };
    this.pushEvent(time, fields);
  }

  instant(track: number, time: number, category: string, name: string, about: Annotations = {}): Mark {
    return this.event(INSTANT, track, time, category, name, about);
  }

  count(track: number, time: number, counterValue: number): void {
    this.pushEvent(time, { type: COUNTER, trackUuid: track, counterValue });
  }

  private event(
    type: number,
    trackUuid: number,
    time: number,
    category: string,
    name: string,
    about: Annotations,
  ): Mark {
    const event = {
      type,
      trackUuid,
      nameIid: this.iid('eventNames', name),
      categoryIids: [this.iid('eventCategories', category)],
      debugAnnotations: this.annotations(about),
      flowIds: [],
      terminatingFlowIds: [],
    };
    this.pushEvent(time, event);
    return event;
  }

  private annotations(about: Annotations): object[] {
    return Object.entries(about).flatMap(([name, value]) => {
      if (value === null) return [];
      const nameIid = this.iid('debugAnnotationNames', name);
      return [typeof value === 'number' ? { nameIid, intValue: value } : { nameIid, stringValue: value }];
    });
  }

  private iid(table: Table, name: string): number {
    const known = this.interned[table].get(name);
    if (known !== undefined) return known;
    const iid = this.interned[table].size + 1;
    this.interned[table].set(name, iid);
    (this.fresh[table] ??= []).push({ iid, name });
    return iid;
  }

  private pushEvent(timestamp: number, trackEvent: object): void {
    const internedData = Object.keys(this.fresh).length > 0 ? { internedData: this.fresh } : {};
    this.fresh = {};
    this.push({ timestamp, trackEvent, sequenceFlags: NEEDS_STATE, ...internedData });
  }

  private push(packet: object): void {
    this.packets.push({ trustedPacketSequenceId: SEQUENCE, ...packet });
    if (this.packets.length >= WAITING + BATCH) this.write(BATCH);
  }

  private write(count: number): void {
    const packet = this.packets.slice(0, count);
    this.packets = this.packets.slice(count);
    this.sink.write(this.encode({ packet }));
  }

  finish(): void {
    this.write(this.packets.length);
  }
}
