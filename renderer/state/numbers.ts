/** Numbers as the window writes them: thin spaces between thousands, a unit after a space. Never depends on the locale. */

const THIN = '\u2009';

/** 24576 to `24 576`. */
export function thousands(value: number): string {
  const digits = String(Math.trunc(Math.abs(value)));
  const grouped = digits.replace(/\B(?=(\d{3})+$)/g, THIN);
  return value < 0 ? `-${grouped}` : grouped;
}

/** Pages as MiB without the unit, three digits: `0.13`, `7.91`, `24.0`, `135`. */
export function mebibytes(pages: number): string {
  const mib = pages / 256;
  if (mib >= 99.95) return thousands(Math.round(mib));
  return mib.toFixed(mib >= 9.995 ? 1 : 2);
}

/** Pages for a column headed MiB: what is less than half of one says so with its own unit, `128 K`. */
export function mebibytesOrK(pages: number): string {
  return pages < 128 ? `${pages * 4} K` : mebibytes(pages);
}

/** Pages in the unit that suits them: `128 KiB`, `7.91 MiB`. */
export function sizeOfPages(pages: number): string {
  return pages < 128 ? `${pages * 4} KiB` : `${mebibytes(pages)} MiB`;
}

/** Bytes in MiB with the unit. */
export function sizeOfBytes(bytes: number): string {
  return bytes < 1024 * 512 ? `${thousands(Math.ceil(bytes / 1024))} KiB` : `${mebibytes(bytes / 4096)} MiB`;
}

/** Virtual nanoseconds as milliseconds: `1 840.711`. */
export function milliseconds(ns: number): string {
  const micro = Math.round(ns / 1000);
  return `${thousands(Math.trunc(micro / 1000))}.${String(micro % 1000).padStart(3, '0')}`;
}

/** A span of virtual time in the unit that suits it. */
export function duration(ns: number): string {
  if (ns < 1000) return `${Math.round(ns)} ns`;
  if (ns < 1e6) return `${(ns / 1000).toFixed(ns < 1e4 ? 1 : 0)} µs`;
  if (ns < 1e9) return `${(ns / 1e6).toFixed(ns < 1e7 ? 1 : 0)} ms`;
  return `${(ns / 1e9).toFixed(1)} s`;
}

/** A page number of an address space as an address, `7f2a40000000`. */
export function address(page: number): string {
  return (page * 4096).toString(16).padStart(8, '0');
}

/** `1 object`, `2 objects`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${thousands(count)} ${count === 1 ? one : many}`;
}
