/**
 * Switches that break the machine on purpose, so that the checks can be seen to find it. A sabotaged machine edits the
 * queue right before it is executed; the model never knows.
 *
 *   flip-byte-in-move   one byte of every moved run arrives inverted
 *   skip-copy-out       evictions copy nothing
 *   skip-copy-in        validations copy nothing
 *   stale-gart-entry    writes over a bound GART entry are dropped: the old binding stays
 *   forget-destroy      one destroyed buffer stays alive
 */

import type { Pfn } from '../base/units.ts';
import {
  COMMAND_WORDS,
  type CommandQueue,
  OP_COPY_RUN,
  OP_FLIP_BYTE,
  OP_GART_WRITE,
  OP_NOTHING,
} from './command_queue.ts';
import { COPY_REASONS, type CopyReason } from './data_plane.ts';
import { GART_VALID } from './gart_entry.ts';
import type { DrainReport, Machine } from './machine.ts';
import type { BatchRequest } from './ring/batch_generator.ts';
import type { ScanOut } from './ring/scan_out.ts';

export const MACHINE_SABOTAGES = [
  'flip-byte-in-move',
  'skip-copy-out',
  'skip-copy-in',
  'stale-gart-entry',
  'forget-destroy',
] as const;
export type MachineSabotage = (typeof MACHINE_SABOTAGES)[number];

/** Byte of the first page of a moved run that arrives inverted. */
const FLIPPED_BYTE = 1234;

/** Buffers whose destruction a machine must forget; an option of both machines at creation. */
export function destroysToForget(sabotage: MachineSabotage | undefined): number {
  return sabotage === 'forget-destroy' ? 1 : 0;
}

/**
 * The machine behind a saboteur. `forget-destroy` takes effect through destroysToForget() at creation and leaves the
 * machine as it is here.
 */
export function sabotageMachine(machine: Machine, sabotage: MachineSabotage | undefined): Machine {
  return sabotage === undefined || sabotage === 'forget-destroy'
    ? machine
    : new SabotagedMachine(machine, sabotage);
}

class SabotagedMachine implements Machine {
  /** What lies in the GART table after all the dropped writes. */
  private readonly gart: Uint32Array;

  constructor(
    private readonly inner: Machine,
    private readonly sabotage: Exclude<MachineSabotage, 'forget-destroy'>,
  ) {
    this.gart = new Uint32Array(inner.description.gartEntries);
  }

  get kind() {
    return this.inner.kind;
  }

  get adapter() {
    return this.inner.adapter;
  }

  get layout() {
    return this.inner.layout;
  }

  get description() {
    return this.inner.description;
  }

  get ledger() {
    return this.inner.ledger;
  }

  drain(queue: CommandQueue): Promise<DrainReport> {
    switch (this.sabotage) {
      case 'skip-copy-out':
        skipCopies(queue, 'evict');
        break;
      case 'skip-copy-in':
        skipCopies(queue, 'validate');
        break;
      case 'stale-gart-entry':
        this.dropRebinds(queue);
        break;
      default:
        flipMoves(queue);
    }
    return this.inner.drain(queue);
  }

  private dropRebinds(queue: CommandQueue): void {
    const { commands, lists } = queue;
    for (let at = 0; at < queue.nrCommands * COMMAND_WORDS; at += COMMAND_WORDS) {
      if (commands[at] !== OP_GART_WRITE) continue;
      const first = commands[at + 1]!;
      const list = commands[at + 2]!;
      for (let i = 0; i < commands[at + 3]!; i++) {
        const old = this.gart[first + i]!;
        if (old & GART_VALID) lists[list + i] = old;
        else this.gart[first + i] = lists[list + i]!;
      }
    }
  }

  restoreContents(queue: CommandQueue): Promise<void> {
    this.gart.set(queue.gart);
    return this.inner.restoreContents(queue);
  }

  verifyGart(queue: CommandQueue): Promise<string[]> {
    return this.inner.verifyGart(queue);
  }

  readPages(pfns: ArrayLike<Pfn>): Promise<Uint8Array> {
    return this.inner.readPages(pfns);
  }

  scanOut(of: ScanOut): Promise<Uint8Array> {
    return this.inner.scanOut(of);
  }

  generateBatch(request: BatchRequest): Promise<void> {
    return this.inner.generateBatch(request);
  }

  staging() {
    return this.inner.staging();
  }

  dispose(): Promise<void> {
    return this.inner.dispose();
  }
}

function skipCopies(queue: CommandQueue, why: CopyReason): void {
  const { commands } = queue;
  for (let at = 0; at < queue.nrCommands * COMMAND_WORDS; at += COMMAND_WORDS) {
    if (commands[at] === OP_COPY_RUN && COPY_REASONS[commands[at + 4]!] === why) commands[at] = OP_NOTHING;
  }
}

/** Put an OP_FLIP_BYTE behind every eviction and validation. */
function flipMoves(queue: CommandQueue): void {
  const old = queue.commands.slice(0, queue.nrCommands * COMMAND_WORDS);
  const edited: number[] = [];
  for (let at = 0; at < old.length; at += COMMAND_WORDS) {
    for (let i = 0; i < COMMAND_WORDS; i++) edited.push(old[at + i]!);
    const why = COPY_REASONS[old[at + 4]!];
    if (old[at] !== OP_COPY_RUN || (why !== 'evict' && why !== 'validate')) continue;
    edited.push(OP_FLIP_BYTE, old[at + 2]!, FLIPPED_BYTE, 0, 0);
  }
  if (edited.length > queue.commands.length) queue.commands = new Uint32Array(edited.length * 2);
  queue.commands.set(edited);
  queue.nrCommands = edited.length / COMMAND_WORDS;
}
