/**
 * Reads /sys/kernel/debug/dma_buf/bufinfo of any kernel: which columns there are is said by its heading.
 *
 * Models     dma_buf_debug_show, drivers/dma-buf/dma-buf.c (Linux 3.10 to 6.18); written by dma_buf/bufinfo.ts
 * Units      bytes; size, count and inode number are decimal with leading zeros, flags and mode hexadecimal
 */
import type { Bytes } from '../../base/units.ts';

/** A fence of a buffer as the text names it. */
export interface BufinfoFence {
  /** `kernel`, `write`, `read`, `bookkeep`; of old kernels `Exclusive`, `Shared`. */
  readonly usage: string;
  /** Driver and timeline, which cannot be told apart where they hold blanks. */
  readonly source: string;
  readonly seqno: number | null;
  readonly signalled: boolean;
}

export interface BufinfoObject {
  readonly size: Bytes;
  readonly flags: number;
  readonly mode: number;
  /** References to the file. */
  readonly count: number;
  /** Empty where the columns have none. */
  readonly exporter: string;
  readonly ino: number | null;
  readonly name: string;
  readonly fences: readonly BufinfoFence[];
  readonly devices: readonly string[];
}

export interface Bufinfo {
  readonly objects: readonly BufinfoObject[];
  /** What the last line says; null where the text ends before it. */
  readonly total: { readonly objects: number; readonly bytes: Bytes } | null;
  /** Lines that fit nowhere. */
  readonly unread: readonly string[];
}

interface Growing extends BufinfoObject {
  readonly fences: BufinfoFence[];
  readonly devices: string[];
}

const OBJECT = /^\d{8,}\t[0-9a-f]{8,}\t[0-9a-f]{8,}\t-?\d{7,}(\t|$)/;
const FENCE = /^\t(\w+) fence: ?(.*?)(?: seq (\d+))?\s+(un)?signalled$/;

/** Fields of an object line by the columns of the heading; a name that the heading does not announce comes last. */
function objectOf(line: string, columns: readonly string[]): Growing {
  const fields = line.split('\t');
  const field = (column: string) => {
    const at = columns.indexOf(column);
    return at < 0 ? undefined : fields[at]?.trim();
  };
  const name = field('name') ?? (columns.includes('ino') ? fields[columns.length]?.trim() : undefined) ?? '';
  const ino = field('ino');
  return {
    size: Number(field('size')),
    flags: Number.parseInt(field('flags') ?? '0', 16),
    mode: Number.parseInt(field('mode') ?? '0', 16),
    count: Number(field('count')),
    exporter: field('exp_name') ?? '',
    ino: ino === undefined ? null : Number(ino),
    name: name === '<none>' ? '' : name,
    fences: [],
    devices: [],
  };
}

/** The whole text; lines that are not understood are kept, not refused. */
export function parseBufinfo(text: string): Bufinfo {
  const objects: Growing[] = [];
  const unread: string[] = [];
  let columns: readonly string[] = ['size', 'flags', 'mode', 'count', 'exp_name'];
  let total: Bufinfo['total'] = null;
  let isListingDevices = false;
  for (const line of text.split('\n')) {
    const last = objects[objects.length - 1];
    const all = /^Total (\d+) objects, (\d+) bytes$/.exec(line);
    const fence = FENCE.exec(line);
    if (line === '' || /^Dma-buf Objects:$/.test(line)) continue;
    if (/^size\s/.test(line)) columns = line.split('\t').map(word => word.trim());
    else if (OBJECT.test(line)) {
      objects.push(objectOf(line, columns));
      isListingDevices = false;
    } else if (all) total = { objects: Number(all[1]), bytes: Number(all[2]) };
    else if (/^\s+Attached Devices:/.test(line)) isListingDevices = true;
    else if (/^Total \d+ devices attached$/.test(line)) isListingDevices = false;
    else if (fence && last)
      last.fences.push({
        usage: fence[1]!,
        source: fence[2]!.trim(),
        seqno: fence[3] === undefined ? null : Number(fence[3]),
        signalled: fence[4] === undefined,
      });
    else if (isListingDevices && last && /^\t/.test(line)) last.devices.push(line.trim());
    else unread.push(line);
  }
  return { objects, total, unread };
}
