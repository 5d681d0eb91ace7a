/** Calls on paths and open files. */
import type { PollEvent } from '../../fs/open_file.ts';
import {
  sysAnonFile,
  sysEventfd,
  sysMemfd,
  sysPidfd,
  sysPipe,
  sysSocket,
  sysUserfaultfd,
} from '../../kernel/sys_anon.ts';
import {
  SEAL_NAMES,
  sysAddSeals,
  sysFallocate,
  sysFtruncate,
  sysGetSeals,
  sysLseek,
  sysPoll,
  sysPread,
  sysPwrite,
  sysRead,
  sysWrite,
  type Whence,
} from '../../kernel/sys_file.ts';
import {
  sysClose,
  sysDup,
  sysLink,
  sysMknod,
  sysOpen,
  sysRename,
  sysStat,
  sysUnlink,
} from '../../kernel/sys_open.ts';
import type { FallocateMode } from '../../mm/vfs_space.ts';
import { type CallArgs, type CallContext, numberArg, registerCalls, textArg } from '../call_table.ts';
import { BadArgument, callingTask, fdArg, nameFd, pathArg, wordsArg } from './arguments.ts';

const FALLOCATE_MODES: readonly FallocateMode[] = ['punch', 'holeonly', 'zero', 'collapse', 'keep', 'none'];
const WHENCES: readonly Whence[] = ['set', 'cur', 'end', 'data', 'hole'];
const POLL_EVENTS: readonly PollEvent[] = ['in', 'out', 'err'];

function wordArg<T extends string>(args: CallArgs, name: string, words: readonly T[], otherwise: T): T {
  const text = textArg(args, name, otherwise);
  const word = words.find(candidate => candidate === text);
  if (word === undefined) throw new BadArgument(`${name} is ${text}; known are ${words.join(', ')}.`);
  return word;
}

registerCalls({
  /** {dev | path, flags?: rdonly, wronly, creat, excl, cloexec}: a descriptor of a file or device. */
  open(context, args) {
    const words = wordsArg(args, 'flags');
    const mode = words.has('rdonly') ? 'rdonly' : words.has('wronly') ? 'wronly' : 'rdwr';
    const flags = {
      mode,
      create: words.has('creat'),
      exclusive: words.has('excl'),
      cloexec: words.has('cloexec'),
    } as const;
    return nameFd(context, sysOpen(context.kernel, callingTask(context), pathArg(context, args), flags));
  },

  /** {fd}: the descriptor goes; the file with its last reference. */
  close: (context, args) => sysClose(context.kernel, callingTask(context), fdArg(context, args)),

  /** {fd}: a second descriptor of the same open file. */
  dup: (context, args) => nameFd(context, sysDup(context.kernel, callingTask(context), fdArg(context, args))),

  /** {path, like?: path, likeDev?: device}: a node of the same number, mode 0666. */
  mknod(context, args) {
    const { kernel } = context;
    const task = callingTask(context);
    const like = args.like === undefined ? pathArg(context, args, 'likeDev') : textArg(args, 'like');
    const { rdev } = sysStat(kernel, task, like);
    if (!rdev) throw new BadArgument(`${like} is not a device node.`);
    return sysMknod(kernel, task, textArg(args, 'path'), 0o666, rdev.major, rdev.minor);
  },

  /** {path, to}: a second name of the same inode. */
  link: (context, args) =>
    sysLink(context.kernel, callingTask(context), textArg(args, 'path'), textArg(args, 'to')),
  /** {path}: the name goes; the inode with its last holder. */
  unlink: (context, args) => sysUnlink(context.kernel, callingTask(context), textArg(args, 'path')),
  /** {path, to}: another name. */
  rename: (context, args) =>
    sysRename(context.kernel, callingTask(context), textArg(args, 'path'), textArg(args, 'to')),

  /** {name, flags?: sealing}: a descriptor of a fresh file in memory. */
  memfd(context, args) {
    const sealing = wordsArg(args, 'flags').has('sealing');
    return nameFd(context, sysMemfd(context.kernel, callingTask(context), textArg(args, 'name'), sealing));
  },

  /** {fd, size}: the file gets this size; entries past its end are shot down. */
  ftruncate: (context, args) =>
    sysFtruncate(context.kernel, callingTask(context), fdArg(context, args), numberArg(args, 'size')),

  /** {fd, mode?: punch, zero, collapse, keep, holeonly, offset, length}: room in a file, or holes in it. */
  fallocate: (context, args) =>
    sysFallocate(
      context.kernel,
      callingTask(context),
      fdArg(context, args),
      wordArg(args, 'mode', FALLOCATE_MODES, 'none'),
      numberArg(args, 'offset'),
      numberArg(args, 'length'),
    ),

  /** {fd, offset, length, fill?}: bytes of value `fill` */
  pwrite: (context, args) =>
    sysPwrite(
      context.kernel,
      callingTask(context),
      fdArg(context, args),
      numberArg(args, 'offset'),
      numberArg(args, 'length'),
      numberArg(args, 'fill', 0),
    ),

  /** {fd, offset?, length}: bytes of a file without moving its position. */
  pread: (context, args) =>
    sysPread(
      context.kernel,
      callingTask(context),
      fdArg(context, args),
      numberArg(args, 'offset', 0),
      numberArg(args, 'length'),
    ),

  /** {fd, length}: bytes of a file. */
  read: (context, args) =>
    sysRead(context.kernel, callingTask(context), fdArg(context, args), numberArg(args, 'length')),

  /** {fd, length, fill?}: bytes of value `fill` into a file. */
  write: (context, args) =>
    sysWrite(
      context.kernel,
      callingTask(context),
      fdArg(context, args),
      numberArg(args, 'length'),
      numberArg(args, 'fill', 0),
    ),

  /** {fd, offset, whence?: set | cur | end | data | hole}: the position of an open file. */
  lseek: (context, args) =>
    sysLseek(
      context.kernel,
      callingTask(context),
      fdArg(context, args),
      numberArg(args, 'offset'),
      wordArg(args, 'whence', WHENCES, 'set'),
    ),

  /** {fd, op: addSeals, getSeals, getfl, getfd, seals?: words}: seals and flags of a file; addSeals takes seals. */
  fcntl(context, args) {
    const { kernel } = context;
    const task = callingTask(context);
    const fd = fdArg(context, args);
    switch (textArg(args, 'op')) {
      case 'addSeals':
        return sysAddSeals(
          kernel,
          task,
          fd,
          SEAL_NAMES.filter(seal => wordsArg(args, 'seals').has(seal)),
        );
      case 'getSeals':
        return sysGetSeals(kernel, task, fd)
          .map(seal => `${seal},`)
          .join('');
      case 'getfl':
        return task.files.get(fd, 'fcntl').mode;
      case 'getfd':
        return task.files.isCloexec(fd) ? 'cloexec' : '';
      default:
        throw new BadArgument(`fcntl does not know op ${textArg(args, 'op')}.`);
    }
  },

  /** {fd, events: in, out}: the ready ones, each followed by a comma. */
  poll(context, args) {
    const asked = POLL_EVENTS.filter(event => wordsArg(args, 'events').has(event));
    const ready = sysPoll(context.kernel, callingTask(context), fdArg(context, args), asked);
    return ready.map(event => `${event},`).join('');
  },

  /** {}: a descriptor of a new event counter. */
  eventfd: context => nameFd(context, sysEventfd(context.kernel, callingTask(context))),
  /** {}: a descriptor of a new epoll instance. */
  epoll: context => anonFile(context, 'epoll'),
  /** {}: a descriptor of a new timer. */
  timerfd: context => anonFile(context, 'timerfd'),
  /** {}: a descriptor that reads signals. */
  signalfd: context => anonFile(context, 'signalfd'),
  /** {}: a descriptor of a new inotify instance. */
  inotify: context => anonFile(context, 'inotify'),
  /** {}: a descriptor of a new file system context. */
  fsopen: context => anonFile(context, 'fsopen'),
  /** {}: a descriptor that reports faults. */
  userfaultfd: context => nameFd(context, sysUserfaultfd(context.kernel, callingTask(context))),
  /** {}: a descriptor of the calling task. */
  pidfd: context => nameFd(context, sysPidfd(context.kernel, callingTask(context))),
  /** {}: a descriptor of a new pipe. */
  pipe: context => nameFd(context, sysPipe(context.kernel, callingTask(context))),
  /** {}: a descriptor of a new socket. */
  socket: context => nameFd(context, sysSocket(context.kernel, callingTask(context))),
});

function anonFile(context: CallContext, kind: Parameters<typeof sysAnonFile>[2]) {
  return nameFd(context, sysAnonFile(context.kernel, callingTask(context), kind));
}
