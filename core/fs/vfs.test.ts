/** Names, inodes and character device nodes: identity, counts, paths as /proc prints them. */
import { describe, expect, test } from 'vitest';
import { snapshotConstant } from '../base/snapshot.ts';
import { newIdSource } from '../testing/id_source.ts';
import { dentryPath } from './dentry.ts';
import { holdInode, putInode } from './inode.ts';
import type { FileOperations } from './open_file.ts';
import { allocAnonInode, PseudoFs, pinFs, releaseFs } from './pseudo_fs.ts';
import { Vfs } from './vfs.ts';

const ops: FileOperations = snapshotConstant('test.vfs_fops', { name: 'test' });
const newVfs = () => new Vfs(newIdSource());

describe('names', () => {
  test('link, rename, unlink: one inode, counted names, the old path stays with (deleted)', () => {
    const vfs = newVfs();
    const first = vfs.create('/tmp/a', 'reg', 0o600, 'open');
    const inode = holdInode(first.inode);
    vfs.link('/tmp/a', '/tmp/b');
    expect(inode.nlink).toBe(2);
    vfs.rename('/tmp/a', '/tmp/c');
    expect(dentryPath(first)).toBe('/tmp/c');
    vfs.unlink('/tmp/c');
    expect(dentryPath(first)).toBe('/tmp/c (deleted)');
    expect([inode.nlink, inode.count]).toEqual([1, 2]);
    vfs.unlink('/tmp/b');
    expect([inode.nlink, inode.count]).toEqual([0, 1]);
    const { superBlock } = inode;
    const alive = superBlock.liveInodes;
    putInode(inode);
    expect(superBlock.liveInodes).toBe(alive - 1);
  });

  test('rename onto an existing name: the old inode loses it', () => {
    const vfs = newVfs();
    const a = vfs.create('/tmp/a', 'reg', 0o600, 'open');
    const b = vfs.create('/tmp/b', 'reg', 0o600, 'open');
    const old = holdInode(b.inode);
    vfs.rename('/tmp/a', '/tmp/b');
    expect(vfs.lookup('/tmp/b', 'open').inode).toBe(a.inode);
    expect(old.nlink).toBe(0);
    expect(vfs.exists('/tmp/a')).toBe(false);
  });

  test.each([
    ['a missing name', '/tmp/none', 'ENOENT'],
    ['a file as a directory', '/tmp/file/x', 'ENOTDIR'],
    ['a relative path', 'tmp', 'ENOENT'],
  ])('lookup of %s: %s gives %s', (_, path, errno) => {
    const vfs = newVfs();
    vfs.create('/tmp/file', 'reg', 0o600, 'open');
    expect(() => vfs.lookup(path, 'open')).toThrow(expect.objectContaining({ errno }));
  });

  test('shutdown unmounts everything; an inode that is still held is named', () => {
    const vfs = newVfs();
    vfs.create('/dev/shm/x', 'reg', 0o600, 'open');
    vfs.shutdown();
    expect(vfs.superBlocks.size).toBe(0);
    const leaky = newVfs();
    holdInode(leaky.create('/tmp/y', 'reg', 0o600, 'open').inode);
    expect(() => leaky.shutdown()).toThrow(/unmounted with 1 inodes/);
  });
});

describe('character devices', () => {
  test('two nodes of one number are two inodes and one device', () => {
    const vfs = newVfs();
    const device = vfs.charDevices.register(226, 0, 64, ops, null);
    const node = vfs.createDeviceNode('/dev/dri/card0', 0o600, 226, 0);
    const alias = vfs.create('/tmp/gpu', 'chr', 0o666, 'mknod', { major: 226, minor: 0 });
    expect(alias.inode).not.toBe(node.inode);
    expect(vfs.charDevices.ofInode(node.inode)).toBe(device);
    expect(vfs.charDevices.ofInode(alias.inode)).toBe(device);
  });

  test('after removal: an inode opened before still reaches it, a new one gives ENXIO', () => {
    const vfs = newVfs();
    const device = vfs.charDevices.register(252, 0, 1, ops, null);
    const opened = vfs.create('/tmp/old', 'chr', 0o666, 'mknod', { major: 252, minor: 0 });
    vfs.charDevices.ofInode(opened.inode);
    vfs.charDevices.unregister(device);
    expect(vfs.charDevices.ofInode(opened.inode)).toBe(device);
    expect(device.gone).toBe(true);
    const fresh = vfs.create('/tmp/new', 'chr', 0o666, 'mknod', { major: 252, minor: 0 });
    expect(() => vfs.charDevices.ofInode(fresh.inode)).toThrow(expect.objectContaining({ errno: 'ENXIO' }));
  });

  test('an overlapping range: EBUSY', () => {
    const vfs = newVfs();
    vfs.charDevices.register(226, 0, 64, ops, null);
    expect(() => vfs.charDevices.register(226, 63, 2, ops, null)).toThrow(
      expect.objectContaining({ errno: 'EBUSY' }),
    );
  });
});

describe('pseudo file systems', () => {
  test('mounted from the first pin to the last release', () => {
    const vfs = newVfs();
    const fs = new PseudoFs('drm', 0x010203ff);
    const mounted = vfs.superBlocks.size;
    const superBlock = pinFs(vfs, fs);
    expect(pinFs(vfs, fs)).toBe(superBlock);
    const inode = allocAnonInode(vfs, superBlock);
    expect([inode.type, inode.perm, inode.nlink]).toEqual(['none', 0o600, 1]);
    releaseFs(vfs, fs);
    expect(() => releaseFs(vfs, fs)).toThrow(/1 inodes alive/);
    fs.users = 1;
    putInode(inode);
    releaseFs(vfs, fs);
    expect(vfs.superBlocks.size).toBe(mounted);
  });
});
