/**
 * The commands of the queue as words: [op, a, b, c, d]. Each op says what its words hold; lists of frames, runs, entries and
 * words lie in the queue's `lists`, named by offset.
 */

/** Words of one command. */
export const COMMAND_WORDS = 5;

/** [pfn, byte, value] */
export const OP_STORE_BYTE = 1;
/** [pfn, low, high] */
export const OP_STORE_WORD = 2;
/** [pfn, byte | length << 12, value] */
export const OP_FILL_BYTES = 3;
/** [first pfn, pages, value] */
export const OP_FILL_PAGES = 4;
/** [from pfn, to pfn, pages, index in COPY_REASONS] */
export const OP_COPY_RUN = 5;
/** [allocation id, first VRAM page, pages] */
export const OP_VRAM_ALLOC = 6;
/** [allocation id] */
export const OP_VRAM_FREE = 7;
/** [first entry, offset of the entries in `lists`, entries] */
export const OP_GART_WRITE = 8;
/** [ticket, pfn, byte] */
export const OP_LOAD_BYTE = 9;
/** [ticket, offset of the frames in `lists`, frames] */
export const OP_LOAD_WORDS = 10;
/** [ticket, offset of (pfn, pages) pairs in `lists`, pairs] */
export const OP_HASH_PAGES = 11;
/** [ticket, first entry, pages] */
export const OP_HASH_GART = 12;
/** [ticket, seqno] */
export const OP_MARK = 13;
/** Invert one byte: [pfn, byte]. Only sabotage makes it (hw/sabotage.ts). */
export const OP_FLIP_BYTE = 14;
/** Nothing. Only sabotage makes it. */
export const OP_NOTHING = 15;
/** [pfn, byte, offset of the words in `lists`, words] */
export const OP_STORE_WORDS = 16;
/** [engine, offset of (base, bytes, head, status page) in `lists`] */
export const OP_RING_START = 17;
/** [ticket, offset in `lists` of (engine, tail, slices, hang slices, frames...), frames] */
export const OP_RING_RUN = 18;
/** [] */
export const OP_GART_FLUSH = 19;
/** [ticket, pfn] The answer is (lane a, lane b) of the page. The queue's own; no mark counts it. */
export const OP_LEARN_PAGE = 20;
