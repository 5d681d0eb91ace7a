/**
 * What the timeline and the charts ask, and what they get: spans at the level of detail of the picture, sums, positions.
 *
 * Units  virtual nanoseconds; pages; indexes of events
 */
import type { Placement, Selection, Source } from './view_types.ts';

/** What a span is. The order is part of the packed form. */
export const SPAN_KINDS = [
  'call',
  'wait',
  'fault',
  'walk',
  'unmap',
  'copy',
  'job',
  'other work',
  'emit',
  'signal',
] as const;
export type SpanKind = (typeof SPAN_KINDS)[number];

export type TrackKind = 'task' | 'kernel' | 'copy' | 'ring' | 'fences';

/** One line of the timeline; a track of several rows draws each of its lanes in the row that the span names. */
export interface TimelineTrack {
  /** Stable while the trace grows: `task 2`, `kernel`, `engine 1`, `fences`. */
  readonly id: string;
  readonly kind: TrackKind;
  readonly name: string;
  /** Of a task. */
  readonly pid: number | null;
  readonly rows: number;
}

/** Numbers per span in `TimelineSpans.numbers`. */
export const SPAN_NUMBERS = 9;

/** What a packed span says. */
export interface TimelineSpan {
  readonly start: number;
  /** Infinity: it has not ended. */
  readonly end: number;
  /** Spans that this one stands for; only 1 has an object, placements and a text of its own. */
  readonly count: number;
  readonly kind: SpanKind;
  /** What a press on it selects. */
  readonly event: number;
  /** Row of its track. */
  readonly row: number;
  /** 0: none. */
  readonly objectId: number;
  readonly from: Placement | null;
  readonly to: Placement | null;
  /** It failed: a signal, an error. */
  readonly failed: boolean;
  /** It is, or holds, the selected event. */
  readonly selected: boolean;
}

/** Spans of one track: a few per pixel, exact counts. */
export interface TimelineSpans {
  readonly track: string;
  /** SPAN_NUMBERS each; see unpackSpan(). */
  readonly numbers: Float64Array;
  /** Texts of the spans that may have room for one, by number of the span. */
  readonly texts: ReadonlyMap<number, string>;
}

/** A step of a chain: what it is, and where it stands. */
export interface FlowStep {
  readonly step: 'access' | 'fault' | 'evict' | 'unmap' | 'copy' | 'PTE';
  readonly track: string;
  readonly row: number;
  readonly start: number;
  readonly end: number;
  readonly event: number;
}

/** How far the lab knows: the instant that the window shows may lie before the newest one. */
export interface TimelineExtent {
  /** Time of the oldest event that is held, and events that are not held any more. */
  readonly from: number;
  readonly dropped: number;
  /** Time and count of events of the instant shown. */
  readonly now: number;
  readonly nowEvents: number;
  /** The same of the newest instant known. */
  readonly newest: number;
  readonly newestEvents: number;
  /** Inputs done at the newest instant. */
  readonly newestPosition: number;
}

export interface TimelineAsk {
  readonly from: number;
  readonly to: number;
  /** Columns of the picture. */
  readonly pixels: number;
  readonly selection: Selection | null;
  /** Tracks whose spans are wanted; null: all. */
  readonly tracks: readonly string[] | null;
  /** Columns of the overview of everything; 0: none. */
  readonly overview: number;
}

export interface TimelineAnswer {
  readonly extent: TimelineExtent;
  readonly tracks: readonly TimelineTrack[];
  readonly spans: readonly TimelineSpans[];
  /** The chain that the selection belongs to, in the order of causes. */
  readonly flow: readonly FlowStep[];
  /** Events in each column of the overview. */
  readonly overview: Uint32Array;
}

/** A line of the text form of the timeline. */
export interface TimelineRow {
  readonly start: number;
  readonly end: number;
  readonly track: string;
  readonly kind: SpanKind;
  readonly text: string;
  readonly event: number;
  readonly objectId: number;
}

/** A number with where it comes from. */
export interface Counted {
  readonly value: number;
  readonly source: Source;
}

/** Sums over [from, to). */
export interface RangeStatistics {
  readonly from: number;
  readonly to: number;
  readonly events: number;
  readonly faults: number;
  readonly evictions: number;
  /** Pages of the moves that began in the range. */
  readonly movedPages: number;
  /** Pages, also parts of one, that copy engines copied in the range, of copies that are over. */
  readonly copiedPages: number;
  /** Bytes of copiedPages by the length of the range; null for an empty one. */
  readonly bytesPerSecond: number | null;
  /** Part of the range in which a task waited, 0 to 1; null for an empty one. */
  readonly waiting: number | null;
}

export interface SeriesAsk {
  readonly from: number;
  readonly to: number;
  readonly bins: number;
}

/** Columns of charts: `bins + 1` moments for amounts, `bins` bins for rates. */
export interface SeriesAnswer {
  readonly extent: TimelineExtent;
  /** Ends of the bins. */
  readonly time: Float64Array;
  /** Pages at the end of each bin, in the order of PLACEMENTS. */
  readonly pages: readonly Float64Array[];
  readonly faults: Float64Array;
  readonly evictions: Float64Array;
  /** Bytes a second of virtual time while a copy engine worked; NaN where none did. */
  readonly copyRate: Float64Array;
  /** Nanoseconds of the GPU a frame; null where nothing measured them. */
  readonly gpuTime: Float64Array | null;
  /** Why `gpuTime` is null, a sentence. */
  readonly gpuTimeBecause: string;
}

const PLACES: readonly (Placement | null)[] = [null, 'VRAM', 'TT', 'SYSTEM', 'SWAP'];

/** Append a span to numbers that make up `TimelineSpans.numbers`. */
export function packSpan(numbers: number[], span: TimelineSpan): void {
  numbers.push(
    span.start,
    span.end,
    span.count,
    SPAN_KINDS.indexOf(span.kind),
    span.event,
    span.row,
    span.objectId,
    PLACES.indexOf(span.from) * PLACES.length + PLACES.indexOf(span.to),
    (span.failed ? 1 : 0) + (span.selected ? 2 : 0),
  );
}

/** Number of spans. */
export function countSpans({ numbers }: TimelineSpans): number {
  return numbers.length / SPAN_NUMBERS;
}

/** The span of this number. */
export function unpackSpan({ numbers }: TimelineSpans, at: number): TimelineSpan {
  const base = at * SPAN_NUMBERS;
  const places = numbers[base + 7]!;
  const flags = numbers[base + 8]!;
  return {
    start: numbers[base]!,
    end: numbers[base + 1]!,
    count: numbers[base + 2]!,
    kind: SPAN_KINDS[numbers[base + 3]!]!,
    event: numbers[base + 4]!,
    row: numbers[base + 5]!,
    objectId: numbers[base + 6]!,
    from: PLACES[Math.floor(places / PLACES.length)]!,
    to: PLACES[places % PLACES.length]!,
    failed: (flags & 1) !== 0,
    selected: (flags & 2) !== 0,
  };
}
