import { describe, expect, it } from 'vitest';
import { momentText, rulerOf } from './ruler.ts';
import { allOf, atNewest, keepInside, LEAST_NS, pan, reveal, zoom } from './time_window.ts';

const plain = (text: string) => text.replaceAll('\u2009', ' ');

describe('the window of the timeline', () => {
  it('zooms around a moment that stays where it is, down to nanoseconds and no further', () => {
    let window = { from: 0, to: 3600e9 };
    const at = 1234e9;
    const part = (at - window.from) / (window.to - window.from);
    for (let i = 0; i < 10; i++) window = zoom(window, 10, at);
    expect(window.to - window.from).toBeCloseTo(360);
    expect((at - window.from) / (window.to - window.from)).toBeCloseTo(part, 2);
    for (let i = 0; i < 5; i++) window = zoom(window, 10, at);
    expect(window.to - window.from).toBeCloseTo(LEAST_NS, 5);
  });

  it('stays on what exists', () => {
    const inside = keepInside(pan({ from: 0, to: 1000 }, 50), 0, 100_000);
    expect(inside.to - inside.from).toBeCloseTo(1000);
    expect(inside.from).toBeGreaterThan(0);
    expect(keepInside({ from: -9e9, to: 9e9 }, 0, 100_000).to).toBeLessThan(300_000);
    expect(keepInside({ from: 5, to: 6 }, 0, 100_000)).toEqual({
      from: 5.5 - LEAST_NS / 2,
      to: 5.5 + LEAST_NS / 2,
    });
  });

  it('follows the newest instant and shows a span that is out of sight', () => {
    const window = atNewest({ from: 0, to: 1000 }, 0, 50_000);
    expect([window.from, window.to]).toEqual([49_040, 50_040]);
    expect(atNewest({ from: 0, to: 1000 }, 0, 300).from).toBe(0);
    const seen = reveal({ from: 0, to: 1000 }, 5_000, 5_100);
    expect(seen.to - seen.from).toBe(1000);
    expect(seen.from).toBeLessThan(5_000);
    expect(seen.to).toBeGreaterThan(5_100);
    expect(reveal(seen, 5_000, 5_100)).toBe(seen);
    const wide = reveal({ from: 0, to: 1000 }, 5_000, 9_000);
    expect(wide.from).toBeLessThan(5_000);
    expect(wide.to).toBeGreaterThan(9_000);
    expect(allOf(10, 110).from).toBe(10);
  });
});

describe('the ruler', () => {
  it('has round marks with room between them at every scale', () => {
    for (const [from, length] of [
      [0, 4 * 3600e9],
      [7e12, 90e9],
      [1_840e6, 3e6],
      [1_840_711_000, 5_000],
      [1_840_711_000, 40],
      [0, 1000],
    ] as const) {
      const { ticks } = rulerOf(from, from + length, 800);
      expect(ticks.length).toBeGreaterThan(0);
      expect(ticks.length).toBeLessThanOrEqual(10);
      expect(new Set(ticks.map(tick => tick.text)).size).toBe(ticks.length);
      for (const { time } of ticks) expect(time).toBeLessThanOrEqual(from + length);
    }
  });

  it('writes moments in the unit of the window, as exactly as the marks stand', () => {
    const ms = rulerOf(1_840e6, 1_842.5e6, 500);
    expect(ms.unit).toBe('ms');
    expect(ms.ticks.map(tick => plain(tick.text)).slice(0, 3)).toEqual(['1 840.0', '1 840.5', '1 841.0']);
    const ns = rulerOf(1_840_711_000, 1_840_711_040, 500);
    expect(ns.unit).toBe('µs');
    expect(plain(ns.ticks[1]!.text)).toBe('1 840 711.01');
    expect(rulerOf(0, 4 * 3600e9, 800).unit).toBe('h');
    expect(plain(momentText(1_840_711_024, 'ms', 2_000))).toBe('1 840.711');
    expect(plain(momentText(1_840_711_024, 'ms', 0.1))).toBe('1 840.711 024');
    expect(plain(momentText(334_123, 'µs', 800))).toBe('334.1');
  });
});
