/**
 * What a random history knows of the world it made: which names exist and who may use them. Kept small on purpose; the kernel
 * alone decides what a call does.
 */
import type { SeededRandom } from '../../base/random.ts';
import { PAGE_SIZE } from '../../base/units.ts';
import type { Input, Json } from '../../session/input.ts';

/** Pages of the arena that random mappings fight for. */
export const ARENA_PAGES = 48;
/** Tasks alive at most. */
export const MAX_TASKS = 5;
const MAX_FDS = 24;
const MAX_BOS = 28;
const MAX_SLOTS = 900;
const MAX_ORPHANS = 8;

export interface FuzzFd {
  readonly name: string;
  readonly kind: 'memfd' | 'drm' | 'dmabuf' | 'pipe' | 'other';
  /** Driver of a DRM file. */
  readonly dev: string;
  /** Tasks that have this number. */
  readonly users: Set<string>;
  /** Pages of a memfd or dma-buf, as last set. */
  pages: number;
}

/** What was written to an object, by everybody who knows it under any name. */
export class FuzzContent {
  /** Pages [first, end) that a job gave one value; later ones count. */
  private fills: { readonly first: number; readonly end: number; readonly value: number }[] = [];
  /** Byte position in the object to the value stored there since. */
  private readonly bytes = new Map<number, number>();

  /** What a byte must hold. @param at position in the object */
  valueAt(at: number): number {
    const page = Math.floor(at / PAGE_SIZE);
    return (
      this.bytes.get(at) ?? this.fills.findLast(({ first, end }) => first <= page && page < end)?.value ?? 0
    );
  }

  store(at: number, value: number): void {
    this.bytes.set(at, value);
  }

  fill(first: number, end: number, value: number): void {
    for (const at of this.bytes.keys()) {
      if (at >= first * PAGE_SIZE && at < end * PAGE_SIZE) this.bytes.delete(at);
    }
    this.fills = this.fills.filter(old => old.first < first || old.end > end);
    this.fills.push({ first, end, value });
  }
}

/** A mapping of an object by its own name. */
export interface FuzzMap {
  readonly name: string;
  readonly pages: number;
  readonly writable: boolean;
  /** Tasks that have it: the one that made it, and children. */
  readonly users: Set<string>;
}

export interface FuzzBo {
  readonly name: string;
  readonly fd: FuzzFd;
  readonly pages: number;
  /** Large enough for a framebuffer. */
  readonly shown: boolean;
  /** Framebuffers made of it. */
  readonly fbs: string[];
  readonly maps: FuzzMap[];
  readonly content: FuzzContent;
}

/** One step to try; `done` learns from the answer. */
export interface Plan {
  readonly input: Input;
  /**
   * @param failed the errno's name, or null
   * @param ret    the answer as far as it is known at once; null while it needs the machine
   */
  readonly done?: (failed: string | null, ret: Json) => void;
  /** What the answer must be. @returns a sentence when it is not */
  readonly expect?: (ret: Json) => string | null;
}

/** One kind of step: how often, and how to make one (null when the world has nothing for it). */
export interface Move {
  readonly weight: number;
  readonly make: (world: FuzzWorld) => Plan | null;
}

export class FuzzWorld {
  readonly tasks: string[] = [];
  readonly fds: FuzzFd[] = [];
  /** Names of descriptors that were closed: good for EBADF, or somebody else's number by now. */
  readonly staleFds: string[] = [];
  readonly bos: FuzzBo[] = [];
  readonly staleBos: FuzzBo[] = [];
  /** Private memory with names of its own: what every task that has it must find there. */
  readonly privates: {
    readonly name: string;
    readonly pages: number;
    readonly contents: Map<string, Map<number, number>>;
  }[] = [];
  /** Mappings whose object lost its name: they live on. */
  readonly orphans: { readonly map: FuzzMap; readonly content: FuzzContent }[] = [];
  private nextName = 0;
  private nextSlot = 2;

  constructor(
    readonly random: SeededRandom,
    /** Names of the devices of the machine, with their drivers. */
    readonly devices: readonly { readonly name: string; readonly driver: string }[],
  ) {}

  /** Driver of a device of the machine. */
  driverOf(dev: string): string {
    return this.devices.find(device => device.name === dev)?.driver ?? '';
  }

  /** A name nobody has. */
  fresh(prefix: string): string {
    return `${prefix}${this.nextName++}`;
  }

  /** A place for a mapping of its own; places come round again after MAX_SLOTS. */
  slot(): number {
    this.nextSlot = this.nextSlot >= MAX_SLOTS ? 2 : this.nextSlot + 1;
    return this.nextSlot;
  }

  /** Whole number in [low, high]. */
  between(low: number, high: number): number {
    return low + this.random.below(high - low + 1);
  }

  task(): string {
    return this.random.pick(this.tasks);
  }

  /** A descriptor of a kind that some task has, with that task. */
  fd(kind: FuzzFd['kind']): { readonly fd: FuzzFd; readonly task: string } | null {
    const some = this.fds.filter(fd => fd.kind === kind && fd.users.size > 0);
    if (some.length === 0) return null;
    const fd = this.random.pick(some);
    return { fd, task: this.random.pick([...fd.users]) };
  }

  bo(): { readonly bo: FuzzBo; readonly task: string } | null {
    const some = this.bos.filter(bo => bo.fd.users.size > 0);
    if (some.length === 0) return null;
    const bo = this.random.pick(some);
    return { bo, task: this.random.pick([...bo.fd.users]) };
  }

  addFd(fd: FuzzFd): void {
    this.fds.push(fd);
  }

  get isFullOfFds(): boolean {
    return this.fds.length >= MAX_FDS;
  }

  get isFullOfBos(): boolean {
    return this.bos.length >= MAX_BOS;
  }

  /** A task lost a descriptor. */
  dropFd(fd: FuzzFd, task: string): void {
    fd.users.delete(task);
    if (fd.users.size > 0) return;
    this.fds.splice(this.fds.indexOf(fd), 1);
    this.staleFds.push(fd.name);
    if (this.staleFds.length > 4) this.staleFds.shift();
    for (const bo of this.bos.filter(bo => bo.fd === fd)) this.dropBo(bo);
  }

  dropBo(bo: FuzzBo): void {
    const at = this.bos.indexOf(bo);
    if (at < 0) return;
    this.bos.splice(at, 1);
    for (const map of bo.maps) if (map.users.size > 0) this.orphans.push({ map, content: bo.content });
    while (this.orphans.length > MAX_ORPHANS) this.orphans.shift();
    this.staleBos.push(bo);
    if (this.staleBos.length > 4) this.staleBos.shift();
  }

  /** A task is the copy of another one. */
  addChild(parent: string, child: string): void {
    this.tasks.push(child);
    for (const fd of this.fds) if (fd.users.has(parent)) fd.users.add(child);
    for (const { map } of this.allMaps()) if (map.users.has(parent)) map.users.add(child);
    for (const { contents } of this.privates) {
      const held = contents.get(parent);
      if (held) contents.set(child, new Map(held));
    }
  }

  /** A task is gone. */
  dropTask(task: string): void {
    this.tasks.splice(this.tasks.indexOf(task), 1);
    for (const { map } of this.allMaps()) map.users.delete(task);
    for (const memory of this.privates) memory.contents.delete(task);
    for (const fd of [...this.fds]) if (fd.users.has(task)) this.dropFd(fd, task);
  }

  /** Every mapping of an object that has a name of its own. */
  allMaps(): { readonly map: FuzzMap; readonly content: FuzzContent }[] {
    return [...this.bos.flatMap(bo => bo.maps.map(map => ({ map, content: bo.content }))), ...this.orphans];
  }

  /** A range of the arena: `at` and `length` in bytes; at times empty, unaligned or sticking out. */
  range(): { readonly at: string; readonly length: number } {
    const { random } = this;
    const page = random.below(ARENA_PAGES);
    const pages = 1 + random.below(random.chance(1, 4) ? 24 : 6);
    if (random.chance(1, 80)) return { at: `ar+${page * 4096 + 12}`, length: pages * 4096 };
    if (random.chance(1, 80)) return { at: `ar+${page}p`, length: 0 };
    return { at: `ar+${page}p`, length: pages * 4096 };
  }

  /** One of these. */
  oneOf<T extends Json>(...choices: readonly T[]): T {
    return this.random.pick(choices);
  }
}

/** A plan without anything to learn. */
export function call(task: string, name: string, args: { readonly [name: string]: Json }, as?: string): Plan {
  return { input: as === undefined ? { task, call: name, args } : { task, call: name, args, as } };
}
