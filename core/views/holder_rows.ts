/**
 * Who holds which object: handles, descriptors of shared buffers, mappings. Kept from one view to the next, because a program may
 * have a hundred thousand handles of which one changed.
 *
 * Invariants I1 an object whose holders did not change keeps its list, the same array
 *            I2 the order is that of tasks, then descriptors, then handles, then mappings
 */
import type { DrmFile } from '../drm/drm_file.ts';
import type { GemObject } from '../drm/gem_object.ts';
import type { Task } from '../kernel/task.ts';
import type { HolderView } from '../public/view_types.ts';

/** Room for descriptors, then for mappings, of one task in the order of holders. */
const TASK_ORDER = 2 ** 40;
const MAPPINGS_ORDER = 2 ** 39;
const NONE: readonly HolderView[] = [];

/** A descriptor through which a task reaches handles. */
interface Seat {
  readonly pid: number;
  readonly task: string;
  readonly fd: number;
  readonly drm: DrmFile;
  readonly order: number;
  /** Objects by handle as they were at the last look. */
  readonly known: (GemObject | undefined)[];
  count: number;
}

/** A holder that is not a handle, with its place in the order. */
interface Placed {
  readonly order: number;
  readonly holder: HolderView;
}

function sameHolder(a: HolderView, b: HolderView): boolean {
  return a.pid === b.pid && a.task === b.task && a.how === b.how && a.presentPtes === b.presentPtes;
}

export class HolderRows {
  private seats: Seat[] = [];
  /** By object id: the seats and handles that lead to it. */
  private handles = new Map<number, { readonly seat: Seat; readonly handle: number }[]>();
  private others = new Map<number, Placed[]>();
  private readonly lists = new Map<number, readonly HolderView[]>();
  /** Objects whose list may be another one now; all: that of every object. */
  private dirty = new Set<number>();
  private allDirty = true;
  private doubted = false;
  /** `handle 7 of fd 3`, by descriptor and handle. */
  private readonly words = new Map<number, string[]>();
  private nextSeats: Seat[] = [];
  private nextOthers = new Map<number, Placed[]>();
  private taskIndex = 0;

  /** Not all lists were asked for since the last look: any may be another one now. */
  doubt(): void {
    this.doubted = true;
  }

  /** Begin a look at all tasks. */
  begin(): void {
    this.nextSeats = [];
    this.nextOthers = new Map();
    this.taskIndex = -1;
  }

  task(): void {
    this.taskIndex++;
  }

  /** A descriptor of this task with handles. */
  handlesOf({ pid, name }: Task, fd: number, drm: DrmFile): void {
    const order = this.taskIndex * TASK_ORDER + fd;
    this.nextSeats.push({ pid, task: name, fd, drm, order, known: [], count: 0 });
  }

  /** A descriptor that shares the object. */
  descriptor({ pid, name }: Task, fd: number, objectId: number): void {
    const how = `dma-buf fd ${fd}`;
    this.place(objectId, this.taskIndex * TASK_ORDER + fd, { task: name, pid, how, presentPtes: 0 });
  }

  /** @param index of the mapping among those of its task */
  mapping({ pid, name }: Task, index: number, how: string, presentPtes: number, objectId: number): void {
    const order = this.taskIndex * TASK_ORDER + MAPPINGS_ORDER + index;
    this.place(objectId, order, { task: name, pid, how, presentPtes });
  }

  private place(objectId: number, order: number, holder: HolderView): void {
    const list = this.nextOthers.get(objectId);
    if (list) list.push({ order, holder });
    else this.nextOthers.set(objectId, [{ order, holder }]);
  }

  /**
   * End the look.
   *
   * @param handles false: no file got or lost one since the last look
   * @returns ids of objects whose holders are others than before; null: all may be
   */
  end(handles: boolean): ReadonlySet<number> | null {
    const anew = !this.sameSeats();
    const dirty = new Set<number>([...this.others.keys(), ...this.nextOthers.keys()]);
    this.others = this.nextOthers;
    if (anew) {
      this.seats = this.nextSeats;
      this.handles = new Map();
    }
    if (anew || handles) for (const seat of this.seats) this.readHandles(seat, dirty);
    this.dirty = dirty;
    this.allDirty = anew || this.doubted;
    this.doubted = false;
    return this.allDirty ? null : dirty;
  }

  private sameSeats(): boolean {
    const { seats, nextSeats } = this;
    return (
      seats.length === nextSeats.length &&
      seats.every((seat, i) => {
        const next = nextSeats[i]!;
        return (
          seat.drm === next.drm &&
          seat.order === next.order &&
          seat.pid === next.pid &&
          seat.task === next.task
        );
      })
    );
  }

  private readHandles(seat: Seat, dirty: Set<number>): void {
    const { known } = seat;
    let count = 0;
    seat.drm.handles.forEach((object, handle) => {
      count++;
      const before = known[handle];
      if (before === object) return;
      if (before) this.forget(seat, handle, before, dirty);
      else seat.count++;
      known[handle] = object;
      dirty.add(object.id);
      const list = this.handles.get(object.id);
      if (list) list.push({ seat, handle });
      else this.handles.set(object.id, [{ seat, handle }]);
    });
    if (count === seat.count) return;
    for (let handle = 0; handle < known.length; handle++) {
      const object = known[handle];
      if (!object || seat.drm.handles.get(handle) === object) continue;
      this.forget(seat, handle, object, dirty);
      known[handle] = undefined;
      seat.count--;
    }
  }

  private forget(seat: Seat, handle: number, object: GemObject, dirty: Set<number>): void {
    dirty.add(object.id);
    const left = this.handles.get(object.id)?.filter(each => each.seat !== seat || each.handle !== handle);
    if (left && left.length > 0) this.handles.set(object.id, left);
    else this.handles.delete(object.id);
  }

  /** What of() said of this object before is what it says now. */
  areAsBefore(objectId: number): boolean {
    return !this.allDirty && !this.dirty.has(objectId);
  }

  /** Holders of an object. */
  of(objectId: number): readonly HolderView[] {
    const before = this.lists.get(objectId);
    if (before && this.areAsBefore(objectId)) return before;
    const handles = this.handles.get(objectId);
    // One handle and nothing else: what very many objects have.
    if (handles?.length === 1 && before?.length === 1 && !this.others.has(objectId)) {
      const { seat, handle } = handles[0]!;
      const { pid, task, how, presentPtes } = before[0]!;
      if (how === this.wordOf(seat.fd, handle) && pid === seat.pid && task === seat.task && presentPtes === 0)
        return before;
    }
    const now = this.compose(objectId);
    const same = before?.length === now.length && now.every((holder, i) => sameHolder(holder, before[i]!));
    const list = same ? before! : now;
    if (!same) this.lists.set(objectId, list);
    return list;
  }

  private compose(objectId: number): readonly HolderView[] {
    const handles = this.handles.get(objectId);
    const others = this.others.get(objectId);
    if (!handles && !others) return NONE;
    const placed: (Placed & { readonly handle: number })[] = (others ?? []).map(each => ({
      ...each,
      handle: 0,
    }));
    for (const { seat, handle } of handles ?? []) {
      const { pid, task, fd, order } = seat;
      placed.push({
        order,
        handle,
        holder: { task, pid, how: this.wordOf(fd, handle), presentPtes: 0 },
      });
    }
    if (placed.length > 1) placed.sort((a, b) => a.order - b.order || a.handle - b.handle);
    return placed.map(({ holder }) => holder);
  }

  private wordOf(fd: number, handle: number): string {
    let words = this.words.get(fd);
    if (!words) {
      words = [];
      this.words.set(fd, words);
    }
    words[handle] ??= `handle ${handle} of fd ${fd}`;
    return words[handle];
  }

  /** An object is gone. */
  drop(objectId: number): void {
    this.lists.delete(objectId);
  }
}
