/**
 * What a kernel holds beyond the state that callers notice (state_lines.ts): tables, registrations, mounts, references. Equal
 * texts before and after a refused call mean that the call undid all it did.
 *
 * Left out   page tables and anon_vmas: those that a fault made stay, whatever becomes of it
 */
import type { Kernel } from './kernel.ts';

/** One line per thing or count, in a fixed order. */
export function heldLines(kernel: Kernel): string[] {
  const { context, vfs, queue, drm, dmaBufs } = kernel;
  const lines = [
    `address spaces ${context.mms.size} mapped files ${context.mappings.size}`,
    `VRAM allocations ${queue.allocations.size}`,
    `text files ${count(kernel.proc.paths())} ${count(kernel.debugfs.paths())} ${count(kernel.sysfs.paths())}`,
    `swap slots ${drm.swap.nrFree}`,
    `bound ${[...kernel.devices.keys()].join()} minors ${[...drm.minors.keys()].join()}`,
    `modules ${kernel.dax?.loaded.join()} ${kernel.udmabuf !== null} ${kernel.systemHeap !== null}`,
  ];
  for (const { dev, name, liveInodes } of vfs.superBlocks.values()) {
    // Pipes and their like have file systems that Linux mounts at boot, this kernel at first use.
    if (liveInodes > 0) lines.push(`mount ${dev} ${name} ${liveInodes}`);
  }
  for (const { major, firstMinor, users } of vfs.charDevices.list())
    lines.push(`cdev ${major}:${firstMinor} users ${users}`);
  vfs.forEachEntry(({ name, inode }) => lines.push(`entry ${name} ${inode.count} ${inode.nlink}`));
  for (const device of drm.allDevices) {
    const { description, master, ttm, framebuffers, names } = device;
    lines.push(
      `drm ${description.name} names ${names.size} framebuffers ${framebuffers.size} master ${master !== null}`,
    );
    for (const file of device.files) {
      const handles = [...file.handles.entries()].map(([handle, { id }]) => `${handle}=${id}`).join();
      const buffers = [...file.primeByHandle.keys()].join();
      lines.push(
        `drm file ${file.clientId} handles ${handles} reserved ${file.handles.size} buffers ${buffers}`,
      );
    }
    for (const object of device.objects) {
      lines.push(
        `gem ${object.id} window ${object.offset.start} lock ${object.resv.heldBy} fences ${object.resv.list().length}`,
      );
    }
    if (ttm === null) continue;
    for (const manager of ttm.managers)
      if (manager) lines.push(`memory ${manager.memType} used ${manager.usedPages}`);
    lines.push(`ttm pages ${ttm.populatedPages} ghosts ${ttm.ghosts.size}`);
  }
  for (const { ino, file, resv } of dmaBufs.buffers)
    lines.push(`buffer ${ino} refs ${file.count} lock ${resv.heldBy} fences ${resv.list().length}`);
  for (const [name, cdev] of kernel.bsd?.modules ?? []) lines.push(`driver ${name} ${cdev.refs}`);
  return lines;
}

function count(paths: Iterable<string>): number {
  return [...paths].length;
}
