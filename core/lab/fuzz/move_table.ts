/**
 * Which moves a history makes, and how often: every family of moves has its say in most histories, and in each history some are
 * louder and some are silent, so that the rare meets the rare.
 */
import { BSD_MOVES, bsdArenas } from './bsd_moves.ts';
import { DAX_MOVES, daxArena } from './dax_moves.ts';
import { DRM_MOVES } from './drm_moves.ts';
import { FAULT_MOVES } from './fault_moves.ts';
import { FILE_MOVES } from './file_moves.ts';
import { GPU_MOVES } from './gpu_moves.ts';
import { I915_MOVES } from './i915_moves.ts';
import { LAB_GPU_MOVES } from './lab_gpu_moves.ts';
import { MM_MOVES } from './mm_moves.ts';
import { RING_MOVES } from './ring_moves.ts';
import { SHARED_MOVES } from './shared_moves.ts';
import type { FuzzWorld, Move, Plan } from './world.ts';

interface Family {
  readonly moves: readonly Move[];
  /** Factors of the weights, one of which a history draws. */
  readonly factors: readonly number[];
  /** Does this machine have what the moves are about? */
  readonly applies: (world: FuzzWorld) => boolean;
  /** What a history begins with, for the moves to meet. */
  readonly beginning?: (task: string) => readonly Plan[];
}

const FAMILIES: readonly Family[] = [
  { moves: MM_MOVES, factors: [1, 1, 2], applies: () => true },
  { moves: GPU_MOVES, factors: [1, 1, 2], applies: ({ devices }) => devices.length > 0 },
  { moves: DRM_MOVES, factors: [0, 1, 2], applies: ({ devices }) => devices.length > 0 },
  {
    moves: LAB_GPU_MOVES,
    factors: [0, 1, 1, 2],
    applies: ({ devices }) => devices.some(({ driver }) => driver === 'lab_gpu'),
  },
  {
    moves: RING_MOVES,
    factors: [0, 1, 1, 2],
    applies: ({ devices }) => devices.some(({ driver }) => driver === 'lab_gpu'),
  },
  {
    moves: I915_MOVES,
    factors: [1, 2, 3],
    applies: ({ devices }) => devices.some(({ driver }) => driver === 'i915_2008'),
  },
  { moves: FILE_MOVES, factors: [0, 1, 1, 2], applies: () => true },
  { moves: SHARED_MOVES, factors: [0, 1, 2, 3], applies: ({ has }) => has.exporters },
  {
    moves: DAX_MOVES,
    factors: [0, 1, 2, 3],
    applies: ({ has }) => has.pmem.length > 0,
    beginning: task => [daxArena(task)],
  },
  { moves: BSD_MOVES, factors: [0, 1, 1, 3], applies: ({ has }) => has.exporters, beginning: bsdArenas },
];

/** One entry for each unit of weight. */
export class MoveTable {
  private readonly entries: Move[] = [];
  /** What the chosen families want first. */
  readonly beginning: readonly Plan[];

  constructor(world: FuzzWorld, task: string, faults: boolean) {
    const beginning: Plan[] = [];
    for (const { moves, factors, applies, beginning: begin } of FAMILIES) {
      if (!applies(world)) continue;
      const factor = world.random.pick(factors);
      if (factor === 0) continue;
      beginning.push(...(begin?.(task) ?? []));
      this.add(moves, factor);
    }
    if (faults) this.add(FAULT_MOVES, world.random.pick([0, 1, 1, 2]));
    this.beginning = beginning;
  }

  private add(moves: readonly Move[], factor: number): void {
    for (const move of moves) for (let i = 0; i < move.weight * factor; i++) this.entries.push(move);
  }

  /** One of the moves, by weight. */
  pick(world: FuzzWorld): Move {
    return world.random.pick(this.entries);
  }
}
