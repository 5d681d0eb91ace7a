/**
 * Which objects the events since the last view are about: their rows are looked at again, the others are as they were.
 *
 * Rule   what changes an object has an event that names it, but for refused calls, which use objects: lab_view.test.ts compares with
 *        views built from nothing
 */
import { allEventTypes } from '../trace/event.ts';
import { DEV_UNPLUG, EVICT_CANDIDATE, GEM_HANDLE_CREATE, GEM_HANDLE_DELETE } from '../trace/events/drm.ts';
import { LAB_HW_DEVICE_LOST } from '../trace/events/hw.ts';

/** What was touched; `null`: anything may be. */
export interface Touched {
  readonly objects: ReadonlySet<number>;
  /** Some file got or lost a handle. */
  readonly handles: boolean;
}

const NOT_ABOUT_ONE = -1;
const ABOUT_ALL = -2;

/** Column of the object by event type. */
function columns(): Int8Array {
  const column = Int8Array.from(allEventTypes(), ({ fields }) => fields.indexOf('objectId'));
  // Who is only looked at stays as it is, and there are very many of them.
  column[EVICT_CANDIDATE.id] = NOT_ABOUT_ONE;
  column[DEV_UNPLUG.id] = ABOUT_ALL;
  column[LAB_HW_DEVICE_LOST.id] = ABOUT_ALL;
  return column;
}

export class TouchedObjects {
  private readonly column = columns();
  private objects = new Set<number>();
  private handles = false;
  private all = true;

  /** @param args its arguments begin at `base` */
  note(type: number, args: Uint32Array, base: number): void {
    if (this.all) return;
    const column = this.column[type] ?? NOT_ABOUT_ONE;
    if (column >= 0) {
      this.objects.add(args[base + column]!);
      if (type === GEM_HANDLE_CREATE.id || type === GEM_HANDLE_DELETE.id) this.handles = true;
    } else if (column === ABOUT_ALL) this.all = true;
  }

  /** Events were left out, or it is another kernel. */
  noteAll(): void {
    this.all = true;
  }

  /** Objects that were touched since the last call of take(), at most. */
  get most(): number {
    return this.all ? Number.POSITIVE_INFINITY : this.objects.size;
  }

  /** What was touched since the last call. */
  take(): Touched | null {
    const touched = this.all ? null : { objects: this.objects, handles: this.handles };
    this.all = false;
    this.handles = false;
    if (this.objects.size > 0) this.objects = new Set();
    return touched;
  }
}
