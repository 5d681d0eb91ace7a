/** Sizes for people. */
import type { Bytes } from '../../base/units.ts';

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];

/** A size with the largest unit in which it is at least one, `64 KiB`. */
export function bytesText(bytes: Bytes): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit + 1 < UNITS.length) {
    value /= 1024;
    unit++;
  }
  return `${Math.round(value * 100) / 100} ${UNITS[unit]}`;
}
