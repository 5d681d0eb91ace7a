/** Covers the designs of inodes: numbers, links, moment of release, names, switching. */
import { beforeEach, describe, expect, test } from 'vitest';
import { snapshotConstant } from '../base/snapshot.ts';
import { AnonInodes } from '../fs/anon_inode.ts';
import type { DmaBufInodeDesign } from '../fs/kernel_era.ts';
import { filePath, putFile } from '../fs/open_file.ts';
import { openPath } from '../fs/open_path.ts';
import { Vfs } from '../fs/vfs.ts';
import { newIdSource } from '../testing/id_source.ts';
import { TraceBuffer } from '../trace/trace_buffer.ts';
import { type DmaBuf, DmaBufRegistry, setDmaBufName } from './dma_buf.ts';
import { attachDmaBuf, detachDmaBuf } from './dma_buf_attach.ts';
import { DMA_BUF_INODE_DESIGNS } from './dma_buf_inodes.ts';
import { DmaResv } from './dma_resv.ts';

const released: DmaBuf[] = [];
const OPS = snapshotConstant('test.dmaBufInodesOps', {
  exporterName: 'test',
  release: (buf: DmaBuf) => {
    released.push(buf);
  },
});

const ids = newIdSource();
let vfs: Vfs;
let anonInodes: AnonInodes;
beforeEach(() => {
  released.length = 0;
  vfs = new Vfs(ids);
  anonInodes = new AnonInodes(vfs);
});
const registryOf = (design: DmaBufInodeDesign) =>
  new DmaBufRegistry(vfs, new TraceBuffer(), anonInodes, design);
const make = (registry: DmaBufRegistry, size = 8192) =>
  registry.export(size, 'rdwr', OPS, {}, new DmaResv(1), 1);

describe.each(DMA_BUF_INODE_DESIGNS)('%s', design => {
  test('every buffer has a file and an entry of its own; all references come back', () => {
    const registry = registryOf(design);
    const [one, two] = [make(registry), make(registry)];
    expect(one.file).not.toBe(two.file);
    expect(one.file.pseudoDentry).not.toBe(two.file.pseudoDentry);
    expect(one.file.inode === two.file.inode).toBe(design.startsWith('singleton'));
    for (const buf of [one, two]) putFile(buf.file);
    expect(released).toEqual([one, two]);
    expect(anonInodes.shared.count).toBe(1);
    registry.shutdown();
    expect([...vfs.superBlocks.values()].map(({ name }) => name)).not.toContain('dmabuf');
  });

  test('an O_PATH file does not count for the file; the exporter hears of the end once, with file or entry', () => {
    const registry = registryOf(design);
    const buf = make(registry);
    const holder = openPath(ids, buf.file);
    expect([buf.file.count, buf.file.pseudoDentry!.count, holder.isPath]).toEqual([1, 2, true]);
    putFile(buf.file);
    const waits = design === 'per-buffer';
    expect([registry.buffers.length, registry.heldByEntry.length, released.length]).toEqual([
      0,
      waits ? 1 : 0,
      waits ? 0 : 1,
    ]);
    expect(filePath(holder)).toBe(registry.inodes.path(buf));
    putFile(holder);
    expect([registry.heldByEntry.length, released]).toEqual([0, [buf]]);
    registry.shutdown();
  });
});

test('links: anon_inode:dmabuf, simple_dname, and the name', () => {
  const link = (design: DmaBufInodeDesign) => {
    const buf = make(registryOf(design));
    if (design !== 'singleton') setDmaBufName(buf, 'frame');
    return filePath(buf.file);
  };
  expect(DMA_BUF_INODE_DESIGNS.map(link)).toEqual([
    'anon_inode:dmabuf',
    'anon_inode:dmabuf',
    '/dmabuf (deleted)',
    '/dmabuf:frame',
    '/dmabuf:frame',
  ]);
});

test('naming: ENOTTY where there are no names, EBUSY while attached in the older forms, always today', () => {
  const refusal = (design: DmaBufInodeDesign) => {
    const buf = make(registryOf(design));
    const attachment = attachDmaBuf(buf, 'gpu');
    try {
      setDmaBufName(buf, 'frame');
      return 'none';
    } catch (error) {
      return (error as { errno: string }).errno;
    } finally {
      detachDmaBuf(attachment);
    }
  };
  expect(DMA_BUF_INODE_DESIGNS.map(refusal)).toEqual(['ENOTTY', 'EBUSY', 'EBUSY', 'EBUSY', 'none']);
});

test('numbers of the own counter leave no gaps and survive a switch of designs; the generic ones are shared with others', () => {
  const registry = registryOf('per-buffer');
  const first = make(registry).ino;
  vfs.getNextIno();
  const second = make(registry);
  expect(second.ino).toBe(first + 1);
  expect(() => registry.useInodes('rfc')).toThrow(expect.objectContaining({ errno: 'EBUSY' }));
  for (const buf of [...registry.buffers]) putFile(buf.file);
  registry.useInodes('rfc');
  const generic = make(registry);
  expect(vfs.getNextIno()).toBe(generic.ino + 1);
  putFile(generic.file);
  registry.useInodes('singleton');
  expect(registry.fs.superBlock).toBeNull();
  registry.useInodes('per-buffer');
  expect(make(registry).ino).toBe(second.ino + 1);
});

test('a switch of designs is refused while only an entry holds a buffer', () => {
  const registry = registryOf('per-buffer');
  const buf = make(registry);
  const holder = openPath(ids, buf.file);
  putFile(buf.file);
  expect(() => registry.useInodes('singleton')).toThrow(expect.objectContaining({ errno: 'EBUSY' }));
  putFile(holder);
  registry.useInodes('singleton');
  expect(registry.inodes.name).toBe('singleton');
});
