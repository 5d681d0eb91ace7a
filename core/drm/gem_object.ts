/**
 * Buffer objects: what handles, names, shared buffers, mappings and framebuffers refer to.
 *
 * Models     struct drm_gem_object, drivers/gpu/drm/drm_gem.c (Linux 6.12)
 * Units      pages
 * Invariants I1 refcount = (1 if handleCount > 0) + VMAs + (1 if its shared buffer lives) + framebuffers + kernel users
 *            I2 handleCount = table entries of all files + framebuffers (era.framebufferHoldsHandle)
 *            I3 a name exists only while handleCount > 0
 */
import { KernelError } from '../base/errno.ts';
import { invariant } from '../base/invariant.ts';
import { snapshotClass } from '../base/snapshot.ts';
import { PAGE_SIZE, type Pages, type Pfn } from '../base/units.ts';
import type { DmaBuf } from '../dma_buf/dma_buf.ts';
import type { DmaBufAttachment } from '../dma_buf/dma_buf_attach.ts';
import { DmaResv } from '../dma_buf/dma_resv.ts';
import type { VmArea } from '../mm/vm_area.ts';
import { GEM_OBJECT_FREE, GEM_OBJECT_INIT } from '../trace/events/drm.ts';
import type { DrmDevice } from './drm_device.ts';
import { VmaOffsetNode } from './vma_offset_manager.ts';

/** What a kind of object does; a module-level constant registered with snapshotConstant. */
export interface GemObjectFuncs {
  readonly name: string;
  /** The last reference is gone: backing memory goes. The offset window and the id are released by the caller. */
  free(object: GemObject): void;
  /** A mapping is about to exist: set ops, flags, private data. @throws KernelError */
  mmap(object: GemObject, vma: VmArea): void;
  /** The frames of its memory, for another device (get_sg_table). Absent: no other device can use it (ENOSYS). */
  pageList?(object: GemObject): readonly Pfn[];
  /** Keep its memory where it is for another device. @throws KernelError ENOMEM */
  pin?(object: GemObject): void;
  unpin?(object: GemObject): void;
}

export class GemObject {
  /** Dense number, never reused; shown in events. */
  readonly id: number;
  refcount = 1;
  handleCount = 0;
  /** Flink name; 0 for none. */
  name = 0;
  /** The shared buffer it was exported as; holds one reference of its file while there are handles. */
  dmaBuf: DmaBuf | null = null;
  /** Its own, or that of the buffer it was imported from. */
  resv: DmaResv;
  /** For an object that stands for another exporter's buffer: its use of it, with one reference of the buffer's file. */
  importAttach: DmaBufAttachment | null = null;
  readonly offset: VmaOffsetNode;
  /** What people call it; only the lab's own calls set it. */
  label = '';

  constructor(
    readonly device: DrmDevice,
    readonly nrPages: Pages,
    readonly funcs: GemObjectFuncs,
    /** Made by the kernel itself at boot: no handle, no name, never exported. */
    readonly kernelOwned: boolean = false,
  ) {
    invariant(nrPages > 0, () => `An object of ${nrPages} pages is empty.`);
    this.id = device.core.nextObjectId++;
    this.resv = new DmaResv(this.id);
    this.offset = new VmaOffsetNode(this);
    device.get();
    device.objects.add(this);
  }

  get sizeBytes(): number {
    return this.nrPages * PAGE_SIZE;
  }

  /** Byte of the device's address space where its window starts. */
  get mmapOffset(): number {
    return this.offset.start * PAGE_SIZE;
  }
}
snapshotClass(GemObject, 'drm.GemObject');

/**
 * Give a new object its mmap window; part of every creation.
 *
 * @throws KernelError ENOSPC when the offset space is full
 */
export function createMmapOffset(object: GemObject): void {
  const { device } = object;
  if (!device.offsets.add(object.offset, object.nrPages)) {
    throw new KernelError(
      'ENOSPC',
      'drm_gem_create_mmap_offset',
      `The offset space has no window of ${object.nrPages} pages.`,
    );
  }
  const kind = object.kernelOwned ? 1 : 0;
  device.trace.emit(GEM_OBJECT_INIT, object.id, object.nrPages, device.index, object.offset.start, kind);
}

/** Take a reference. */
export function getObject<T extends GemObject>(object: T): T {
  invariant(object.refcount > 0, () => `Object ${object.id} is held after its end.`);
  object.refcount++;
  return object;
}

/** Drop a reference; the last one frees the object. */
export function putObject(object: GemObject): void {
  object.refcount--;
  invariant(object.refcount >= 0, () => `Object ${object.id} is dropped once too often.`);
  if (object.refcount > 0) return;
  const { device } = object;
  invariant(
    object.handleCount === 0 && object.name === 0,
    () => `Object ${object.id} ends with ${object.handleCount} handles.`,
  );
  object.funcs.free(object);
  device.offsets.remove(object.offset);
  device.objects.delete(object);
  device.trace.emit(GEM_OBJECT_FREE, object.id);
  device.put();
}
