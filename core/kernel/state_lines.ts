/**
 * The state of a kernel that callers can notice, as lines of text: equal texts mean that nothing changed. Ids that only count
 * upwards, caches and the trace are left out.
 */

import { ShmemObject } from '../drm/drm_gem_shmem.ts';
import { TtmBo } from '../drm/ttm/ttm_bo.ts';
import type { Inode } from '../fs/inode.ts';
import type { OpenFile } from '../fs/open_file.ts';
import { shmemPagesOf } from '../mm/shmem.ts';
import type { Kernel } from './kernel.ts';

/** One line per thing, in a fixed order. */
export function kernelStateLines(kernel: Kernel): string[] {
  const lines: string[] = [`frames free ${kernel.context.frames.nrFree}`];
  const files = new Set<OpenFile>();
  for (const task of kernel.tasks.values()) {
    lines.push(`task ${task.pid} uid ${task.uid} locked ${task.mm.lockedPages}`);
    for (const [fd, file] of task.files.entries()) {
      files.add(file);
      lines.push(`  fd ${fd} file ${file.id} cloexec ${task.files.isCloexec(fd)}`);
    }
    for (const file of task.inbox.files()) {
      files.add(file);
      lines.push(`  message file ${file.id}`);
    }
    for (const vma of task.mm.vmas) {
      if (vma.file) files.add(vma.file);
      const file = vma.file ? `file ${vma.file.id} page ${vma.pgoff}` : 'anonymous';
      lines.push(`  vma ${vma.start}-${vma.end} flags ${vma.flags.toString(16)} ${file}`);
    }
    task.mm.pageTable.forEachPte((page, word) => {
      lines.push(`  pte ${page} ${(word >>> 0).toString(16)}`);
    });
  }
  const inodes = new Set<Inode>();
  for (const file of files) {
    inodes.add(file.inode);
    lines.push(`file ${file.id} refs ${file.count} pos ${file.pos}`);
  }
  for (const inode of inodes) {
    const pages = shmemPagesOf(inode);
    lines.push(
      `inode ${inode.superBlock.dev}:${inode.ino} refs ${inode.count} links ${inode.nlink} size ${inode.sizeBytes} ` +
        `blocks ${inode.blocks} perm ${inode.perm} writable ${inode.mapping.mmapWritable} seals ${pages?.seals ?? '-'}`,
    );
    pages?.forEachPage((pgoff, pfn) => lines.push(`  page ${pgoff} frame ${pfn}`));
  }
  for (const device of kernel.drm.allDevices) {
    lines.push(`device ${device.description.name} refs ${device.refs} unplugged ${device.unplugged}`);
    lines.push(
      `  shows ${device.crtc?.fb.object.id ?? 'nothing'} master ${[...device.files].find(f => f.isMaster)?.clientId}`,
    );
    for (const object of device.objects) {
      const where =
        object instanceof TtmBo
          ? `${object.resource?.memType}@${object.resource?.node?.start} pins ${object.pinCount}`
          : object instanceof ShmemObject
            ? `page users ${object.pagesUseCount} pins ${object.pagesPinCount} of buffer ${object.importAttach?.buf.ino ?? '-'}`
            : '';
      lines.push(
        `  object ${object.id} refs ${object.refcount} handles ${object.handleCount} name ${object.name} ${where}`,
      );
    }
  }
  for (const buf of kernel.dmaBufs.buffers) {
    const devices = buf.attachments.map(attachment => attachment.device).join();
    lines.push(`  object of buffer ${buf.ino} name ${buf.name} attached ${devices}`);
  }
  for (const buf of kernel.dmaBufs.heldByEntry) {
    lines.push(`  entry of buffer ${buf.ino} refs ${buf.file.pseudoDentry!.count}`);
  }
  for (const device of kernel.dax?.devices() ?? []) {
    const ranges = device.ranges.map(({ start, nrPages }) => `${start}+${nrPages}`).join();
    lines.push(`device ${device.name} refs ${device.refs} alive ${device.daxDevice.alive} pages ${ranges}`);
  }
  for (const cdev of kernel.bsd?.cdevs ?? []) {
    const { name, refs, opens, records, sw } = cdev;
    lines.push(`device ${name} refs ${refs} opens ${opens} records ${records.size} gone ${sw === null}`);
  }
  for (const object of kernel.bsd?.pagers ?? []) {
    const pages = [...object.pages].map(([page, { pfn }]) => `${page}=${pfn}`).join();
    lines.push(`vm object ${object.id} refs ${object.refs} size ${object.nrPages} pages ${pages}`);
  }
  return lines;
}

/** Lines that only one side has, marked `-` and `+`. */
export function changedLines(before: readonly string[], after: readonly string[]): string[] {
  const old = new Set(before);
  const now = new Set(after);
  return [
    ...before.filter(line => !now.has(line)).map(line => `- ${line}`),
    ...after.filter(line => !old.has(line)).map(line => `+ ${line}`),
  ];
}
