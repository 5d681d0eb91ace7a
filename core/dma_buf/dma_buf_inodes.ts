/**
 * Designs of a shared buffer's inode, from the one anonymous inode for all to one inode for each: what a buffer's file stands on,
 * what its link says, when its exporter may let go, who may name it.
 *
 * Models     anon_inode_getfile (before), the series "dma-buf: give each buffer a full-fledged inode" of 2019 (RFC v2 1/3),
 *            its first merged form (ed63bb1d1f84), dma_buf_getfile (Linux 6.18)
 * Inferred   names of the RFC can change as in the first merged form; the counter-proposal is one from a discussion, never a kernel
 * Invariants I1 a new file and a new directory entry for every buffer in all designs; only the inode differs
 */
import { snapshotConstant } from '../base/snapshot.ts';
import type { AnonInodes } from '../fs/anon_inode.ts';
import { holdInode, Inode } from '../fs/inode.ts';
import type { DmaBufInodeDesign } from '../fs/kernel_era.ts';
import type { PseudoDentry, PseudoDentryOperations } from '../fs/pseudo_dentry.ts';
import { allocAnonInode } from '../fs/pseudo_fs.ts';
import type { DmaBuf, DmaBufRegistry } from './dma_buf.ts';

/** Columns behind exp_name in bufinfo: none; `ino`; `ino` and a value without heading; `ino` and `name`. */
export type BufinfoColumns = 'exp_name' | 'ino' | 'ino, unannounced name' | 'ino and name';

export interface DmaBufInodes {
  readonly name: DmaBufInodeDesign;
  readonly inodePerBuffer: boolean;
  /** Inode numbers of a counter of its own, never given twice; else the system-wide one, of 32 bits. */
  readonly ownCounter: boolean;
  /** When the exporter may free: with the last reference of the file, or of the directory entry. */
  readonly releaseWith: 'file' | 'dentry';
  /** Who may name a buffer: there are no names, only while no device is attached, any time. */
  readonly naming: 'none' | 'while unattached' | 'always';
  /** fdinfo has size, count, exporter and name. */
  readonly fdinfo: boolean;
  readonly bufinfo: BufinfoColumns;
  /** Fences are listed by class with their number (Linux 5.19 and later). */
  readonly fencesByClass: boolean;
  /** What links and maps print. */
  path(buf: DmaBuf): string;
}

const ANON_PATH = (): string => 'anon_inode:dmabuf';
const NAMED_PATH = (buf: DmaBuf): string => `/dmabuf:${buf.name}`;

/** Before the thread: anon_inode_getfile("dmabuf"). */
const SINGLETON: DmaBufInodes = {
  name: 'singleton',
  inodePerBuffer: false,
  ownCounter: false,
  releaseWith: 'file',
  naming: 'none',
  fdinfo: false,
  bufinfo: 'exp_name',
  fencesByClass: false,
  path: ANON_PATH,
};

const RFC: DmaBufInodes = {
  ...SINGLETON,
  name: 'rfc',
  inodePerBuffer: true,
  naming: 'while unattached',
  fdinfo: true,
  bufinfo: 'ino',
  // simple_dname() takes the entry for a deleted file, as it is in no directory.
  path: () => '/dmabuf (deleted)',
};

const DESIGNS: { readonly [name in DmaBufInodeDesign]: DmaBufInodes } = {
  singleton: snapshotConstant('dma_buf.inodes.singleton', SINGLETON),
  'singleton-fdinfo': snapshotConstant('dma_buf.inodes.singleton-fdinfo', {
    ...SINGLETON,
    name: 'singleton-fdinfo',
    naming: 'while unattached',
    fdinfo: true,
  }),
  rfc: snapshotConstant('dma_buf.inodes.rfc', RFC),
  'first-merged': snapshotConstant('dma_buf.inodes.first-merged', {
    ...RFC,
    name: 'first-merged',
    bufinfo: 'ino, unannounced name',
    path: NAMED_PATH,
  }),
  'per-buffer': snapshotConstant('dma_buf.inodes.per-buffer', {
    ...RFC,
    name: 'per-buffer',
    ownCounter: true,
    releaseWith: 'dentry',
    naming: 'always',
    bufinfo: 'ino and name',
    fencesByClass: true,
    path: NAMED_PATH,
  }),
};

/** Names of all designs, oldest first. */
export const DMA_BUF_INODE_DESIGNS = Object.keys(DESIGNS) as DmaBufInodeDesign[];

/** The design of this name. */
export function dmaBufInodes(name: DmaBufInodeDesign): DmaBufInodes {
  return DESIGNS[name];
}

/**
 * The inode of a new buffer, with one reference for its directory entry.
 *
 * @param anonInodes where the shared inode comes from, in the designs that use it
 */
export function inodeForBuffer(registry: DmaBufRegistry, anonInodes: AnonInodes | null, buf: DmaBuf): Inode {
  const { inodes, vfs } = registry;
  if (!inodes.inodePerBuffer) return holdInode(anonInodes!.shared);
  const superBlock = registry.fs.superBlock!;
  if (inodes.ownCounter) vfs.ids.faults.slab('dma_buf_export', 'an inode');
  const inode = inodes.ownCounter
    ? new Inode(superBlock, registry.takeIno(), 'none', 0o600, vfs.ids.nextMappingId++)
    : allocAnonInode(vfs, superBlock);
  inode.sizeBytes = buf.size;
  inode.blocks = Math.floor(buf.size / 512);
  inode.privateData = buf;
  return inode;
}

/** The entry of a buffer's file: its name, and where the design says so the end of the buffer. */
export const DMA_BUF_DENTRY_OPS: PseudoDentryOperations = snapshotConstant('dma_buf.dentryOps', {
  name: 'dma-buf',
  path({ privateData }: PseudoDentry): string {
    const buf = privateData as DmaBuf;
    return buf.registry.inodes.path(buf);
  },
  release({ privateData }: PseudoDentry): void {
    const buf = privateData as DmaBuf;
    buf.registry.nrEntries--;
    if (buf.registry.inodes.releaseWith === 'dentry') buf.registry.released(buf);
  },
});
