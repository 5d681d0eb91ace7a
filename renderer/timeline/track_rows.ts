/** Where the lines of the timeline stand: heights of tracks, and what lies at a height. */
import type { TimelineTrack } from '../../core/public/timeline_types.ts';

/** Height of a row and of the span in it, as in the design. */
export const ROW_HEIGHT = 21;
export const SPAN_HEIGHT = 16;
/** A track keeps this below its last row. */
const SEAM = 1;

export interface PlacedTrack {
  readonly track: TimelineTrack;
  readonly top: number;
  readonly height: number;
}

export function placeTracks(tracks: readonly TimelineTrack[]): readonly PlacedTrack[] {
  let top = 0;
  return tracks.map(track => {
    const height = track.rows * ROW_HEIGHT + SEAM;
    const placed = { track, top, height };
    top += height;
    return placed;
  });
}

export function heightOf(placed: readonly PlacedTrack[]): number {
  const last = placed.at(-1);
  return last ? last.top + last.height : 0;
}

export function trackAt(placed: readonly PlacedTrack[], y: number): PlacedTrack | undefined {
  return placed.find(each => y >= each.top && y < each.top + each.height);
}

/** Top of a span of this row. */
export const spanTop = (placed: PlacedTrack, row: number) =>
  placed.top + row * ROW_HEIGHT + (ROW_HEIGHT - SPAN_HEIGHT) / 2;
