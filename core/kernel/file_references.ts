/** Who holds a reference of an open file: the one walk that all checks of file counts use. */
import { I915Object } from '../drm/drivers/i915_2008/i915_object.ts';
import { ShmemObject } from '../drm/drm_gem_shmem.ts';
import type { OpenFile } from '../fs/open_file.ts';
import type { Kernel } from './kernel.ts';

/** Visit every reference that anybody holds: descriptors, mappings, messages in flight, PRIME caches, objects. */
export function forEachFileReference(kernel: Kernel, visit: (file: OpenFile) => void): void {
  for (const { files, mm, inbox } of kernel.tasks.values()) {
    files.forEachFile(visit);
    for (const vma of mm.vmas) if (vma.file) visit(vma.file);
    for (const file of inbox.files()) visit(file);
  }
  for (const device of kernel.drm.allDevices) {
    for (const client of device.files) for (const buf of client.primeByHandle.values()) visit(buf.file);
    for (const object of device.objects) {
      if (object.dmaBuf) visit(object.dmaBuf.file);
      if (object.importAttach) visit(object.importAttach.buf.file);
      if ((object instanceof ShmemObject || object instanceof I915Object) && object.file) visit(object.file);
    }
  }
}

/** How often each file occurs among them. */
export function countFileReferences(kernel: Kernel): Map<OpenFile, number> {
  const counted = new Map<OpenFile, number>();
  // Neighbours often have the same file: one lookup for a run of them.
  let last: OpenFile | null = null;
  let run = 0;
  const flush = () => {
    if (last !== null) counted.set(last, (counted.get(last) ?? 0) + run);
  };
  forEachFileReference(kernel, file => {
    if (file !== last) {
      flush();
      last = file;
      run = 0;
    }
    run++;
  });
  flush();
  return counted;
}
