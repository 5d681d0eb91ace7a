/** Calls that make shared buffers (udmabuf, dma-heap) and calls on any of them. */
import { KernelError } from '../../base/errno.ts';
import { setDmaBufName } from '../../dma_buf/dma_buf.ts';
import { drmFileOf } from '../../drm/drm_file.ts';
import {
  dmaBufIoctl,
  sysDmaBufSync,
  sysExportSyncFile,
  sysHeapAlloc,
  sysImportSyncFile,
  sysUdmabufCreate,
  type UdmabufRequest,
} from '../../kernel/sys_dma_buf.ts';
import { syscall } from '../../kernel/syscall.ts';
import { SYS } from '../../kernel/syscall_numbers.ts';
import { type CallArgs, numberArg, registerCalls, textArg } from '../call_table.ts';
import { BadArgument, callingTask, fdArg, nameFd, wordsArg } from './arguments.ts';

const FD_FLAGS: { readonly [word: string]: number } = {
  rdonly: 0,
  wronly: 1,
  rdwr: 2,
  append: 0o2000,
  nonblock: 0o4000,
  cloexec: 0o2000000,
};
const SYNC_FLAGS: { readonly [word: string]: number } = { start: 0, read: 1, write: 2, end: 4 };

/** Bits of a flags argument given in words. */
function bitsArg(
  args: CallArgs,
  name: string,
  words: { readonly [word: string]: number },
  otherwise = '',
): number {
  let bits = 0;
  for (const word of wordsArg(args, name, otherwise)) {
    const bit = words[word];
    if (bit === undefined) throw new BadArgument(`${name} does not know ${word}.`);
    bits |= bit;
  }
  return bits;
}

/** Flags of a sync call: `raw` is a number, `flags` words. */
function syncFlags(args: CallArgs): number {
  return args.raw === undefined ? bitsArg(args, 'flags', SYNC_FLAGS) : numberArg(args, 'raw');
}

/** UDMABUF_FLAGS_CLOEXEC, as a word or as the number 1; other bits are ignored. */
function udmabufCloexec(args: CallArgs): boolean {
  if (typeof args.flags === 'number') return (args.flags & 1) !== 0;
  return wordsArg(args, 'flags').has('cloexec');
}

registerCalls({
  /** {memfd: descriptor, offset, size, flags?: cloexec}: a shared buffer over pages of a memfd. */
  'udmabuf.create'(context, args) {
    const request = {
      memfd: fdArg(context, args, 'memfd'),
      offset: numberArg(args, 'offset'),
      size: numberArg(args, 'size'),
    };
    const task = callingTask(context);
    return nameFd(context, sysUdmabufCreate(context.kernel, task, [request], udmabufCloexec(args)));
  },

  /** {n, memfd0, offset0, size0, memfd1, ..., flags?: cloexec}: the same over several ranges. */
  'udmabuf.createList'(context, args) {
    const requests: UdmabufRequest[] = [];
    for (let i = 0; i < numberArg(args, 'n'); i++) {
      requests.push({
        memfd: fdArg(context, args, `memfd${i}`),
        offset: numberArg(args, `offset${i}`),
        size: numberArg(args, `size${i}`),
      });
    }
    const task = callingTask(context);
    return nameFd(context, sysUdmabufCreate(context.kernel, task, requests, udmabufCloexec(args)));
  },

  /** {heap?: system, len, fdFlags?: rdonly, wronly, rdwr, cloexec (rdwr,cloexec), heapFlags?, presetFd?}: a shared buffer from a heap. */
  'heap.alloc'(context, args) {
    const fd = sysHeapAlloc(
      context.kernel,
      callingTask(context),
      textArg(args, 'heap', 'system'),
      numberArg(args, 'len'),
      bitsArg(args, 'fdFlags', FD_FLAGS, 'rdwr,cloexec'),
      numberArg(args, 'heapFlags', 0),
      numberArg(args, 'presetFd', 0),
    );
    return nameFd(context, fd);
  },

  /** {fd, flags: start, end, read, write | raw}: begin or end an access of the CPU. */
  'dmabuf.sync': (context, args) =>
    sysDmaBufSync(context.kernel, callingTask(context), fdArg(context, args), syncFlags(args)),

  /** {fd, flags: read, write | raw}: a descriptor of the fences such an access would wait for. */
  'dmabuf.exportSyncFile': (context, args) =>
    nameFd(
      context,
      sysExportSyncFile(context.kernel, callingTask(context), fdArg(context, args), syncFlags(args)),
    ),

  /** {fd, syncFile: descriptor, flags: read, write | raw}: its fences are added to those of the buffer. */
  'dmabuf.importSyncFile': (context, args) =>
    sysImportSyncFile(
      context.kernel,
      callingTask(context),
      fdArg(context, args),
      fdArg(context, args, 'syncFile'),
      syncFlags(args),
    ),

  /** {fd, name?}: `len:N` is a name of N letters; without a name the pointer is bad. */
  'dmabuf.setName': (context, args) =>
    dmaBufIoctl(context.kernel, callingTask(context), fdArg(context, args), 'DMA_BUF_SET_NAME', buf => {
      if (args.name === undefined)
        throw new KernelError('EFAULT', 'DMA_BUF_SET_NAME', 'There is no name to read.');
      const text = textArg(args, 'name');
      const length = /^len:(\d+)$/.exec(text);
      setDmaBufName(buf, length ? 'n'.repeat(Number(length[1])) : text);
      return 0;
    }),

  /** {fd, request, arg}: a request number that the file does not know. */
  ioctlRaw(context, args) {
    const task = callingTask(context);
    const fd = fdArg(context, args);
    const request = numberArg(args, 'request');
    return syscall(context.kernel, task, SYS.ioctl, [fd, request], (): number => {
      const file = task.files.get(fd, 'ioctl');
      if (drmFileOf(file) !== null) throw new BadArgument('Calls of DRM files have names of their own.');
      throw new KernelError('ENOTTY', 'ioctl', `${file.ops.name} does not know the request ${request}.`);
    });
  },
});
