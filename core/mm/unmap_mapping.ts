/**
 * The shoot-down: clear every page-table entry, in every task, that maps a range of one address_space.
 *
 * Models     unmap_mapping_range, unmap_mapping_pages (mm/memory.c, Linux 6.12)
 * Units      bytes or pages of the address_space
 * Rule       length 0 means to the end; only entries go: VMAs, references and offsets stay
 */
import {
  type ByteOffset,
  type Bytes,
  PAGE_SHIFT,
  PAGE_SIZE,
  type PageIndex,
  type Pages,
} from '../base/units.ts';
import type { AddressSpace, MappedRange } from '../fs/address_space.ts';
import {
  UNMAP_MAPPING_BYTES,
  UNMAP_MAPPING_PAGES,
  UNMAP_MAPPING_RANGE,
  ZAP_VMA,
} from '../trace/events/mm.ts';
import type { MmContext } from './mm_context.ts';
import type { VmArea } from './vm_area.ts';
import { zapRange } from './zap.ts';

/** Last page of "to the end". */
export const TO_THE_END: PageIndex = Number.MAX_SAFE_INTEGER;

/** Shoot-downs that are remembered for checks. */
const REMEMBERED = 8;

/** One shoot-down: what it was asked, and what the walk counted. Remembered for checks. */
export class ShootDown {
  cleared: Pages = 0;
  /** Private anonymous pages whose entries went. */
  anonCleared: Pages = 0;
  /** Ranges in the tree afterwards; it must be as before. */
  linkedAfter = -1;
  /** Sabotage: mm whose entries are left alone. */
  skippedMm = -1;

  constructor(
    readonly mapping: AddressSpace,
    readonly first: PageIndex,
    readonly last: PageIndex,
    readonly evenCows: boolean,
    /** Entries that it left have a later serial number, unless they are private copies that were to stay. */
    readonly serial: number,
    readonly linkedBefore: number,
  ) {}
}

function zapOverlap(range: MappedRange, walk: ShootDown): void {
  const vma = range as VmArea;
  if (vma.mm.id === walk.skippedMm) return;
  const distance = walk.first > vma.pgoff ? walk.first - vma.pgoff : 0;
  const behind = walk.last - vma.pgoff + 1;
  const start = vma.start + distance;
  const end = behind < vma.end - vma.start ? vma.start + behind : vma.end;
  const short = vma.mm.context.sabotage === 'zap-misses-last-page' ? 1 : 0;
  const anonBefore = vma.mm.rssAnon;
  const cleared = zapRange(vma, start, end - short, walk.evenCows);
  walk.anonCleared += anonBefore - vma.mm.rssAnon;
  if (cleared === 0) return;
  walk.cleared += cleared;
  vma.mm.context.trace.emit(ZAP_VMA, vma.mm.id, vma.id, start, end, cleared);
}

function lowestMm(range: MappedRange, walk: ShootDown): void {
  const { id } = (range as VmArea).mm;
  if (walk.skippedMm === -1 || id < walk.skippedMm) walk.skippedMm = id;
}

function shootDown(
  context: MmContext,
  mapping: AddressSpace,
  first: PageIndex,
  last: PageIndex,
  evenCows: boolean,
): Pages {
  const serial = context.nextPteSerial();
  const { size } = mapping.mmapTree;
  if (size === 0) return 0;
  const walk = new ShootDown(mapping, first, last, evenCows, serial, size);
  if (context.sabotage === 'skip-zap-in-one-task') {
    mapping.mmapTree.forEachOverlap(first, last, lowestMm, walk);
  }
  mapping.mmapTree.forEachOverlap(first, last, zapOverlap, walk);
  walk.linkedAfter = mapping.mmapTree.size;
  const recent = context.recentShootDowns;
  if (recent.length === REMEMBERED) recent.shift();
  recent.push(walk);
  return walk.cleared;
}

/**
 * Clear all entries of pages that hold a byte of [beginByte, beginByte + lenBytes), rounded outwards from the page of
 * beginByte by whole pages of length. Emits lab_mm:zap_vma for each VMA that lost entries, then lab_mm:unmap_mapping_range.
 *
 * @param lenBytes 0 = to the end of the address_space
 * @param evenCows also clear private anonymous copies (truncation); entries of PFN mappings always go
 * @returns entries cleared
 */
export function unmapMappingRange(
  context: MmContext,
  mapping: AddressSpace,
  beginByte: ByteOffset,
  lenBytes: Bytes,
  evenCows: boolean,
): Pages {
  const first = Math.floor(beginByte / PAGE_SIZE);
  const count = Math.ceil(lenBytes / PAGE_SIZE);
  // A negative length is what a hole smaller than a page leaves in the kernel's unsigned arithmetic: also to the end.
  const last = count <= 0 ? TO_THE_END : first + count - 1;
  const cleared = shootDown(context, mapping, first, last, evenCows);
  const cows = evenCows ? 1 : 0;
  if (((beginByte | lenBytes) & ((1 << PAGE_SHIFT) - 1)) !== 0) {
    context.trace.emit(UNMAP_MAPPING_BYTES, mapping.id, beginByte % PAGE_SIZE, lenBytes % PAGE_SIZE);
  }
  context.trace.emit(UNMAP_MAPPING_RANGE, mapping.id, first, Math.floor(lenBytes / PAGE_SIZE), cows, cleared);
  return cleared;
}

/**
 * The same by pages. Emits lab_mm:unmap_mapping_pages. @param nrPages 0 = to the end @returns entries cleared
 */
export function unmapMappingPages(
  context: MmContext,
  mapping: AddressSpace,
  first: PageIndex,
  nrPages: Pages,
  evenCows: boolean,
): Pages {
  const last = nrPages === 0 ? TO_THE_END : first + nrPages - 1;
  const cleared = shootDown(context, mapping, first, last, evenCows);
  context.trace.emit(UNMAP_MAPPING_PAGES, mapping.id, first, nrPages, evenCows ? 1 : 0, cleared);
  return cleared;
}
