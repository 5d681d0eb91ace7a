/** Covers identity, size queries, names and lifetime of shared buffers. Not yet: attachments, O_PATH holders. */
import { beforeEach, describe, expect, test } from 'vitest';
import { snapshotConstant } from '../base/snapshot.ts';
import { getFile, putFile } from '../fs/open_file.ts';
import { Vfs } from '../fs/vfs.ts';
import { newIdSource } from '../testing/id_source.ts';
import { TraceBuffer } from '../trace/trace_buffer.ts';
import { type DmaBuf, DmaBufRegistry, dmaBufOfFile, setDmaBufName } from './dma_buf.ts';
import { DmaResv } from './dma_resv.ts';

const released: DmaBuf[] = [];
const OPS = snapshotConstant('test.dmaBufOps', {
  exporterName: 'test',
  release: (buf: DmaBuf) => {
    released.push(buf);
  },
});

let registry: DmaBufRegistry;
beforeEach(() => {
  released.length = 0;
  registry = new DmaBufRegistry(new Vfs(newIdSource()), new TraceBuffer());
});
const make = (size: number) => registry.export(size, 'rdwr', OPS, {}, new DmaResv(1), 1);

describe('identity', () => {
  test('stat of a buffer of 12288 bytes: size, 24 blocks, 0600, one link, no type; the next one has another inode', () => {
    const { inode } = make(12288).file;
    expect([inode.sizeBytes, inode.blocks, inode.perm, inode.nlink, inode.type]).toEqual([
      12288,
      24,
      0o600,
      1,
      'none',
    ]);
    const other = make(4096).file.inode;
    expect(other.ino).not.toBe(inode.ino);
    expect(other.superBlock).toBe(inode.superBlock);
  });

  test('the last reference takes it off the list and tells the exporter, once', () => {
    const buf = make(4096);
    getFile(buf.file);
    putFile(buf.file);
    expect([registry.buffers.length, released.length]).toEqual([1, 0]);
    putFile(buf.file);
    expect([registry.buffers.length, released]).toEqual([0, [buf]]);
    expect(registry.fs.superBlock!.liveInodes).toBe(0);
    registry.shutdown();
  });
});

describe('calls on the file', () => {
  test('seek: only to 0 from start or end', () => {
    const { file } = make(8192);
    const seek = (offset: number, whence: 'set' | 'cur' | 'end') => file.ops.llseek!(file, offset, whence);
    expect([seek(0, 'end'), seek(0, 'set')]).toEqual([8192, 0]);
    for (const [offset, whence] of [
      [4, 'set'],
      [0, 'cur'],
      [-1, 'end'],
    ] as const) {
      expect(() => seek(offset, whence)).toThrow(/EINVAL/);
    }
  });

  test('names: 31 letters fit, they change path and fdinfo at once and need not be unique', () => {
    const buf = make(4096);
    expect(buf.file.ops.showPath!(buf.file)).toBe('/dmabuf:');
    setDmaBufName(buf, 'n'.repeat(31));
    expect(() => setDmaBufName(buf, 'n'.repeat(32))).toThrow(/EINVAL/);
    setDmaBufName(buf, 'frame');
    setDmaBufName(make(4096), 'frame');
    expect(buf.file.ops.showPath!(buf.file)).toBe('/dmabuf:frame');
    expect(buf.file.ops.showFdinfo!(buf.file)).toEqual([
      'size:\t4096',
      'count:\t1',
      'exp_name:\ttest',
      'name:\tframe',
    ]);
  });

  test('a file of another kind is no buffer', () => {
    const { file } = make(4096);
    expect(dmaBufOfFile(file)).toBe(registry.buffers[0]);
    file.ops = { name: 'other' };
    expect(dmaBufOfFile(file)).toBeNull();
  });
});
