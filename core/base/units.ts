/**
 * Units of the model as branded numbers: a page index cannot be passed where bytes are wanted.
 *
 * One page is 4096 bytes. All are plain Numbers (never BigInt): fake mmap offsets and addresses stay below 2^53.
 */

declare const unit: unique symbol;
type Unit<Name extends string> = number & { readonly [unit]?: Name };

/** Bytes, as a size or a distance. */
export type Bytes = Unit<'Bytes'>;
/** A byte position in a file or an address_space. */
export type ByteOffset = Unit<'ByteOffset'>;
/** A count of pages. */
export type Pages = Unit<'Pages'>;
/** A page position in a file, an address_space or an object (the kernel's pgoff_t). */
export type PageIndex = Unit<'PageIndex'>;
/** A page frame of the modelled machine: RAM frames first, device frames from the base of their region. */
export type Pfn = Unit<'Pfn'>;
/** A user virtual address in bytes. */
export type VirtAddr = Unit<'VirtAddr'>;
/** Virtual time in integer nanoseconds since boot. */
export type Nanoseconds = Unit<'Nanoseconds'>;

export const PAGE_SHIFT = 12;
export const PAGE_SIZE = 4096;

/** Bytes to whole pages, rounded up; exact for all sizes below 2^53. */
export function pagesUp(bytes: Bytes): Pages {
  return Math.ceil(bytes / PAGE_SIZE);
}

/** Byte position to the page that contains it. */
export function pageOf(offset: number): PageIndex {
  return Math.floor(offset / PAGE_SIZE);
}

/** True when a byte position lies on a page boundary. */
export function isPageAligned(offset: number): boolean {
  return offset % PAGE_SIZE === 0;
}
