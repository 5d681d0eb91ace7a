/**
 * Operations of files that only exist: directories, and the kinds of anonymous descriptor that carry no memory.
 *
 * Models     fs/eventfd.c, fs/eventpoll.c, fs/timerfd.c, fs/signalfd.c, fs/notify/inotify, fs/userfaultfd.c, fs/fsopen.c,
 *            fs/pidfs.c, fs/pipe.c, net/socket.c as far as /proc and stat show them (Linux 6.12)
 * Left out   what these descriptors are for: events, timers, data
 */
import { snapshotClass, snapshotConstant } from '../base/snapshot.ts';
import type { FileOperations, OpenFile } from '../fs/open_file.ts';

/** Stays where it is. Models noop_llseek(). */
function noopSeek(file: OpenFile): number {
  return file.pos;
}

/** State of an eventfd. */
export class EventFd {
  /** @param id number that fdinfo shows, dense since boot */
  constructor(
    readonly id: number,
    /** fdinfo of 6.12 shows whether it is a semaphore, 6.1 does not. */
    readonly showsSemaphore: boolean,
  ) {}
}
snapshotClass(EventFd, 'kernel.EventFd');

export const DIRECTORY_FILE_OPS: FileOperations = snapshotConstant('kernel.directory_fops', {
  name: 'directory',
  llseek: noopSeek,
});

export const EVENTFD_FILE_OPS: FileOperations = snapshotConstant('kernel.eventfd_fops', {
  name: 'eventfd',
  llseek: noopSeek,
  stream: true,
  showFdinfo(file: OpenFile): string[] {
    const eventfd = file.privateData as EventFd;
    const lines = ['eventfd-count:                0', `eventfd-id: ${eventfd.id}`];
    if (eventfd.showsSemaphore) lines.push('eventfd-semaphore: 0');
    return lines;
  },
});

export const TIMERFD_FILE_OPS: FileOperations = snapshotConstant('kernel.timerfd_fops', {
  name: 'timerfd',
  llseek: noopSeek,
  stream: true,
  showFdinfo: () => [
    'clockid: 1',
    'ticks: 0',
    'settime flags: 00',
    'it_value: (0, 0)',
    'it_interval: (0, 0)',
  ],
});

export const USERFAULTFD_FILE_OPS: FileOperations = snapshotConstant('kernel.userfaultfd_fops', {
  name: 'userfaultfd',
  llseek: noopSeek,
  stream: true,
  showFdinfo: () => ['pending:\t0', 'total:\t0', 'API:\taa:0:80000000000001ff'],
});

/** epoll, signalfd, inotify, fscontext: nothing of theirs is shown. */
export const PLAIN_ANON_FILE_OPS: FileOperations = snapshotConstant('kernel.plain_anon_fops', {
  name: 'anon',
  llseek: noopSeek,
  stream: true,
});

/** What a pidfd names. */
export class PidFd {
  constructor(readonly pid: number) {}
}
snapshotClass(PidFd, 'kernel.PidFd');

export const PIDFD_FILE_OPS: FileOperations = snapshotConstant('kernel.pidfd_fops', {
  name: 'pidfd',
  stream: true,
  truncateErrno: 'EOPNOTSUPP',
  showFdinfo(file: OpenFile): string[] {
    const { pid } = file.privateData as PidFd;
    return [`Pid:\t${pid}`, `NSpid:\t${pid}`];
  },
});

/** Pipes and sockets: no position. */
export const STREAM_FILE_OPS: FileOperations = snapshotConstant('kernel.stream_fops', {
  name: 'stream',
  stream: true,
});
