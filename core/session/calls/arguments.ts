/**
 * What the arguments of inputs mean: names, places in an address space, letters for protections and flags.
 *
 * Units      `at`, `to`: `name`, `name+Np` (N pages) or `name+N` (bytes), sums of those; ranges by `map` with `first` and `count`
 *            in pages, or by `at` with `length` in bytes
 */
import { PAGE_SIZE, type Pages, type VirtAddr } from '../../base/units.ts';
import type { OpenFile } from '../../fs/open_file.ts';
import type { Task } from '../../kernel/task.ts';
import { type CallArgs, type CallContext, numberArg, textArg } from '../call_table.ts';
import type { Json } from '../input.ts';

/** An input that names something that does not exist, or is malformed: its author's mistake, not the kernel's refusal. */
export class BadArgument extends Error {
  override readonly name = 'BadArgument';
}

/** The calling task. */
export function callingTask({ kernel, names, task }: CallContext): Task {
  const pid = names.tasks.get(task);
  if (pid === undefined) throw new BadArgument(`There is no task ${task}; spawn or fork makes one.`);
  return kernel.task(pid);
}

/** A descriptor by name or number; a name without meaning is -1, as for the program that made the recordings. */
export function fdArg({ names }: CallContext, args: CallArgs, name = 'fd'): number {
  const value = args[name];
  if (value === undefined) return -1;
  if (typeof value === 'number') return value;
  const thing = typeof value === 'string' ? names.get(value) : undefined;
  return thing?.kind === 'fd' ? thing.fd : -1;
}

/** The open file of a descriptor argument. @throws KernelError EBADF */
export function fileArg(context: CallContext, args: CallArgs, name = 'fd'): OpenFile {
  return callingTask(context).files.get(fdArg(context, args, name), context.task);
}

/** A mapping or arena by name. */
export function mapArg({ names }: CallContext, args: CallArgs): { start: VirtAddr; length: number } {
  const name = textArg(args, 'map');
  const thing = names.get(name);
  if (thing?.kind !== 'map') throw new BadArgument(`${name} is not the name of a mapping or arena.`);
  return thing;
}

/** A place: `ar+4p+100`. */
export function placeArg({ names }: CallContext, args: CallArgs, name: string): VirtAddr {
  const text = textArg(args, name);
  const [base, ...offsets] = text.split('+');
  const thing = names.get(base!);
  if (thing?.kind !== 'map') throw new BadArgument(`${base} is not the name of a mapping or arena.`);
  let address = thing.start;
  for (const offset of offsets) {
    const match = /^(\d+)(p?)$/.exec(offset);
    if (!match) throw new BadArgument(`${text} is not a place; name+4p and name+4096 are.`);
    address += Number(match[1]) * (match[2] ? PAGE_SIZE : 1);
  }
  return address;
}

/** A byte range, by `at` and `length`, or by `map` with `first` and `count`. */
export function rangeArg(context: CallContext, args: CallArgs): { start: VirtAddr; length: number } {
  if (args.at !== undefined) {
    return { start: placeArg(context, args, 'at'), length: numberArg(args, 'length') };
  }
  const map = mapArg(context, args);
  const first = numberArg(args, 'first', 0);
  const length =
    args.count === undefined ? map.length - first * PAGE_SIZE : numberArg(args, 'count') * PAGE_SIZE;
  return { start: map.start + first * PAGE_SIZE, length: numberArg(args, 'length', length) };
}

/** A page range of the calling task, by `map` with `first` and `count`. */
export function pagesArg(
  context: CallContext,
  args: CallArgs,
): { task: Task; first: number; count: Pages; mapFirst: number } {
  const task = callingTask(context);
  const map = mapArg(context, args);
  const mapFirst = task.mm.pageOfAddress(map.start);
  const skip = numberArg(args, 'first', 0);
  const count = numberArg(args, 'count', Math.ceil(map.length / PAGE_SIZE) - skip);
  return { task, first: mapFirst + skip, count, mapFirst };
}

/** Where arenas and slots lie: multiples of 1 GiB from the base of the task's address space. */
const SLOT_PAGES = 1 << 18;

/** Address of a slot. */
export function slotAddress(task: Task, slot: number): VirtAddr {
  return task.mm.addressOf(slot * SLOT_PAGES);
}

/** Comma-separated words. */
export function wordsArg(args: CallArgs, name: string, otherwise = ''): ReadonlySet<string> {
  return new Set(
    textArg(args, name, otherwise)
      .split(',')
      .filter(word => word !== ''),
  );
}

/** Bits of mmap's and mprotect's `prot`: letters r, w, x, or n for none; without it rw. */
export function protArg(args: CallArgs): number {
  let bits = 0;
  for (const letter of textArg(args, 'prot', 'rw')) {
    const bit = { r: 1, w: 2, x: 4, n: 0 }[letter];
    if (bit === undefined) throw new BadArgument(`${letter} is not a letter of a protection (r, w, x, n).`);
    bits |= bit;
  }
  return bits;
}

/** A path: `path`, or a device of the machine by `dev` (`"vgem:render"` its render node). */
export function pathArg({ kernel }: CallContext, args: CallArgs, devArgument = 'dev'): string {
  if (args[devArgument] === undefined) return textArg(args, 'path');
  const [name, node] = textArg(args, devArgument).split(':');
  const device = kernel.devices.get(name!);
  const path = node === 'render' ? device?.renderNode : device?.primaryNode;
  if (!path) throw new BadArgument(`The machine has no device ${String(args[devArgument])}.`);
  return path;
}

/** The result of a call that made a descriptor: its name is given, the number is not part of the answer. */
export function nameFd({ names, as }: CallContext, fd: number): Json {
  if (as !== undefined) names.set(as, { kind: 'fd', fd });
  return 0;
}
