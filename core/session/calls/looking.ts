/**
 * Calls that look at the system and change nothing of it: page tables, /proc, stat, frames, arenas; and those of `K`.
 *
 * Identities in answers are texts `ino:dev:number`, `dev:number`, `mnt:number`, `f:frame`: equal texts mean the same thing.
 */

import { PAGE_SIZE } from '../../base/units.ts';
import type { Inode } from '../../fs/inode.ts';
import { filePath } from '../../fs/open_file.ts';
import { fdinfoLines } from '../../kernel/proc/fdinfo.ts';
import { mapFileOf } from '../../kernel/proc/map_files.ts';
import { pagemapPresent, pagemapWhere } from '../../kernel/proc/pagemap.ts';
import { readKernelText } from '../../kernel/proc/read_text.ts';
import { countSmaps } from '../../kernel/proc/smaps.ts';
import { vmaFilePage, vmaFlags, vmaName, vmaPermissions } from '../../kernel/proc/vma_text.ts';
import { sysFstat, sysStat } from '../../kernel/sys_open.ts';
import { frameOf, lineOf, markOf, permOf, vmasIn } from '../../mm/observe.ts';
import { ZERO_PFN } from '../../mm/page_frame.ts';
import { type CallArgs, type CallContext, registerCalls, textArg } from '../call_table.ts';
import type { Json } from '../input.ts';
import { callingTask, fdArg, pagesArg, pathArg } from './arguments.ts';
import { deviceRuns, runText, whereText } from './page_text.ts';

function vmaRows(context: CallContext, args: CallArgs): Json[] {
  const { task, first, count } = pagesArg(context, args);
  return vmasIn(task.mm, first, first + count).map(vma => [
    vma.start - first,
    vma.end - first,
    vmaPermissions(vma),
    vmaFilePage(vma),
    vmaName(vma),
  ]);
}

const INODE_TYPES = {
  reg: 'file',
  dir: 'dir',
  chr: 'chr',
  sock: 'sock',
  fifo: 'fifo',
  lnk: 'link',
  none: 'none',
} as const;

function inoText(inode: Inode): string {
  return `ino:${inode.superBlock.dev}:${inode.ino}`;
}

function statOf(inode: Inode): Json {
  const { rdev } = inode;
  return {
    ino: inoText(inode),
    dev: `dev:${inode.superBlock.dev}`,
    type: INODE_TYPES[inode.type],
    perm: inode.perm.toString(8).padStart(4, '0'),
    nlink: inode.nlink,
    size: inode.sizeBytes,
    blocks: inode.blocks,
    blksize: PAGE_SIZE,
    ...(rdev ? { rdev: `${rdev.major}:${rdev.minor}` } : {}),
  };
}

registerCalls({
  /** {map, first?, count?, ad?}: the truth about the page tables. */
  ptes(context, args) {
    const { task, first, count } = pagesArg(context, args);
    const device = deviceRuns(context.kernel, task.mm, first, count);
    return {
      where: whereText(context.kernel, task.mm, first, count),
      perm: runText(lineOf(task.mm, first, count, permOf)),
      ...(args.ad ? { ad: runText(lineOf(task.mm, first, count, markOf)) } : {}),
      ...(device.length > 0 ? { device } : {}),
    };
  },

  /** {map, first?, count?, kind?}: /proc/self/pagemap; with kind RAM is split into file and anonymous. */
  pagemap(context, args) {
    const { task, first, count } = pagesArg(context, args);
    const where = pagemapWhere(task.mm, first, count, Boolean(args.kind));
    // Frames of device mappings that pagemap shows at all are those of device-dax.
    const device = where.includes('d') ? deviceRuns(context.kernel, task.mm, first, count) : [];
    return {
      present: runText(pagemapPresent(task.mm, first, count)),
      where: runText(where),
      ...(device.length > 0 ? { device } : {}),
    };
  },

  /** {map, first?, count?, keep?}: the frame behind each page, `zero` for the shared zero page, null for none. */
  frames(context, args) {
    const { task, first, count } = pagesArg(context, args);
    const frames: Json[] = [];
    for (let page = first; page < first + count; page++) {
      const pfn = frameOf(task.mm, page);
      frames.push(pfn === ZERO_PFN ? 'zero' : pfn === null ? null : `f:${pfn}`);
    }
    return frames;
  },

  /** {map}: /proc/self/maps of the mapping or arena, relative to it. */
  vmas: (context, args) => vmaRows(context, args),

  /** {map}: VMAs, pagemap with kind and permissions of an arena. */
  observe(context, args) {
    const { task, first, count } = pagesArg(context, args);
    return {
      vmas: vmaRows(context, args),
      pte: runText(pagemapWhere(task.mm, first, count, true)),
      perm: runText(lineOf(task.mm, first, count, permOf)),
    };
  },

  /** {map}: maps with flags and counts in pages. */
  smaps(context, args) {
    const { task, first, count } = pagesArg(context, args);
    return vmasIn(task.mm, first, first + count).map(vma => {
      const counts = Object.entries(countSmaps(vma)).map(
        ([name, bytes]) => [name, Math.floor(bytes / PAGE_SIZE)] as const,
      );
      const inode = vma.file?.inode;
      return {
        start: vma.start - first,
        end: vma.end - first,
        perms: vmaPermissions(vma),
        pgoff: vmaFilePage(vma),
        file: vmaName(vma),
        ...(inode ? { ino: inoText(inode), dev: `dev:${inode.superBlock.dev}` } : {}),
        ...Object.fromEntries(counts),
        VmFlags: vmaFlags(vma),
      };
    });
  },

  /** {map}: where the links of /proc/self/map_files lead; ENOENT for memory without a file. */
  mapFiles(context, args) {
    const { task, first, count } = pagesArg(context, args);
    return vmasIn(task.mm, first, first + count).map(vma => mapFileOf(vma)?.target ?? 'ENOENT');
  },

  /** {fd}: what stat says of an open file. */
  fstat: (context, args) => statOf(sysFstat(context.kernel, callingTask(context), fdArg(context, args))),

  /** {path | dev}: inode, type, size and device number of a path. */
  stat: (context, args) => statOf(sysStat(context.kernel, callingTask(context), pathArg(context, args))),

  /** {fd}: where the link of the descriptor in /proc/self/fd leads. */
  readlink: (context, args) => filePath(callingTask(context).files.getRaw(fdArg(context, args), 'readlink')),

  /** {fd}: keys and values of /proc/self/fdinfo/N as the kernel prints them. */
  fdinfo(context, args) {
    const task = callingTask(context);
    const fd = fdArg(context, args);
    const fields: { [key: string]: Json } = {};
    for (const line of fdinfoLines(task, fd)) {
      const [, key, value] = /^([^:]+):\s*(.*)$/.exec(line)!;
      if (key === 'ino') fields.ino = inoText(task.files.getRaw(fd, 'fdinfo').inode);
      else fields[key!] = key === 'mnt_id' ? `mnt:${value}` : value!;
    }
    return fields;
  },

  /** Deferred work of the kernel is done at once here, so there is nothing to wait for. */
  settle: () => 0,

  /** {path}: whether there is such a path. */
  exists: ({ kernel }, args) => kernel.vfs.exists(textArg(args, 'path')),

  /** {path}: the text of a file of /proc, sysfs or debugfs; /proc/self is the caller's. */
  cat(context, args) {
    const path = textArg(args, 'path');
    const own = path.startsWith('/proc/self/')
      ? path.replace('self', String(callingTask(context).pid))
      : path;
    return readKernelText(context.kernel, own);
  },

  /** {path, data?}: what a driver registered under that path runs. */
  'sysfs.write'({ kernel }, args) {
    kernel.sysfs.write(textArg(args, 'path'), textArg(args, 'data', ''));
    return 0;
  },

  /** {fns}: the trace is always complete; which functions are looked at is up to the reader. */
  'trace.on': () => 0,
  /** {}: no function is looked at any more. */
  'trace.off': () => 0,
});
