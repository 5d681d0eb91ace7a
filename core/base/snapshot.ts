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
type SpecialWord = 'undefined' | 'NaN' | 'Infinity' | '-Infinity' | '-0';
/** A value in a stored graph: a scalar, the number of a node in brackets, or the name of a special number in brackets. */
type Stored = Scalar | readonly [node: number] | readonly [special: SpecialWord];

/** What nodes of one kind have in common, written once: for objects their class and the names of their fields. */
type StoredShape =
  | { readonly kind: 'array' | 'map' | 'set' }
  | { readonly kind: 'plain'; readonly keys: readonly string[] }
  | {
      readonly kind: 'class';
      readonly name: string;
      readonly version: number;
      readonly keys: readonly string[];
    }
  | { readonly kind: 'constant'; readonly name: string }
  | { readonly kind: 'bytes'; readonly type: string };

/** Number of the shape, then what the node holds: items, keys and values in turn, fields in the order of the shape, an array's index. */
type StoredNode = readonly [shape: number, ...values: Stored[]];

/** A whole snapshot; JSON plus the typed arrays, which a container stores beside it. */
export interface SnapshotImage {
  readonly format: 'gart-lab-snapshot';
  readonly version: 2;
  readonly root: Stored;
  readonly shapes: readonly StoredShape[];
  readonly nodes: readonly StoredNode[];
  readonly arrays: TypedArray[];
}

type TypedArray = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array;
const typedArrays = { Uint8Array, Uint16Array, Uint32Array, Int32Array, Float64Array };

type Step = 'field' | 'at' | 'under';

const UNDEFINED: Stored = ['undefined'];
const NAN: Stored = ['NaN'];
const INFINITE: Stored = ['Infinity'];
const MINUS_INFINITE: Stored = ['-Infinity'];
const MINUS_ZERO: Stored = ['-0'];

function storeNumber(value: number): Stored {
  if (Number.isNaN(value)) return NAN;
  if (value === Infinity) return INFINITE;
  if (value === -Infinity) return MINUS_INFINITE;
  return Object.is(value, -0) ? MINUS_ZERO : value;
}

/** One snapshot being taken. */
class SnapshotTaking {
  readonly nodes: StoredNode[] = [];
  readonly shapes: StoredShape[] = [];
  readonly arrays: TypedArray[] = [];
  private readonly seen = new Map<object, number>();
  private readonly pending: object[] = [];
  private readonly pendingRefs: number[] = [];
  /** Where each node was found, for messages: the node that holds it, -1 for the root. */
  private readonly owners: number[] = [];
  private readonly steps: Step[] = [];
  private readonly keys: unknown[] = [];
  private readonly shapesByWord = new Map<string, number>();
  /** Shapes of objects by prototype, with their keys after transient ones were left out. */
  private readonly shapesOf = new Map<
    object | null,
    { readonly all: readonly string[]; readonly kept: readonly string[]; readonly shape: number }[]
  >();

  store(value: unknown, owner: number, step: Step, key: unknown): Stored {
    if (typeof value === 'number') return storeNumber(value);
    if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
    if (value === undefined) return UNDEFINED;
    invariant(
      typeof value === 'object',
      () => `A snapshot cannot hold a ${typeof value} at ${this.path(owner, step, key)}.`,
    );
    const known = this.seen.get(value);
    if (known !== undefined) return [known];
    const ref = this.nodes.length;
    this.seen.set(value, ref);
    this.nodes.push([0]);
    this.owners.push(owner);
    this.steps.push(step);
    this.keys.push(key);
    this.pending.push(value);
    this.pendingRefs.push(ref);
    return [ref];
  }

  /** A work list, not recursion: a kernel's graph is deeper than the stack. */
  run(): void {
    for (let value = this.pending.pop(); value !== undefined; value = this.pending.pop()) {
      const self = this.pendingRefs.pop()!;
      this.nodes[self] = this.nodeOf(value, self);
    }
  }

  private path(owner: number, step: Step, key: unknown): string {
    if (owner < 0) return String(key);
    const before = this.pathTo(owner);
    if (step === 'at') return `${before}[${String(key)}]`;
    return step === 'under' ? `${before}{${String(key)}}` : `${before}.${String(key)}`;
  }

  private pathTo(node: number): string {
    return this.path(this.owners[node]!, this.steps[node]!, this.keys[node]);
  }

  private shape(word: string, shape: StoredShape): number {
    let number = this.shapesByWord.get(word);
    if (number === undefined) {
      number = this.shapes.push(shape) - 1;
      this.shapesByWord.set(word, number);
    }
    return number;
  }

  private nodeOf(value: object, self: number): StoredNode {
    const constant = namesOfConstants.get(value);
    if (constant !== undefined)
      return [this.shape(`constant ${constant}`, { kind: 'constant', name: constant })];
    if (Array.isArray(value)) {
      const node: [number, ...Stored[]] = [this.shape('array', { kind: 'array' })];
      for (let i = 0; i < value.length; i++) node.push(this.store(value[i], self, 'at', i));
      return node;
    }
    if (value instanceof Map) {
      const node: [number, ...Stored[]] = [this.shape('map', { kind: 'map' })];
      for (const [k, v] of value)
        node.push(this.store(k, self, 'field', 'key'), this.store(v, self, 'under', k));
      return node;
    }
    if (value instanceof Set) {
      const node: [number, ...Stored[]] = [this.shape('set', { kind: 'set' })];
      for (const item of value) node.push(this.store(item, self, 'field', 'item'));
      return node;
    }
    if (ArrayBuffer.isView(value)) {
      const type = value.constructor.name;
      invariant(type in typedArrays, () => `A snapshot cannot hold a ${type} at ${this.pathTo(self)}.`);
      const index = this.arrays.push((value as TypedArray).slice() as TypedArray) - 1;
      return [this.shape(`bytes ${type}`, { kind: 'bytes', type }), index];
    }
    const { shape, kept } = this.objectShape(value, self);
    const node: [number, ...Stored[]] = [shape];
    for (const key of kept)
      node.push(this.store((value as Record<string, unknown>)[key], self, 'field', key));
    return node;
  }

  private objectShape(
    value: object,
    self: number,
  ): { readonly shape: number; readonly kept: readonly string[] } {
    const prototype: object | null = Object.getPrototypeOf(value);
    const all = Object.keys(value);
    let known = this.shapesOf.get(prototype);
    if (known === undefined) {
      known = [];
      this.shapesOf.set(prototype, known);
    }
    for (const each of known) {
      if (each.all.length === all.length && all.every((key, i) => key === each.all[i])) return each;
    }
    const made = this.newShape(value, prototype, all, self);
    known.push(made);
    return made;
  }

  private newShape(value: object, prototype: object | null, all: readonly string[], self: number) {
    if (prototype === Object.prototype || prototype === null)
      return { all, kept: all, shape: this.shapes.push({ kind: 'plain', keys: all }) - 1 };
    const cls = classesByPrototype.get(prototype);
    invariant(
      cls,
      () => `Class ${value.constructor.name} at ${this.pathTo(self)} is not registered with snapshotClass().`,
    );
    const kept = all.filter(key => !cls.transient.has(key));
    const { name, version } = cls;
    return { all, kept, shape: this.shapes.push({ kind: 'class', name, version, keys: kept }) - 1 };
  }
}

/**
 * Store a graph. Typed arrays are copied, so the image does not change when the model runs on.
 *
 * @throws ModelBug naming the path to a value that cannot be stored (a closure, an unregistered class)
 */
export function takeSnapshot(root: unknown): SnapshotImage {
  const taking = new SnapshotTaking();
  const stored = taking.store(root, -1, 'field', 'root');
  taking.run();
  const { shapes, nodes, arrays } = taking;
  return { format: 'gart-lab-snapshot', version: 2, root: stored, shapes, nodes, arrays };
}

/** Makes the objects of one shape, empty; fields are filled in once all nodes exist. */
function emptyMaker(shape: StoredShape, image: SnapshotImage): (node: StoredNode) => object {
  switch (shape.kind) {
    case 'array':
      return () => [];
    case 'plain':
      // A file must not reach the prototype of what it names.
      invariant(
        !shape.keys.includes('__proto__'),
        () => 'The snapshot holds an object with a field __proto__.',
      );
      return () => ({});
    case 'map':
      return () => new Map();
    case 'set':
      return () => new Set();
    case 'bytes':
      return node => image.arrays[node[1] as number]!.slice();
    case 'constant': {
      const constant = constantsByName.get(shape.name);
      invariant(
        constant,
        () => `The snapshot needs the constant ${shape.name}, which this program does not have.`,
      );
      return () => constant;
    }
    case 'class': {
      const cls = classesByName.get(shape.name);
      invariant(cls, () => `The snapshot needs the class ${shape.name}, which this program does not have.`);
      invariant(
        cls.version === shape.version,
        () =>
          `The snapshot holds ${shape.name} version ${shape.version}; this program has version ${cls.version}.`,
      );
      return () => Object.create(cls.prototype) as object;
    }
  }
}

const SPECIALS: Readonly<Record<SpecialWord, number | undefined>> = {
  undefined: undefined,
  NaN: Number.NaN,
  Infinity,
  '-Infinity': -Infinity,
  '-0': -0,
};

function fill(
  target: object,
  shape: StoredShape,
  node: StoredNode,
  load: (stored: Stored | undefined) => unknown,
): void {
  switch (shape.kind) {
    case 'array':
      for (let i = 1; i < node.length; i++) (target as unknown[]).push(load(node[i]));
      break;
    case 'map':
      for (let i = 1; i < node.length; i += 2)
        (target as Map<unknown, unknown>).set(load(node[i]), load(node[i + 1]));
      break;
    case 'set':
      for (let i = 1; i < node.length; i++) (target as Set<unknown>).add(load(node[i]));
      break;
    case 'plain':
    case 'class': {
      const { keys } = shape;
      for (let i = 0; i < keys.length; i++) (target as Record<string, unknown>)[keys[i]!] = load(node[i + 1]);
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
    image.format === 'gart-lab-snapshot' && image.version === 2,
    () =>
      `The snapshot has format ${image.format} version ${image.version}; this program reads gart-lab-snapshot version 2.`,
  );
  const { shapes, nodes } = image;
  const makers = shapes.map(shape => emptyMaker(shape, image));
  const made = nodes.map(node => makers[node[0]]!(node));
  const load = (stored: Stored | undefined): unknown => {
    if (stored === null || typeof stored !== 'object') return stored;
    const [word] = stored;
    return typeof word === 'number' ? made[word] : SPECIALS[word];
  };
  const rebuilds: [SnapshotClass, object][] = [];
  for (let i = 0; i < nodes.length; i++) {
    const shape = shapes[nodes[i]![0]]!;
    fill(made[i]!, shape, nodes[i]!, load);
    if (shape.kind !== 'class') continue;
    const cls = classesByName.get(shape.name)!;
    if (cls.rebuild) rebuilds.push([cls, made[i]!]);
  }
  for (const [cls, target] of rebuilds) cls.rebuild!(target);
  return load(image.root);
}
