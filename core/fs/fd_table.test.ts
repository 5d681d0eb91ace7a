/** Descriptors: lowest free number, references, copies for children, messages in flight. */
import { expect, test } from 'vitest';
import { snapshotConstant } from '../base/snapshot.ts';
import { newIdSource } from '../testing/id_source.ts';
import { FdTable, MAX_DESCRIPTORS } from './fd_table.ts';
import { MessageQueue } from './message_queue.ts';
import { type FileOperations, OpenFile, putFile } from './open_file.ts';
import { allocAnonInode, pinFs } from './pseudo_fs.ts';
import { Vfs } from './vfs.ts';

const vfs = new Vfs(newIdSource());
const released: number[] = [];
const ops: FileOperations = snapshotConstant('test.fd_fops', {
  name: 'test',
  release(file: OpenFile) {
    released.push(file.id);
  },
});

function newFile(): OpenFile {
  const inode = allocAnonInode(vfs, pinFs(vfs, vfs.anonInodeFs));
  return new OpenFile(vfs.ids.nextFileId++, inode, ops, 'rdwr', 'test', 2);
}

test('a new descriptor is the lowest free number', () => {
  const table = new FdTable();
  for (let fd = 0; fd < 4; fd++) expect(table.install(newFile())).toBe(fd);
  table.close(1);
  table.close(2);
  expect([table.install(newFile()), table.dup(0), table.dup(0)]).toEqual([1, 2, 4]);
});

test('a closed or unknown descriptor: EBADF', () => {
  const table = new FdTable();
  for (const fd of [0, -1, 7, 1.5]) {
    expect(() => table.get(fd, 'fstat')).toThrow(expect.objectContaining({ errno: 'EBADF' }));
  }
});

test('a full table: EMFILE, and the caller keeps its reference', () => {
  const table = new FdTable();
  const file = newFile();
  table.install(file);
  for (let fd = 1; fd < MAX_DESCRIPTORS; fd++) table.dup(0);
  expect(() => table.dup(0)).toThrow(expect.objectContaining({ errno: 'EMFILE' }));
  expect(file.count).toBe(MAX_DESCRIPTORS);
});

test('the file is released with its last reference, whoever holds it', () => {
  const parent = new FdTable();
  const file = newFile();
  parent.install(file);
  const child = parent.copy();
  const inFlight = new MessageQueue();
  inFlight.send(file);
  expect(file.count).toBe(3);
  parent.closeAll();
  child.close(0);
  expect(released).not.toContain(file.id);
  const received = inFlight.receive()!;
  expect(received).toBe(file);
  putFile(received);
  expect(released.filter(id => id === file.id)).toEqual([file.id]);
  expect(inFlight.receive()).toBeNull();
});

test('messages that nobody receives are dropped with their receiver', () => {
  const file = newFile();
  const inbox = new MessageQueue();
  inbox.send(file);
  putFile(file);
  expect(file.count).toBe(1);
  inbox.discard();
  expect(released).toContain(file.id);
});
