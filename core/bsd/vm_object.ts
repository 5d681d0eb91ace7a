/**
 * VM objects of devices: the set of pages that every mapping of the same object shows.
 *
 * Models     struct vm_object of types OBJT_DEVICE and OBJT_MGTDEVICE, vm_object_deallocate (sys/vm, F9.3, F14)
 * Units      pages; a page index is a page of the device (legacy) or of the driver's object (managed)
 * Invariants I1 `refs` = map entries (their files) + holders in the kernel; at 0 the object is dead and off the pager's list
 *            I2 every present entry of a mapping of the object is the object's page at that index, unless that left the object
 *               while the device was unmanaged (nothing takes it out there)
 * In this kernel   a map entry's hold on its object is an open file of its own (MAP_ENTRY_FILE_OPS), shared by the pieces that
 *            split and fork make; so closing a descriptor ends nothing of a mapping, and a mapping keeps no descriptor alive
 */
import { invariant } from '../base/invariant.ts';
import { snapshotClass, snapshotConstant } from '../base/snapshot.ts';
import type { PageIndex, Pages, Pfn } from '../base/units.ts';
import { AddressSpace } from '../fs/address_space.ts';
import { holdInode } from '../fs/inode.ts';
import { type FileOperations, OpenFile } from '../fs/open_file.ts';
import { BSD_OBJECT_DEAD } from '../trace/events/bsd.ts';
import type { BsdCore } from './bsd_core.ts';
import type { Cdev } from './cdev.ts';
import type { CdevPagerOps } from './device_pager.ts';

/** A page of a VM object. */
export interface VmPage {
  readonly pfn: Pfn;
  /** `device`: fictitious, its address came from the driver. `zero`: a page of memory that the object owns. */
  readonly kind: 'device' | 'zero';
}

export class VmObject {
  refs = 1;
  readonly pages = new Map<PageIndex, VmPage>();
  /** All map entries that show it; for managed objects what pv entries are for. */
  readonly mapping: AddressSpace;
  dead = false;
  /** What it was made for; the same as the handle, except for the loser of a race. */
  readonly owner: object;

  /**
   * @param handle under which the pager finds it
   * @param managed its pages know their mappings
   */
  constructor(
    readonly core: BsdCore,
    readonly id: number,
    public handle: object,
    readonly managed: boolean,
    readonly ops: CdevPagerOps,
    readonly cdev: Cdev,
    host: OpenFile,
    public nrPages: Pages,
  ) {
    this.owner = handle;
    this.mapping = new AddressSpace(core.context.nextMappingId++, host.inode);
  }
}
snapshotClass(VmObject, 'bsd.VmObject');

/** Drop a reference; the last one ends the object, its zero pages and the pager's destructor. Models vm_object_deallocate(). */
export function vmObjectDeallocate(object: VmObject): void {
  const { core } = object;
  object.refs--;
  invariant(object.refs >= 0, () => `VM object ${object.id} is dropped once too often.`);
  if (object.refs > 0) return;
  const at = core.pagers.indexOf(object);
  if (at >= 0) core.pagers.splice(at, 1);
  object.dead = true;
  core.context.trace.emit(BSD_OBJECT_DEAD, object.id, object.pages.size);
  for (const page of object.pages.values()) if (page.kind === 'zero') core.context.frames.put(page.pfn);
  object.pages.clear();
  object.ops.dtor(object);
}

/** What a map entry knows. */
export class MapEntry {
  constructor(
    readonly object: VmObject,
    /** The file that made the mapping, as long as it is open; only a design with files in entries looks at it. */
    readonly madeBy: OpenFile,
  ) {}
}
snapshotClass(MapEntry, 'bsd.MapEntry');

/** The last piece of a map entry is gone. */
export const MAP_ENTRY_FILE_OPS: FileOperations = snapshotConstant('bsd.map_entry_fops', {
  name: 'bsd_map_entry',
  release(file: OpenFile): void {
    vmObjectDeallocate((file.privateData as MapEntry).object);
  },
  mmap(): void {},
});

/** The hold of a map entry on its object; takes over one reference of the object. */
export function mapEntryFile(object: VmObject, madeBy: OpenFile): OpenFile {
  const { inode, mode, dentry, flags } = madeBy;
  const id = object.core.context.nextFileId++;
  const file = new OpenFile(id, holdInode(inode), MAP_ENTRY_FILE_OPS, mode, madeBy.path, flags);
  file.dentry = dentry;
  file.mapping = object.mapping;
  file.privateData = new MapEntry(object, madeBy);
  return file;
}
