import { describe, expect, it } from 'vitest';
import { duration, mebibytes, mebibytesOrK, milliseconds, thousands } from './numbers.ts';

describe('numbers', () => {
  it('puts thin spaces between thousands', () => {
    expect(thousands(8_294_400)).toBe('8\u2009294\u2009400');
    expect(thousands(999)).toBe('999');
  });

  it('writes pages as MiB with three digits', () => {
    expect([2025, 1024, 4096, 6144, 34_560].map(mebibytes)).toEqual(['7.91', '4.00', '16.0', '24.0', '135']);
  });

  it('says so where half a MiB would be nothing', () => {
    expect([1, 32, 128].map(mebibytesOrK)).toEqual(['4 K', '128 K', '0.50']);
  });

  it('writes virtual time in milliseconds to the microsecond', () => {
    expect(milliseconds(1_840_711_499)).toBe('1\u2009840.711');
    expect(milliseconds(0)).toBe('0.000');
  });

  it('writes a span in the unit that suits it', () => {
    expect([400, 4_200, 188e6, 1.1e9].map(duration)).toEqual(['400 ns', '4.2 µs', '188 ms', '1.1 s']);
  });
});
