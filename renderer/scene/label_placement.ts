/**
 * Labels that never touch: each label offers spots in order of liking; in order of priority each takes its first free one,
 * or is left out. Nothing is shrunk or moved over another.
 *
 * Units      CSS pixels of the view
 * Invariants I1 no two placed rectangles overlap
 *            I2 a placed rectangle lies inside the view and outside the blocked rectangles
 */

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** One place a label could take: its rectangle, and the line to what it names if it stands apart. */
export interface Spot {
  readonly rect: Rect;
  readonly leader?: readonly [from: readonly [number, number], to: readonly [number, number]];
  /** Which wording of the label fits here; index into its texts. */
  readonly text: number;
}

export interface LabelWish {
  readonly key: string;
  /** Lower numbers come first: selection, fault, rate of a move, slab, task, pinned, then by size. */
  readonly priority: number;
  readonly spots: readonly Spot[];
}

export interface PlacedLabel {
  readonly key: string;
  readonly spot: Spot;
}

export function overlap(a: Rect, b: Rect): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

const inside = (a: Rect, width: number, height: number) =>
  a.x >= 0 && a.y >= 0 && a.x + a.width <= width && a.y + a.height <= height;

/**
 * @param blocked rectangles that something else covers (a card)
 * @param gap     pixels kept free between two labels
 */
export function placeLabels(
  wishes: readonly LabelWish[],
  width: number,
  height: number,
  blocked: readonly Rect[] = [],
  gap = 2,
): readonly PlacedLabel[] {
  const taken: Rect[] = [...blocked];
  const placed: PlacedLabel[] = [];
  const inOrder = [...wishes].sort(
    (a, b) => a.priority - b.priority || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0),
  );
  for (const wish of inOrder) {
    const spot = wish.spots.find(({ rect }) => {
      const wide: Rect = {
        x: rect.x - gap,
        y: rect.y - gap,
        width: rect.width + 2 * gap,
        height: rect.height + 2 * gap,
      };
      return inside(rect, width, height) && !taken.some(other => overlap(wide, other));
    });
    if (!spot) continue;
    taken.push(spot.rect);
    placed.push({ key: wish.key, spot });
  }
  return placed;
}

/** Where a horizontal line crosses a convex polygon: the two x, or null when it misses. */
export function chordAt(
  polygon: readonly (readonly [number, number])[],
  y: number,
): readonly [number, number] | null {
  const crossings: number[] = [];
  polygon.forEach(([x0, y0], i) => {
    const [x1, y1] = polygon[(i + 1) % polygon.length]!;
    if (y0 <= y === y1 <= y) return;
    crossings.push(x0 + ((y - y0) / (y1 - y0)) * (x1 - x0));
  });
  if (crossings.length < 2) return null;
  return [Math.min(...crossings), Math.max(...crossings)];
}

/** The largest centred text box of this size inside a convex polygon, or null when it does not fit. */
export function textBoxIn(
  polygon: readonly (readonly [number, number])[],
  width: number,
  height: number,
): Rect | null {
  const ys = polygon.map(p => p[1]);
  const middle = (Math.min(...ys) + Math.max(...ys)) / 2;
  const above = chordAt(polygon, middle - height / 2);
  const below = chordAt(polygon, middle + height / 2);
  if (!above || !below) return null;
  const left = Math.max(above[0], below[0]);
  const right = Math.min(above[1], below[1]);
  if (right - left < width) return null;
  return { x: (left + right - width) / 2, y: middle - height / 2, width, height };
}
