/**
 * Operations of open device files: each finds the device, sets td_fpop to the file, calls the driver and puts td_fpop back.
 *
 * Models     devfs_open, devfs_close_f, devfs_read_f, devfs_write_f, devfs_ioctl_f, devfs_poll_f, devfs_mmap_f, devfs_fp_check
 *            (sys/fs/devfs/devfs_vnops.c, F9.3, F14)
 * Invariants I1 td_fpop is the same at return as at entry, except after an ioctl in eras that leave NULL there
 * Left out   kqueue, fdopen, revoke, controlling terminals
 */
import { type Errno, KernelError } from '../base/errno.ts';
import { snapshotConstant } from '../base/snapshot.ts';
import type { FileOperations, OpenFile, PollEvent } from '../fs/open_file.ts';
import type { VmArea } from '../mm/vm_area.ts';
import { BSD_ENTRY, BSD_ENTRY_WORDS } from '../trace/events/bsd.ts';
import {
  type Cdev,
  type CdevSwitch,
  type DriverAnswer,
  devRef,
  devRefThread,
  devRel,
  devRelThread,
  type IoctlData,
} from './cdev.ts';
import { BsdFile, bsdFileOf, devfsClearCdevpriv, dropRecordOf } from './cdevpriv.ts';
import { devfsMmap } from './vm_mmap.ts';

type EntryWord = (typeof BSD_ENTRY_WORDS)[number];

function emitEntry(cdev: Cdev, entry: EntryWord, failed: boolean): void {
  const { core } = cdev;
  core.context.trace.emit(
    BSD_ENTRY,
    cdev.id,
    BSD_ENTRY_WORDS.indexOf(entry),
    core.fpop?.id ?? 0,
    failed ? 1 : 0,
  );
}

/** An interrupted call is not restarted by the caller of a device: it sees EINTR. */
function errnoOf(answer: Errno | 'ERESTART'): Errno {
  return answer === 'ERESTART' ? 'EINTR' : answer;
}

function refuse(cdev: Cdev, op: string, answer: Errno | 'ERESTART'): never {
  throw new KernelError(errnoOf(answer), op, `The driver of ${cdev.name} answers ${answer}.`);
}

/** Run an operation of a file in the driver. @throws KernelError ENXIO when the device is gone, EIO after a panic */
function inDriver<T>(file: OpenFile, op: string, body: (cdev: Cdev, sw: CdevSwitch) => T): T {
  const { cdev } = bsdFileOf(file);
  const { core } = cdev;
  core.refuseAfterPanic(op);
  const sw = devRefThread(cdev);
  if (sw === null) throw new KernelError('ENXIO', op, `Device ${cdev.name} is gone.`);
  const saved = core.fpop;
  core.fpop = file;
  try {
    return body(cdev, sw);
  } finally {
    core.fpop = op === 'ioctl' && !core.era.ioctlRestoresFpop ? null : saved;
    devRelThread(cdev);
  }
}

/**
 * ioctl(2) on a device.
 *
 * @param data what goes in; `out` holds what comes back
 * @throws KernelError ENXIO when the device is gone, ENOTTY without d_ioctl, or what the driver answers
 */
export function devfsIoctl(file: OpenFile, request: string, data: IoctlData): void {
  inDriver(file, 'ioctl', (cdev, sw) => {
    const answer: DriverAnswer = sw.dIoctl?.(cdev, request, data) ?? 'ENOTTY';
    emitEntry(cdev, 'd_ioctl', answer !== 0);
    if (answer !== 0) refuse(cdev, 'ioctl', answer);
  });
}

function readOrWrite(file: OpenFile, op: 'read' | 'write', offset: number, length: number): number {
  return inDriver(file, op, (cdev, sw) => {
    const call = op === 'read' ? sw.dRead : sw.dWrite;
    const answer = call?.call(sw, cdev, offset, length) ?? 'ENODEV';
    emitEntry(cdev, op === 'read' ? 'd_read' : 'd_write', typeof answer === 'string');
    return typeof answer === 'string' ? refuse(cdev, op, answer) : answer;
  });
}

export const BSD_DEVICE_FILE_OPS: FileOperations = snapshotConstant('bsd.device_fops', {
  name: 'bsd_device',

  open(file: OpenFile): void {
    const cdev = file.inode.cdev!.privateData as Cdev;
    file.privateData = new BsdFile(cdev);
    inDriver(file, 'open', (device, sw) => {
      const answer = sw.dOpen?.(device, file.writable) ?? 0;
      emitEntry(device, 'd_open', answer !== 0);
      if (answer !== 0) {
        devfsClearCdevpriv(device.core, 'failed open');
        refuse(device, 'open', answer);
      }
    });
    cdev.opens++;
    devRef(cdev);
  },

  release(file: OpenFile): void {
    const { cdev } = bsdFileOf(file);
    const { core } = cdev;
    cdev.opens--;
    const sw = core.panicked === null ? devRefThread(cdev) : null;
    if (sw !== null) {
      if (cdev.opens === 0 || sw.trackClose === true) {
        const saved = core.fpop;
        core.fpop = file;
        const answer = sw.dClose?.(cdev) ?? 0;
        emitEntry(cdev, 'd_close', answer !== 0);
        core.fpop = saved;
      }
      devRelThread(cdev);
    }
    dropRecordOf(file, 'last close');
    devRel(cdev);
  },

  mmap(file: OpenFile, range: object): void {
    inDriver(file, 'mmap', (cdev, sw) => devfsMmap(file, cdev, sw, range as VmArea));
  },

  read: (file: OpenFile, offset: number, length: number) => readOrWrite(file, 'read', offset, length),
  write: (file: OpenFile, offset: number, length: number) => readOrWrite(file, 'write', offset, length),
  llseek: (file: OpenFile) => file.pos,
  poll: (file: OpenFile, events: readonly PollEvent[]) =>
    inDriver(file, 'poll', () => events.filter(event => event !== 'err')),
});
