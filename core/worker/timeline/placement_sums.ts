/**
 * Pages of objects in each placement over time, from the events that place, swap and free them.
 *
 * Units      pages; virtual nanoseconds
 * Going back each row keeps where its object was before, so that rows can be taken back one by one
 */
import { PLACEMENTS, type Placement } from '../../public/view_types.ts';
import { lowerBound } from './span_lane.ts';

const FIRST_ROWS = 256;
const NONE = PLACEMENTS.length;

export class PlacementSums {
  length = 0;
  private time = new Float64Array(FIRST_ROWS);
  private event = new Uint32Array(FIRST_ROWS);
  private object = new Uint32Array(FIRST_ROWS);
  /** Placement and pages of the object before this row. */
  private was = new Uint8Array(FIRST_ROWS);
  private wasPages = new Uint32Array(FIRST_ROWS);
  /** Sums after the row, PLACEMENTS.length a row. */
  private sums = new Float64Array(FIRST_ROWS * PLACEMENTS.length);
  private readonly objects = new Map<number, { readonly at: number; readonly pages: number }>();

  /** The pages of an object lie there from now on; null: the object is gone. */
  place(time: number, event: number, object: number, placement: Placement | null, pages: number): void {
    const before = this.objects.get(object);
    if (!before && placement === null) return;
    if (this.length === this.time.length) this.grow();
    const row = this.length++;
    const width = PLACEMENTS.length;
    const at = placement === null ? NONE : PLACEMENTS.indexOf(placement);
    this.time[row] = time;
    this.event[row] = event;
    this.object[row] = object;
    this.was[row] = before?.at ?? NONE;
    this.wasPages[row] = before?.pages ?? 0;
    for (let i = 0; i < width; i++) {
      let sum = row > 0 ? this.sums[(row - 1) * width + i]! : 0;
      if (before?.at === i) sum -= before.pages;
      if (at === i) sum += pages;
      this.sums[row * width + i] = sum;
    }
    if (placement === null) this.objects.delete(object);
    else this.objects.set(object, { at, pages });
  }

  /** Pages in each placement at the end of an instant, in the order of PLACEMENTS. */
  pagesAt(time: number): readonly number[] {
    const row = lowerBound(this.time, time + 0.5, 0, this.length) - 1;
    return PLACEMENTS.map((_, i) => (row < 0 ? 0 : this.sums[row * PLACEMENTS.length + i]!));
  }

  /** Events from `count` on did not happen. */
  truncate(count: number): void {
    while (this.length > 0 && this.event[this.length - 1]! >= count) {
      const row = --this.length;
      const [at, pages] = [this.was[row]!, this.wasPages[row]!];
      if (at === NONE) this.objects.delete(this.object[row]!);
      else this.objects.set(this.object[row]!, { at, pages });
    }
  }

  private grow(): void {
    const { time, event, object, was, wasPages, sums } = this;
    const rows = this.length * 2;
    this.time = new Float64Array(rows);
    this.event = new Uint32Array(rows);
    this.object = new Uint32Array(rows);
    this.was = new Uint8Array(rows);
    this.wasPages = new Uint32Array(rows);
    this.sums = new Float64Array(rows * PLACEMENTS.length);
    this.time.set(time);
    this.event.set(event);
    this.object.set(object);
    this.was.set(was);
    this.wasPages.set(wasPages);
    this.sums.set(sums);
  }
}
