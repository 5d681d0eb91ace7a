/**
 * Calls that make shared buffers, and calls on them: the nodes of udmabuf and the heap, the ioctls of a dma-buf.
 *
 * Models     drivers/dma-buf/udmabuf.c, dma-heap.c, dma-buf.c (Linux 6.12)
 * Rule       as programs do it, the node is opened, asked once and closed again
 */
import { KernelError } from '../base/errno.ts';
import { type DmaBuf, dmaBufOfFile } from '../dma_buf/dma_buf.ts';
import { exportFences, importFences, SYNC_FILE_FOPS, syncDmaBuf } from '../dma_buf/sync_file.ts';
import {
  allocFromHeap,
  DMA_HEAP_DIRECTORY,
  DMA_HEAP_FOPS,
  type SystemHeapModule,
} from '../dma_buf/system_heap.ts';
import { createUdmabuf, UDMABUF_DEVICE_FOPS, type UdmabufModule } from '../dma_buf/udmabuf.ts';
import type { AccessMode, FileOperations } from '../fs/open_file.ts';
import type { Kernel } from './kernel.ts';
import { installOrDrop, sysClose, sysOpen } from './sys_open.ts';
import { syscall } from './syscall.ts';
import { SYS } from './syscall_numbers.ts';
import type { Task } from './task.ts';

const O_ACCMODE = 3;
const O_CLOEXEC = 0o2000000;
const MODES: readonly AccessMode[] = ['rdonly', 'wronly', 'rdwr'];

/** Open a node, run one ioctl on it, close it. */
function withNode<Module>(
  kernel: Kernel,
  task: Task,
  path: string,
  ops: FileOperations,
  body: (module: Module) => number,
): number {
  const node = sysOpen(kernel, task, path, { mode: 'rdwr', cloexec: true });
  try {
    return syscall(kernel, task, SYS.ioctl, [node], () => {
      const file = task.files.get(node, 'ioctl');
      if (file.ops !== ops) throw new KernelError('ENOTTY', 'ioctl', `${path} is another kind of device.`);
      return body(file.privateData as Module);
    });
  } finally {
    sysClose(kernel, task, node);
  }
}

/** A part of the file behind a descriptor. */
export interface UdmabufRequest {
  readonly memfd: number;
  readonly offset: number;
  readonly size: number;
}

/** A shared buffer of parts of memfds. @returns its descriptor; @throws KernelError ENOENT no module, or as createUdmabuf(), EMFILE */
export function sysUdmabufCreate(
  kernel: Kernel,
  task: Task,
  requests: readonly UdmabufRequest[],
  cloexec: boolean,
): number {
  return withNode<UdmabufModule>(kernel, task, '/dev/udmabuf', UDMABUF_DEVICE_FOPS, module => {
    const items = requests.map(({ memfd, offset, size }) => ({ file: task.files.find(memfd), offset, size }));
    return installOrDrop(task, createUdmabuf(module, items), cloexec);
  });
}

/**
 * A shared buffer of fresh pages.
 *
 * @param fdFlags   access mode and O_CLOEXEC, nothing else
 * @param heapFlags there are none yet
 * @param presetFd  the field that receives the descriptor; must be 0
 * @throws KernelError ENOENT no such heap; EINVAL flags or size; ENOMEM; EMFILE
 */
export function sysHeapAlloc(
  kernel: Kernel,
  task: Task,
  heap: string,
  length: number,
  fdFlags: number,
  heapFlags: number,
  presetFd: number,
): number {
  const path = `${DMA_HEAP_DIRECTORY}/${heap}`;
  return withNode<SystemHeapModule>(kernel, task, path, DMA_HEAP_FOPS, module => {
    const mode = MODES[fdFlags & O_ACCMODE];
    if (presetFd !== 0 || heapFlags !== 0 || (fdFlags & ~(O_ACCMODE | O_CLOEXEC)) !== 0 || !mode) {
      throw new KernelError(
        'EINVAL',
        'DMA_HEAP_IOCTL_ALLOC',
        `Descriptor ${presetFd} must be 0, heap flags ${heapFlags} and descriptor flags ${fdFlags} hold unknown bits.`,
      );
    }
    return installOrDrop(task, allocFromHeap(module, length, mode), (fdFlags & O_CLOEXEC) !== 0);
  });
}

/** Run one ioctl of a dma-buf. @throws KernelError EBADF; ENOTTY another kind of file */
export function dmaBufIoctl(
  kernel: Kernel,
  task: Task,
  fd: number,
  op: string,
  body: (buf: DmaBuf) => number,
): number {
  return syscall(kernel, task, SYS.ioctl, [fd], () => {
    const file = task.files.get(fd, op);
    const buf = dmaBufOfFile(file);
    if (buf === null) throw new KernelError('ENOTTY', op, `${file.ops.name} is no dma-buf.`);
    return body(buf);
  });
}

/** An access of the CPU begins or ends. @throws KernelError EBADF, ENOTTY, EINVAL; WouldBlock */
export function sysDmaBufSync(kernel: Kernel, task: Task, fd: number, flags: number): number {
  return dmaBufIoctl(kernel, task, fd, 'DMA_BUF_IOCTL_SYNC', buf => {
    syncDmaBuf(buf, flags);
    return 0;
  });
}

/** The fences of a buffer as a descriptor. @throws KernelError EBADF, ENOTTY, EINVAL, EMFILE */
export function sysExportSyncFile(kernel: Kernel, task: Task, fd: number, flags: number): number {
  return dmaBufIoctl(kernel, task, fd, 'DMA_BUF_IOCTL_EXPORT_SYNC_FILE', buf => {
    const fences = exportFences(buf, flags);
    return installOrDrop(task, kernel.anonInodes.getFile('sync_file', SYNC_FILE_FOPS, 0, fences), true);
  });
}

/** The fences of a sync file into a buffer. @throws KernelError EBADF, ENOTTY, EINVAL */
export function sysImportSyncFile(
  kernel: Kernel,
  task: Task,
  fd: number,
  syncFd: number,
  flags: number,
): number {
  return dmaBufIoctl(kernel, task, fd, 'DMA_BUF_IOCTL_IMPORT_SYNC_FILE', buf => {
    importFences(buf, task.files.get(syncFd, 'DMA_BUF_IOCTL_IMPORT_SYNC_FILE'), flags);
    return 0;
  });
}
