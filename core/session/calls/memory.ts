/** Calls that change a task's address space. */
import { PAGE_SIZE } from '../../base/units.ts';
import {
  sysMadvise,
  sysMincore,
  sysMlock,
  sysMmap,
  sysMprotect,
  sysMremap,
  sysMsync,
  sysMunlock,
  sysMunmap,
} from '../../kernel/sys_mmap.ts';
import type { Advice } from '../../mm/madvise.ts';
import { type CallArgs, type CallContext, numberArg, registerCalls, textArg } from '../call_table.ts';
import {
  BadArgument,
  callingTask,
  fdArg,
  placeArg,
  protArg,
  rangeArg,
  slotAddress,
  wordsArg,
} from './arguments.ts';

/** Words of mmap's `flags`, values of x86-64 Linux. */
const MAP_FLAGS: { readonly [word: string]: number } = {
  shared: 0x1,
  private: 0x2,
  shared_validate: 0x3,
  fixed: 0x10,
  anon: 0x20,
  locked: 0x2000,
  noreserve: 0x4000,
  populate: 0x8000,
  sync: 0x80000,
  noreplace: 0x100000,
};

const MREMAP_FLAGS: { readonly [word: string]: number } = { maymove: 1, fixed: 2, dontunmap: 4 };

function flagBits(args: CallArgs, known: { readonly [word: string]: number }, otherwise: string): number {
  let bits = 0;
  for (const word of wordsArg(args, 'flags', otherwise)) {
    const bit = known[word];
    if (bit === undefined)
      throw new BadArgument(`${word} is not a flag; known are ${Object.keys(known).join(', ')}.`);
    bits |= bit;
  }
  return bits;
}

/** Where a mapping goes: `at` (fixed), or `slot` with `slotOffset`; null for anywhere. */
function wishedPlace(context: CallContext, args: CallArgs): number | null {
  if (args.at !== undefined) return placeArg(context, args, 'at');
  if (args.slot === undefined) return null;
  return slotAddress(callingTask(context), numberArg(args, 'slot')) + numberArg(args, 'slotOffset', 0);
}

/** `offset`, plus the fake offset of the buffer that `offsetOf` names. */
function fileOffset({ names }: CallContext, args: CallArgs): number {
  const offset = numberArg(args, 'offset', 0);
  if (args.offsetOf === undefined) return offset;
  const buffer = names.get(textArg(args, 'offsetOf'));
  return offset + (buffer?.kind === 'bo' ? buffer.offset : 0);
}

registerCalls({
  /** {slot, length}: names free address space; nothing is mapped by it. */
  arena(context, args) {
    const { names, as } = context;
    if (as === undefined) throw new BadArgument('An arena needs a name (as).');
    const start = slotAddress(callingTask(context), numberArg(args, 'slot'));
    names.set(as, { kind: 'map', start, length: numberArg(args, 'length') });
    return 0;
  },

  /** {fd?, offset?: bytes, offsetOf?: an object by name, length, prot?: letters of rwxn, flags?: words in quotes with commas between, at | slot + slotOffset?}: a mapping of a file, of an object by its offset, or of fresh memory. */
  mmap(context, args) {
    const { kernel, names, as } = context;
    const length = numberArg(args, 'length');
    const place = wishedPlace(context, args);
    let flags = flagBits(args, MAP_FLAGS, 'shared');
    if (place !== null && !(flags & MAP_FLAGS.noreplace!)) flags |= MAP_FLAGS.fixed!;
    const fd = fdArg(context, args);
    const offset = fileOffset(context, args);
    const start = sysMmap(kernel, callingTask(context), place, length, protArg(args), flags, fd, offset);
    if (as !== undefined)
      names.set(as, { kind: 'map', start, length: Math.ceil(length / PAGE_SIZE) * PAGE_SIZE });
    return 0;
  },

  /** {range}: the mapping goes, with its entries. */
  munmap(context, args) {
    const { start, length } = rangeArg(context, args);
    return sysMunmap(context.kernel, callingTask(context), start, length);
  },

  /** {range, prot}: another protection for a range. */
  mprotect(context, args) {
    const { start, length } = rangeArg(context, args);
    return sysMprotect(context.kernel, callingTask(context), start, length, protArg(args));
  },

  /** {range, advice}: what the kernel may do with a range: dontneed, free, remove and others. */
  madvise(context, args) {
    const { start, length } = rangeArg(context, args);
    // The kernel, not the vocabulary, refuses advice that it does not know.
    const advice = textArg(args, 'advice') as Advice;
    return sysMadvise(context.kernel, callingTask(context), start, length, advice);
  },

  /** {at | map, length?, newLength, to?, flags?: maymove, dontunmap}; free to move it tells whether it did; a mapping gets another size or place. */
  mremap(context, args) {
    const { start, length } = rangeArg(context, args);
    const to = args.to === undefined ? null : placeArg(context, args, 'to');
    let flags = flagBits(args, MREMAP_FLAGS, '');
    if (to !== null) flags |= MREMAP_FLAGS.maymove! | MREMAP_FLAGS.fixed!;
    const newLength = numberArg(args, 'newLength');
    const now = sysMremap(context.kernel, callingTask(context), start, length, newLength, flags, to ?? 0);
    return to === null && flags & MREMAP_FLAGS.maymove! ? { moved: now !== start } : 0;
  },

  /** {range}: present and kept in memory. */
  mlock(context, args) {
    const { start, length } = rangeArg(context, args);
    return sysMlock(context.kernel, callingTask(context), start, length);
  },

  /** {range}: may leave memory again. */
  munlock(context, args) {
    const { start, length } = rangeArg(context, args);
    return sysMunlock(context.kernel, callingTask(context), start, length);
  },

  /** {range, flags?}: written pages are taken note of. */
  msync(context, args) {
    const { start, length } = rangeArg(context, args);
    return sysMsync(context.kernel, callingTask(context), start, length);
  },

  /** {range}: one digit per page, 1 where it lies in memory. */
  mincore(context, args) {
    const { start, length } = rangeArg(context, args);
    const resident = sysMincore(context.kernel, callingTask(context), start, length);
    return Array.from(resident, page => (page ? '1' : '0')).join('');
  },
});
