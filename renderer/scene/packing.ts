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
function packTight(objects: readonly PackedObject[], size: number, gap: number): Places {
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
