/**
 * A device-dax module on rooms of its own, for experiments that must not touch the kernel that runs: failing every
 * allocation of init, one at a time.
 */
import { KernelError } from '../base/errno.ts';
import { PAGE_SIZE } from '../base/units.ts';
import { Inode, SuperBlock } from '../fs/inode.ts';
import { TextRegistry } from '../fs/text_registry.ts';
import { Vfs } from '../fs/vfs.ts';
import { CommandQueue } from '../hw/command_queue.ts';
import type { MachineDescription } from '../hw/machine_description.ts';
import { MmContext } from '../mm/mm_context.ts';
import { PageFrames } from '../mm/page_frame.ts';
import { TraceBuffer } from '../trace/trace_buffer.ts';
import { DaxBus } from './dax_bus.ts';
import type { DaxHistory } from './dax_history.ts';
import { loadDax } from './dax_module.ts';

/** A machine with files and memory, and device-dax not loaded. @param traceBudget events kept */
export function newScratchBus(machine: MachineDescription, history?: DaxHistory, traceBudget = 1): DaxBus {
  const queue = new CommandQueue(machine);
  const frames = new PageFrames(machine.ramBytes / PAGE_SIZE, queue);
  const context = new MmContext(new TraceBuffer(traceBudget), queue, frames);
  const vfs = new Vfs(context);
  const devmem = new Inode(new SuperBlock(0, 'devmem', 0x454d444d), 1, 'chr', 0, context.nextMappingId++);
  const around = { vfs, context, sysfs: new TextRegistry(), machine, iomem: devmem.mapping };
  return new DaxBus(history ? { ...around, history } : around);
}

/** What module init takes and must give back, one line a thing. */
export function daxHoldings(bus: DaxBus): string[] {
  const lines = [
    `slab cache ${bus.fs.cache ? `with ${bus.fs.cache.inUse} objects in use` : 'none'}`,
    `frees that wait ${bus.fs.rcu.pending}`,
    `hashed inodes ${[...bus.fs.hashed()].length}`,
    `minors ${bus.minors.size}`,
    `character devices ${bus.vfs.charDevices.size}`,
    `regions ${bus.regions.length}`,
    `departed devices ${bus.departed.size}`,
    `steps ${bus.loaded.join()}`,
    `frames free ${bus.mm.frames.nrFree}`,
  ];
  for (const superBlock of bus.vfs.superBlocks.values())
    lines.push(`mount ${superBlock.dev} ${superBlock.name} inodes ${superBlock.liveInodes}`);
  for (const path of bus.sysfs.paths()) lines.push(`file ${path}`);
  bus.vfs.forEachEntry(({ name, inode }) => lines.push(`entry ${name} refs ${inode.count}`));
  return lines;
}

/** One injected failure of module init. */
export interface UnwindResult {
  /** Which allocation failed, counted from 1. */
  readonly failAt: number;
  /** What it was for. */
  readonly says: string;
  /** Lines of daxHoldings() that differ from before. */
  readonly left: readonly string[];
}

/** Fail every allocation of module init, one at a time, until none is left to fail. */
export function failEveryAllocation(machine: MachineDescription, history?: DaxHistory): UnwindResult[] {
  const results: UnwindResult[] = [];
  for (let failAt = 1; ; failAt++) {
    const bus = newScratchBus(machine, history);
    const before = daxHoldings(bus);
    bus.mm.faults.arm(failAt);
    let says: string;
    try {
      loadDax(bus);
      if (bus.loaded.length > 0) return results;
      says = 'init reported success and left nothing loaded';
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      says = error.detail;
    }
    const known = new Set(before);
    const after = daxHoldings(bus);
    const now = new Set(after);
    const left = [
      ...after.filter(line => !known.has(line)),
      ...before.filter(line => !now.has(line)).map(line => `no longer ${line}`),
    ];
    results.push({ failAt, says, left });
  }
}

/** 68: nothing is left by any failure of init. */
export function checkDaxUnwind(machine: MachineDescription): string[] {
  return failEveryAllocation(machine)
    .filter(({ left }) => left.length > 0)
    .map(({ failAt, says, left }) => `Failure ${failAt} of module init (${says}) left: ${left.join('; ')}.`);
}
