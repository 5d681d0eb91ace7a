/**
 * Snapshots of the model: an object graph to plain JSON-able data plus typed arrays, and back in another process.
 *
 * Every class whose instances are model state registers itself once with a name and a version; operations tables and
 * other constants that state points at are registered by name. State holds no closures, promises, symbols or GPU objects.
 * Identity is kept (shared references and cycles), Map and Set keep their order, Numbers keep -0, NaN and infinities.
 *
 * Not for    object contents: those are recipes (hw/page_contents.ts), never copied bytes of the GPU.
 */
import { invariant } from './invariant.ts';

/** A registered class: instances are rebuilt with Object.create and their own fields, no constructor runs. */
interface SnapshotClass {
  readonly name: string;
  readonly version: number;
  readonly prototype: object;
  /** Fields never stored (caches, ports); `rebuild` puts them back after the whole graph is restored. */
  readonly transient: ReadonlySet<string>;
  readonly rebuild: ((self: object) => void) | undefined;
}

const classesByName = new Map<string, SnapshotClass>();
const classesByPrototype = new Map<object, SnapshotClass>();
const constantsByName = new Map<string, object>();
const namesOfConstants = new Map<object, string>();

/**
 * Register a class of model state; call it right below the class.
 *
 * @param name    unique, `room.ClassName`
 * @param version raised when a stored field changes meaning
 * @param options fields not to store, and how to rebuild them
 */
export function snapshotClass<T extends object>(
  cls: { prototype: T },
  name: string,
  version = 1,
  options: { transient?: readonly (keyof T & string)[]; rebuild?: (self: T) => void } = {},
): void {
  invariant(!classesByName.has(name), () => `Two snapshot classes are called ${name}.`);
  const entry: SnapshotClass = {
    name,
    version,
    prototype: cls.prototype,
    transient: new Set(options.transient),
    rebuild: options.rebuild as ((self: object) => void) | undefined,
  };
  classesByName.set(name, entry);
  classesByPrototype.set(cls.prototype, entry);
}

/** Register a constant (an operations table, a frozen description) that state may point at; returns it. */
export function snapshotConstant<T extends object>(name: string, constant: T): T {
  invariant(!constantsByName.has(name), () => `Two snapshot constants are called ${name}.`);
  constantsByName.set(name, constant);
  namesOfConstants.set(constant, name);
  return constant;
}

type Scalar = null | boolean | number | string;
/** A value in a stored graph: a scalar, a special number, or a reference into `nodes`. */
type Stored =
  | Scalar
  | { readonly ref: number }
  | { readonly is: 'undefined' | 'NaN' | 'Infinity' | '-Infinity' | '-0' };

type StoredNode =
  | { readonly kind: 'array'; readonly items: Stored[] }
  | { readonly kind: 'plain'; readonly fields: [string, Stored][] }
  | { readonly kind: 'map'; readonly entries: [Stored, Stored][] }
  | { readonly kind: 'set'; readonly items: Stored[] }
  | {
      readonly kind: 'class';
      readonly name: string;
      readonly version: number;
      readonly fields: [string, Stored][];
    }
  | { readonly kind: 'constant'; readonly name: string }
  | { readonly kind: 'bytes'; readonly type: string; readonly index: number };

/** A whole snapshot; JSON plus the typed arrays, which a container stores beside it. */
export interface SnapshotImage {
  readonly format: 'gart-lab-snapshot';
  readonly version: 1;
  readonly root: Stored;
  readonly nodes: StoredNode[];
  readonly arrays: TypedArray[];
}

type TypedArray = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array;
const typedArrays = { Uint8Array, Uint16Array, Uint32Array, Int32Array, Float64Array };

type Step = 'field' | 'at' | 'under';

/** Where a value was found; paths are put together only for who is told one. */
interface FoundAt {
  /** Node, or -1 for the root. */
  readonly owner: number;
  readonly step: Step;
  readonly key: unknown;
}

function pathOf(found: readonly FoundAt[], { owner, step, key }: FoundAt): string {
  if (owner < 0) return String(key);
  const before = pathOf(found, found[owner]!);
  if (step === 'at') return `${before}[${String(key)}]`;
  return step === 'under' ? `${before}{${String(key)}}` : `${before}.${String(key)}`;
}

/**
 * Store a graph. Typed arrays are copied, so the image does not change when the model runs on.
 *
 * @throws ModelBug naming the path to a value that cannot be stored (a closure, an unregistered class)
 */
export function takeSnapshot(root: unknown): SnapshotImage {
  const nodes: StoredNode[] = [];
  const arrays: TypedArray[] = [];
  const seen = new Map<object, number>();
  const found: FoundAt[] = [];
  const pending: [value: object, ref: number][] = [];

  function store(value: unknown, owner: number, step: Step, key: unknown): Stored {
    if (value === undefined) return { is: 'undefined' };
    if (typeof value === 'number') {
      if (Number.isNaN(value)) return { is: 'NaN' };
      if (value === Infinity) return { is: 'Infinity' };
      if (value === -Infinity) return { is: '-Infinity' };
      return Object.is(value, -0) ? { is: '-0' } : value;
    }
    if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
    invariant(
      typeof value === 'object',
      () => `A snapshot cannot hold a ${typeof value} at ${pathOf(found, { owner, step, key })}.`,
    );
    const known = seen.get(value);
    if (known !== undefined) return { ref: known };
    const ref = nodes.length;
    seen.set(value, ref);
    nodes.push({ kind: 'array', items: [] });
    found.push({ owner, step, key });
    pending.push([value, ref]);
    return { ref };
  }

  function describeNode(value: object, self: number): StoredNode {
    const constant = namesOfConstants.get(value);
    if (constant !== undefined) return { kind: 'constant', name: constant };
    if (Array.isArray(value))
      return { kind: 'array', items: value.map((item, i) => store(item, self, 'at', i)) };
    if (value instanceof Map) {
      return {
        kind: 'map',
        entries: [...value].map(([k, v]) => [store(k, self, 'field', 'key'), store(v, self, 'under', k)]),
      };
    }
    if (value instanceof Set)
      return { kind: 'set', items: [...value].map(item => store(item, self, 'field', 'item')) };
    if (ArrayBuffer.isView(value)) {
      const type = value.constructor.name;
      invariant(
        type in typedArrays,
        () => `A snapshot cannot hold a ${type} at ${pathOf(found, found[self]!)}.`,
      );
      arrays.push((value as TypedArray).slice() as TypedArray);
      return { kind: 'bytes', type, index: arrays.length - 1 };
    }
    const prototype: object | null = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) {
      return {
        kind: 'plain',
        fields: Object.entries(value).map(([k, v]) => [k, store(v, self, 'field', k)]),
      };
    }
    const cls = classesByPrototype.get(prototype);
    invariant(
      cls,
      () =>
        `Class ${value.constructor.name} at ${pathOf(found, found[self]!)} is not registered with snapshotClass().`,
    );
    const fields: [string, Stored][] = [];
    for (const [k, v] of Object.entries(value)) {
      if (!cls.transient.has(k)) fields.push([k, store(v, self, 'field', k)]);
    }
    return { kind: 'class', name: cls.name, version: cls.version, fields };
  }

  const stored = store(root, -1, 'field', 'root');
  // A work list, not recursion: a kernel's graph is deeper than the stack.
  for (let next = pending.pop(); next; next = pending.pop()) nodes[next[1]] = describeNode(next[0], next[1]);
  return { format: 'gart-lab-snapshot', version: 1, root: stored, nodes, arrays };
}

/** An empty object of the right kind for one node; fields are filled in once all nodes exist. */
function makeEmpty(node: StoredNode, image: SnapshotImage): object {
  switch (node.kind) {
    case 'array':
      return [];
    case 'plain':
      return {};
    case 'map':
      return new Map();
    case 'set':
      return new Set();
    case 'bytes':
      return image.arrays[node.index]!.slice();
    case 'constant': {
      const constant = constantsByName.get(node.name);
      invariant(
        constant,
        () => `The snapshot needs the constant ${node.name}, which this program does not have.`,
      );
      return constant;
    }
    case 'class': {
      const cls = classesByName.get(node.name);
      invariant(cls, () => `The snapshot needs the class ${node.name}, which this program does not have.`);
      invariant(
        cls.version === node.version,
        () =>
          `The snapshot holds ${node.name} version ${node.version}; this program has version ${cls.version}.`,
      );
      return Object.create(cls.prototype) as object;
    }
  }
}

/**
 * Rebuild the graph of an image; the image stays untouched and may be restored again.
 *
 * @throws ModelBug when a class is unknown here or was stored by another version
 */
export function restoreSnapshot(image: SnapshotImage): unknown {
  invariant(
    image.format === 'gart-lab-snapshot' && image.version === 1,
    () =>
      `The snapshot has format ${image.format} version ${image.version}; this program reads gart-lab-snapshot version 1.`,
  );
  const made = image.nodes.map(node => makeEmpty(node, image));
  const load = (stored: Stored): unknown => {
    if (stored === null || typeof stored !== 'object') return stored;
    if ('ref' in stored) return made[stored.ref];
    switch (stored.is) {
      case 'undefined':
        return undefined;
      case 'NaN':
        return Number.NaN;
      case 'Infinity':
        return Infinity;
      case '-Infinity':
        return -Infinity;
      case '-0':
        return -0;
    }
  };
  const rebuilds: [SnapshotClass, object][] = [];
  image.nodes.forEach((node, i) => {
    const target = made[i]!;
    switch (node.kind) {
      case 'array':
        for (const item of node.items) (target as unknown[]).push(load(item));
        break;
      case 'plain':
        for (const [k, v] of node.fields) (target as Record<string, unknown>)[k] = load(v);
        break;
      case 'map':
        for (const [k, v] of node.entries) (target as Map<unknown, unknown>).set(load(k), load(v));
        break;
      case 'set':
        for (const item of node.items) (target as Set<unknown>).add(load(item));
        break;
      case 'class': {
        for (const [k, v] of node.fields) (target as Record<string, unknown>)[k] = load(v);
        const cls = classesByName.get(node.name)!;
        if (cls.rebuild) rebuilds.push([cls, target]);
        break;
      }
    }
  });
  for (const [cls, target] of rebuilds) cls.rebuild!(target);
  return load(image.root);
}
