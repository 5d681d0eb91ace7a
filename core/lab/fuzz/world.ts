/**
 * What a random history knows of the world it made: which names exist and who may use them. Kept small on purpose; the kernel
 * alone decides what a call does.
 */
import type { SeededRandom } from '../../base/random.ts';
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
  readonly kind: 'memfd' | 'drm' | 'dmabuf' | 'pipe' | 'sync' | 'dax' | 'bsd' | 'other';
  /** Driver of a DRM file. */
  readonly dev: string;
  /** Tasks that have this number. */
  readonly users: Set<string>;
  /** Pages of a memfd or dma-buf, as last set. */
  pages: number;
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
}

/** One step to try; `done` learns from the answer. */
export interface Plan {
  readonly input: Input;
  /**
   * @param failed the errno's name, or null
   */
  readonly done?: (failed: string | null) => void;
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
  /** Memory with names of its own: private, or files that are written in no other way. */
  readonly memories: FuzzMap[] = [];
  /** Files of which every byte is known. */
  readonly knownFiles: FuzzFd[] = [];
  /** Mappings whose object lost its name: they live on. */
  readonly orphans: { readonly map: FuzzMap; readonly dev: string }[] = [];
  /** Handles beyond those of `bos`: second ones of an object, surfaces. */
  readonly extras: { readonly name: string; readonly fd: FuzzFd }[] = [];
  /** The last jobs of the ring, by name. */
  readonly jobs: string[] = [];
  /** Devices that are in. */
  readonly plugged: Set<string>;
  private nextName = 0;
  private nextSlot = 2;

  constructor(
    readonly random: SeededRandom,
    /** Names of the devices of the machine, with their drivers. */
    readonly devices: readonly { readonly name: string; readonly driver: string }[],
    /** What else the machine has. */
    readonly has: { readonly exporters: boolean; readonly pmem: readonly string[] } = {
      exporters: false,
      pmem: [],
    },
  ) {
    this.plugged = new Set(devices.map(({ name }) => name));
  }

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
    for (const map of bo.maps) if (map.users.size > 0) this.orphans.push({ map, dev: bo.fd.dev });
    while (this.orphans.length > MAX_ORPHANS) this.orphans.shift();
    this.staleBos.push(bo);
    if (this.staleBos.length > 4) this.staleBos.shift();
  }

  /** A task is the copy of another one. */
  addChild(parent: string, child: string): void {
    this.tasks.push(child);
    for (const fd of this.fds) if (fd.users.has(parent)) fd.users.add(child);
    for (const file of this.knownFiles) if (file.users.has(parent)) file.users.add(child);
    for (const { users } of this.everyMap()) if (users.has(parent)) users.add(child);
  }

  /** A task is gone. */
  dropTask(task: string): void {
    this.tasks.splice(this.tasks.indexOf(task), 1);
    for (const { users } of this.everyMap()) users.delete(task);
    for (const file of this.knownFiles) file.users.delete(task);
    for (const fd of [...this.fds]) if (fd.users.has(task)) this.dropFd(fd, task);
  }

  /** Every mapping of an object that has a name of its own. */
  objectMaps(): FuzzMap[] {
    return [...this.bos.flatMap(bo => bo.maps), ...this.orphans.map(({ map }) => map)];
  }

  private everyMap(): FuzzMap[] {
    return [...this.objectMaps(), ...this.memories];
  }

  /** A device is out: its objects and mappings mean nothing any more. */
  unplug(dev: string): void {
    this.plugged.delete(dev);
    for (const bo of this.bos.filter(bo => bo.fd.dev === dev)) this.bos.splice(this.bos.indexOf(bo), 1);
    for (const orphan of this.orphans.filter(orphan => orphan.dev === dev))
      this.orphans.splice(this.orphans.indexOf(orphan), 1);
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

/** A call that makes a descriptor; the name belongs to the task once the call succeeded. */
export function opens(
  world: FuzzWorld,
  task: string,
  name: string,
  args: Plan['input']['args'],
  kind: FuzzFd['kind'],
  dev = '',
  pages = 0,
): Plan | null {
  if (world.isFullOfFds) return null;
  const as = world.fresh('f');
  return {
    ...call(task, name, args, as),
    done: failed => {
      if (failed === null) world.addFd({ name: as, kind, dev, users: new Set([task]), pages });
    },
  };
}

/** A plan without anything to learn. */
export function call(task: string, name: string, args: { readonly [name: string]: Json }, as?: string): Plan {
  return { input: as === undefined ? { task, call: name, args } : { task, call: name, args, as } };
}
