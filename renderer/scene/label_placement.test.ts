import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chordAt, type LabelWish, overlap, placeLabels, textBoxIn } from './label_placement.ts';

const wish = (key: string, priority: number, ...spots: [number, number][]): LabelWish => ({
  key,
  priority,
  spots: spots.map(([x, y]) => ({ rect: { x, y, width: 60, height: 14 }, text: 0 })),
});

describe('placeLabels', () => {
  it('gives a contested spot to the higher priority and the next spot to the other', () => {
    const placed = placeLabels(
      [wish('small', 60, [10, 10], [10, 40]), wish('selected', 0, [12, 12])],
      400,
      300,
    );
    expect(placed.map(p => [p.key, p.spot.rect.y])).toEqual([
      ['selected', 12],
      ['small', 40],
    ]);
  });

  it('leaves out a label that has no free spot', () => {
    const placed = placeLabels([wish('a', 1, [10, 10]), wish('b', 2, [20, 12])], 400, 300);
    expect(placed.map(p => p.key)).toEqual(['a']);
  });

  it('keeps off what a card covers, and inside the view', () => {
    const card = { x: 0, y: 100, width: 200, height: 200 };
    const placed = placeLabels(
      [wish('under', 1, [50, 150]), wish('outside', 1, [380, 10]), wish('free', 1, [250, 150])],
      400,
      300,
      [card],
    );
    expect(placed.map(p => p.key)).toEqual(['free']);
  });

  it('never lets two labels overlap', () => {
    const spot = fc.tuple(fc.integer({ min: -20, max: 400 }), fc.integer({ min: -20, max: 300 }));
    const wishes = fc.array(
      fc.tuple(fc.integer({ min: 0, max: 9 }), fc.array(spot, { minLength: 1, maxLength: 4 })),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(wishes, list => {
        const placed = placeLabels(
          list.map(([priority, spots], i) => wish(`w${i}`, priority, ...spots)),
          400,
          300,
        );
        placed.forEach((a, i) => {
          for (const b of placed.slice(i + 1)) expect(overlap(a.spot.rect, b.spot.rect)).toBe(false);
        });
      }),
    );
  });
});

describe('textBoxIn', () => {
  const slanted = [
    [0, 0],
    [60, -20],
    [100, 40],
    [40, 60],
  ] as const;

  it('finds room in the middle of a slanted face', () => {
    const rect = textBoxIn(slanted, 30, 14)!;
    for (const y of [rect.y, rect.y + rect.height]) {
      const [left, right] = chordAt(slanted, y)!;
      expect(rect.x).toBeGreaterThanOrEqual(left);
      expect(rect.x + rect.width).toBeLessThanOrEqual(right);
    }
  });

  it('refuses a text that is wider than the face', () => {
    expect(textBoxIn(slanted, 90, 14)).toBeNull();
  });
});
