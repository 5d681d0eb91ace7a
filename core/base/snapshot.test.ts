/** Covers the graph serializer: identity, cycles, order, special numbers, refusals. Not yet: migrations between versions. */
import { describe, expect, test } from 'vitest';
import { ModelBug } from './invariant.ts';
import { restoreSnapshot, snapshotClass, snapshotConstant, takeSnapshot } from './snapshot.ts';

class Node {
  next: Node | null = null;
  cache = 0;
  constructor(readonly id: number) {}
  twice(): number {
    return this.id * 2;
  }
}
snapshotClass(Node, 'test.Node', 1, {
  transient: ['cache'],
  rebuild: node => {
    node.cache = node.id + 100;
  },
});
const ops = snapshotConstant('test.ops', { run: () => 7 });

/** Through text, as a session file would carry it (typed arrays apart). */
function throughJson(root: unknown): unknown {
  const image = takeSnapshot(root);
  const text = JSON.stringify({ ...image, arrays: [] });
  return restoreSnapshot({ ...JSON.parse(text), arrays: image.arrays });
}

describe('snapshot', () => {
  test('a cycle of class instances keeps identity, methods and rebuilt caches', () => {
    const a = new Node(1);
    const b = new Node(2);
    a.next = b;
    b.next = a;
    const copy = throughJson({ a, b }) as { a: Node; b: Node };
    expect(copy.a.next).toBe(copy.b);
    expect(copy.b.next).toBe(copy.a);
    expect(copy.b.twice()).toBe(4);
    expect(copy.a.cache).toBe(101);
    expect(copy.a).not.toBe(a);
  });

  test('Map and Set keep their order and object keys', () => {
    const key = new Node(9);
    const map = new Map<unknown, unknown>([
      [key, 'x'],
      [3, key],
      ['z', new Set([2, 1])],
    ]);
    const copy = throughJson(map) as Map<unknown, unknown>;
    const entries = [...copy];
    expect((entries[0]![0] as Node).id).toBe(9);
    expect(entries[1]![1]).toBe(entries[0]![0]);
    expect([...(entries[2]![1] as Set<number>)]).toEqual([2, 1]);
  });

  test('special numbers and undefined survive text', () => {
    const copy = throughJson([NaN, Infinity, -Infinity, -0, undefined, null, 2 ** 53 - 1]) as unknown[];
    expect(copy[0]).toBeNaN();
    expect(copy.slice(1, 3)).toEqual([Infinity, -Infinity]);
    expect(Object.is(copy[3], -0)).toBe(true);
    expect(copy.slice(4)).toEqual([undefined, null, 2 ** 53 - 1]);
  });

  test('typed arrays are copied both ways, constants come back as themselves', () => {
    const words = new Uint32Array([1, 2, 3]);
    const image = takeSnapshot({ words, ops });
    words[0] = 99;
    const one = restoreSnapshot(image) as { words: Uint32Array; ops: typeof ops };
    one.words[1] = 77;
    const two = restoreSnapshot(image) as { words: Uint32Array };
    expect([...two.words]).toEqual([1, 2, 3]);
    expect(one.ops).toBe(ops);
  });

  test('a closure or an unregistered class: refused with its path', () => {
    class Stranger {}
    expect(() => takeSnapshot({ deep: { f: () => 1 } })).toThrow(/function at root\.deep\.f/);
    expect(() => takeSnapshot([new Stranger()])).toThrow(ModelBug);
  });

  test('a graph deeper than the stack is stored', () => {
    let node = new Node(0);
    for (let i = 1; i < 200_000; i++) {
      const next = new Node(i);
      next.next = node;
      node = next;
    }
    const copy = restoreSnapshot(takeSnapshot(node)) as Node;
    expect(copy.id).toBe(199_999);
    expect(copy.next!.next!.id).toBe(199_997);
  });
});
