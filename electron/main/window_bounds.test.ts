import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clampToDisplays } from './window_bounds.ts';

const FIRST = { x: 0, y: 0, width: 1920, height: 1080 };
const SECOND = { x: 1920, y: 200, width: 1280, height: 1024 };

describe('where a window opens', () => {
  test('first start: in the middle of the primary display', () => {
    expect(clampToDisplays(null, [FIRST])).toEqual({ x: 240, y: 90, width: 1440, height: 900 });
  });

  test('where it was, on a second display too', () => {
    const kept = { x: 2000, y: 300, width: 1000, height: 700 };
    expect(clampToDisplays(kept, [FIRST, SECOND])).toEqual(kept);
  });

  test('its display is gone: on the primary', () => {
    const kept = { x: 2000, y: 300, width: 1000, height: 700 };
    expect(clampToDisplays(kept, [FIRST])).toEqual({ x: 460, y: 190, width: 1000, height: 700 });
  });

  test('half outside: pulled in; larger than the display: made smaller', () => {
    expect(clampToDisplays({ x: 1500, y: -40, width: 1000, height: 700 }, [FIRST])).toEqual({
      x: 920,
      y: 0,
      width: 1000,
      height: 700,
    });
    expect(clampToDisplays({ x: 0, y: 0, width: 5000, height: 4000 }, [FIRST])).toEqual(FIRST);
  });

  test('whatever was kept and whichever displays there are: it lies inside one of them', () => {
    const rectangle = (least: number) =>
      fc.record({
        x: fc.integer({ min: -5000, max: 5000 }),
        y: fc.integer({ min: -5000, max: 5000 }),
        width: fc.integer({ min: least, max: 6000 }),
        height: fc.integer({ min: least, max: 6000 }),
      });
    fc.assert(
      fc.property(
        fc.option(rectangle(0)),
        fc.array(rectangle(320), { minLength: 1, maxLength: 3 }),
        (kept, displays) => {
          const got = clampToDisplays(kept, displays);
          expect(
            displays.some(
              d =>
                got.x >= d.x &&
                got.y >= d.y &&
                got.x + got.width <= d.x + d.width &&
                got.y + got.height <= d.y + d.height,
            ),
          ).toBe(true);
        },
      ),
    );
  });
});
