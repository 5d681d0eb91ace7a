/** Seed 000: the one anonymous inode that most descriptors share, and private ones with an address_space of their own. */
import { describe, expect, test } from 'vitest';
import { snapshotConstant } from '../base/snapshot.ts';
import { newIdSource } from '../testing/id_source.ts';
import { AnonInodes } from './anon_inode.ts';
import { putInode } from './inode.ts';
import { type FileOperations, filePath, putFile } from './open_file.ts';
import { Vfs } from './vfs.ts';

const ops: FileOperations = snapshotConstant('test.anon_fops', { name: 'test' });

function mounted() {
  const vfs = new Vfs(newIdSource());
  return { vfs, anon: new AnonInodes(vfs) };
}

describe('the shared inode', () => {
  test('files of different kinds: one inode, one address_space, each its own link', () => {
    const { anon } = mounted();
    const [a, b] = [anon.getFile('[eventfd]', ops, 2, null), anon.getFile('inotify', ops, 2, null)];
    expect(a.inode).toBe(b.inode);
    expect(a.mapping).toBe(b.mapping);
    expect([filePath(a), filePath(b)]).toEqual(['anon_inode:[eventfd]', 'anon_inode:inotify']);
    expect(anon.shared.count).toBe(3);
    putFile(a);
    putFile(b);
    expect(anon.shared.count).toBe(1);
  });

  test('no type bits, mode 0600, one link', () => {
    expect(mounted().anon.shared).toMatchObject({ type: 'none', perm: 0o600, nlink: 1 });
  });

  test('a file with an inode of its own: the mount is the same, the inode goes with the file', () => {
    const { anon } = mounted();
    const file = anon.createFile('[userfaultfd]', ops, 0, null);
    expect(file.inode).not.toBe(anon.shared);
    expect(file.inode.superBlock).toBe(anon.shared.superBlock);
    expect(file.mode).toBe('rdonly');
    putFile(file);
    expect(anon.shared.superBlock.liveInodes).toBe(1);
  });
});

describe('anon_inode_new: "allocate an anonymous inode for each DRM device"', () => {
  test('each has its own address_space, empty, before anybody opened anything', () => {
    const { anon } = mounted();
    const [one, two] = [anon.newInode(), anon.newInode()];
    expect(one.mapping).not.toBe(two.mapping);
    expect(one.mapping).not.toBe(anon.shared.mapping);
    expect(one.mapping.host).toBe(one);
    expect(one).toMatchObject({ type: 'none', perm: 0o600, nlink: 1, count: 1 });
    expect([one.mapping.mmapTree.size, one.mapping.mmapWritable]).toEqual([0, 0]);
  });

  test('"We only have to set file->f_mapping during ->open()": two nodes, one address_space, their inodes untouched', () => {
    const { vfs, anon } = mounted();
    const device = anon.newInode();
    const nodes = ['/tmp/a', '/tmp/b'].map(path =>
      vfs.create(path, 'chr', 0o600, 'mknod', { major: 226, minor: 0 }),
    );
    const files = nodes.map(() => anon.getFile('node', ops, 2, null));
    for (const file of files) file.mapping = device.mapping;
    expect(new Set(files.map(({ mapping }) => mapping)).size).toBe(1);
    for (const { inode } of nodes) expect(inode.mapping).toBe(inode.data);
    for (const file of files) putFile(file);
    expect(device.count).toBe(1);
    putInode(device);
    expect(device.count).toBe(0);
  });

  test('the file system cannot be unmounted while a driver holds an inode', () => {
    const { anon } = mounted();
    const device = anon.newInode();
    expect(() => anon.shutdown()).toThrow(/unmounted with 1 inodes alive/);
    expect(device.count).toBe(1);
  });
});

test('shutdown returns everything', () => {
  const { vfs, anon } = mounted();
  const { superBlock } = anon.shared;
  anon.shutdown();
  expect(superBlock.liveInodes).toBe(0);
  expect(vfs.superBlocks.has(superBlock.dev)).toBe(false);
});
