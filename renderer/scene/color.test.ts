import { describe, expect, it } from 'vitest';
import { cssColor, mix, parseColor } from './color.ts';

describe('parseColor', () => {
  it('reads what a theme and its minified form write', () => {
    expect(parseColor('#d3ab42')).toEqual({ rgb: [211 / 255, 171 / 255, 66 / 255], alpha: 1 });
    expect(parseColor('#fff').rgb).toEqual([1, 1, 1]);
    expect(parseColor('#ffffff13').alpha).toBeCloseTo(19 / 255, 9);
    expect(parseColor('#0006').alpha).toBeCloseTo(0.4, 9);
    expect(parseColor(' rgba(13, 14, 16, .86)')).toEqual({
      rgb: [13 / 255, 14 / 255, 16 / 255],
      alpha: 0.86,
    });
    expect(parseColor('transparent').alpha).toBe(0);
  });
});

describe('mix', () => {
  it('is the first colour at 1, the second at 0, and between them in lightness', () => {
    const [gold, black] = [parseColor('#d3ab42').rgb, parseColor('#000').rgb];
    expect(cssColor(mix(gold, black, 1))).toBe('rgb(211 171 66)');
    expect(cssColor(mix(gold, black, 0))).toBe('rgb(0 0 0)');
    const half = mix(gold, black, 0.5);
    expect(half[0]).toBeLessThan(gold[0]);
    expect(half[0]).toBeGreaterThan(0);
  });
});
