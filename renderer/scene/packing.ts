/**
 * Places for objects whose pages have no address of their own (SYSTEM, SWAP): first fit that remembers, so that a block
 * stays where it is while it lives there.
 *
 * Units      pages
 * Invariants I1 places never overlap while all objects fit
 *            I2 an object that stays keeps its place unless everything has to be packed anew
 */

/** First page of each object by id. */
export type Places = ReadonlyMap<number, number>;

/** From here on places are looked for in one pass. */
export const MANY = 500;

export interface Hole {
  first: number;
  end: number;
}

/** Places of very many objects, changed where objects come and go; `places` is theirs alone. */
export class PackedMany {
  constructor(
    readonly places: Map<number, number>,
    /** Room between them; what is used up stays as a hole of no pages until the next packing. */
    private readonly holes: Hole[],
  ) {}

  /** An object leaves. */
  leave({ id, nrPages }: PackedObject): void {
    const first = this.places.get(id);
    if (first === undefined) return;
    this.places.delete(id);
    this.holes.push({ first, end: first + nrPages });
  }

  /** The memory has room for more pages than before. */
  grow(size: number, newSize: number): void {
    if (newSize > size) this.holes.push({ first: size, end: newSize });
  }

  /** An object comes. @returns false when no hole is large enough: everything has to be packed anew */
  enter({ id, nrPages }: PackedObject): boolean {
    const { holes } = this;
    // Who left last is looked at first: of objects of one size its place fits at once.
    for (let i = holes.length - 1, looked = 0; i >= 0 && looked < MOST_HOLES; i--, looked++) {
      const hole = holes[i]!;
      if (hole.end - hole.first < nrPages) continue;
      this.places.set(id, hole.first);
      hole.first += nrPages;
      if (hole.first === hole.end) {
        holes[i] = holes[holes.length - 1]!;
        holes.pop();
      }
      return true;
    }
    return false;
  }
}

/** Holes that are looked at for one object. */
const MOST_HOLES = 500;

export interface PackedObject {
  readonly id: number;
  readonly nrPages: number;
}

/**
 * Places for `objects` in a memory of `size` pages.
 *
 * @param before  places so far; those of objects that are gone are forgotten
 * @param gap     pages left free between neighbours where there is room, so that blocks can be told apart
 * @param leavers objects with a place in `before` that are not in `objects` any more
 */
export function pack(
  before: Places,
  objects: readonly PackedObject[],
  size: number,
  gap: number,
  leavers: readonly PackedObject[] = [],
): Places {
  if (objects.length > MANY) return packMany(before, objects, size).places;
  const kept: { id: number; first: number; end: number }[] = [];
  const newcomers: PackedObject[] = [];
  for (const object of objects) {
    const first = before.get(object.id);
    const end = (first ?? 0) + object.nrPages;
    const stays =
      first !== undefined && end <= size && kept.every(other => other.end <= first || end <= other.first);
    if (stays) kept.push({ id: object.id, first, end });
    else newcomers.push(object);
  }
  // Who leaves in this view may still be seen on its way: newcomers keep off its place while there is room elsewhere.
  const leaving = leavers.map(({ id, nrPages }) => ({
    first: before.get(id) ?? 0,
    end: (before.get(id) ?? 0) + nrPages,
  }));
  for (const object of newcomers) {
    const { nrPages } = object;
    const first =
      firstFit([...kept, ...leaving], nrPages, size, gap) ??
      firstFit(kept, nrPages, size, gap) ??
      firstFit(kept, nrPages, size, 0);
    if (first === null) return packTight(objects, size, gap);
    kept.push({ id: object.id, first, end: first + object.nrPages });
  }
  return new Map(kept.map(place => [place.id, place.first]));
}

/** The same for very many: no gaps, who leaves is not waited for, and each newcomer goes behind the one before it. */
export function packMany(before: Places, objects: readonly PackedObject[], size: number): PackedMany {
  const old: { id: number; first: number; end: number }[] = [];
  const newcomers: PackedObject[] = [];
  for (const object of objects) {
    const first = before.get(object.id);
    if (first === undefined) newcomers.push(object);
    else old.push({ id: object.id, first, end: first + object.nrPages });
  }
  old.sort((a, b) => a.first - b.first || a.id - b.id);
  const places = new Map<number, number>();
  const free: Hole[] = [];
  let at = 0;
  for (const place of old) {
    // An overlap means that sizes changed under us: begin anew.
    if (place.first < at || place.end > size) return tight(objects, size);
    if (place.first > at) free.push({ first: at, end: place.first });
    places.set(place.id, place.first);
    at = place.end;
  }
  if (at < size) free.push({ first: at, end: size });
  let hole = 0;
  for (const { id, nrPages } of newcomers) {
    while (hole < free.length && free[hole]!.end - free[hole]!.first < nrPages) hole++;
    const room = free[hole];
    if (!room) return tight(objects, size);
    places.set(id, room.first);
    room.first += nrPages;
  }
  return new PackedMany(places, free);
}

function tight(objects: readonly PackedObject[], size: number): PackedMany {
  const total = objects.reduce((sum, object) => sum + object.nrPages, 0);
  const rest = total < size ? [{ first: total, end: size }] : [];
  return new PackedMany(packTight(objects, size, 0), rest);
}

function firstFit(
  taken: readonly { first: number; end: number }[],
  nrPages: number,
  size: number,
  gap: number,
): number | null {
  const inOrder = [...taken].sort((a, b) => a.first - b.first || a.end - b.end);
  let at = gap;
  for (const place of inOrder) {
    if (at + nrPages + gap <= place.first) return at;
    at = Math.max(at, place.end + gap);
  }
  return at + nrPages <= size ? at : null;
}

/** Everything anew in order of id, with gaps as large as fit. */
function packTight(objects: readonly PackedObject[], size: number, gap: number): Map<number, number> {
  const inOrder = [...objects].sort((a, b) => a.id - b.id);
  const total = inOrder.reduce((sum, object) => sum + object.nrPages, 0);
  const room = Math.max(0, Math.min(gap, Math.floor((size - total) / (inOrder.length + 1))));
  const places = new Map<number, number>();
  let at = room;
  for (const object of inOrder) {
    places.set(object.id, at);
    at += object.nrPages + room;
  }
  return places;
}
