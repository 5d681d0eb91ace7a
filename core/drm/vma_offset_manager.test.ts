/** Covers fake offsets and handle numbers. Not yet: more than one node per object. */
import { describe, expect, test } from 'vitest';
import { IdTable } from './id_table.ts';
import { VmaOffsetManager, VmaOffsetNode } from './vma_offset_manager.ts';

describe('fake offsets', () => {
  test('the first windows lie at 4 GiB and right behind each other', () => {
    const manager = new VmaOffsetManager();
    const [a, b] = [new VmaOffsetNode({}), new VmaOffsetNode({})];
    expect(manager.add(a, 4)).toBe(true);
    expect(manager.add(b, 8)).toBe(true);
    expect([a.start * 4096, b.start * 4096]).toEqual([0x100000000, 0x100004000]);
    manager.add(a, 99);
    expect(a.nrPages).toBe(4);
  });

  test('lookup: any page of the window and no longer than it; exact: only its start', () => {
    const manager = new VmaOffsetManager();
    const owner = {};
    const node = new VmaOffsetNode(owner);
    manager.add(node, 4);
    expect(manager.lookup(node.start + 1, 3)).toBe(owner);
    expect(manager.lookup(node.start + 1, 4)).toBeNull();
    expect(manager.exactLookup(node.start + 1, 3)).toBeNull();
    expect(manager.exactLookup(node.start, 4)).toBe(owner);
    manager.remove(node);
    expect(manager.lookup(0x100000, 1)).toBeNull();
    manager.remove(node);
  });

  test('permission counts per file', () => {
    const node = new VmaOffsetNode({});
    const file = {};
    node.allow(file);
    node.allow(file);
    node.revoke(file);
    expect(node.isAllowed(file)).toBe(true);
    node.revoke(file);
    node.revoke(file);
    expect(node.isAllowed(file)).toBe(false);
  });
});

describe('numbers', () => {
  test('lowest free from 1; a reserved number is not found and not reused', () => {
    const table = new IdTable<object>();
    const [x, y] = [{}, {}];
    expect([table.add(x), table.reserve(), table.add(y)]).toEqual([1, 2, 3]);
    expect([table.get(0), table.get(1), table.get(2), table.get(9)]).toEqual([null, x, null, null]);
    table.replace(1, null);
    expect(table.get(1)).toBeNull();
    expect(table.add({})).toBe(4);
    table.free(1);
    expect(table.add(x)).toBe(1);
    expect(() => table.free(7)).toThrow(/freed twice/);
  });
});
