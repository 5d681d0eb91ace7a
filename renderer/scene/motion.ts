/**
 * What moves between two views, and how far it is at a given moment. Only bytes and mappings move; durations and curves
 * are those of the design. With reduced motion a copy steps in eight frames and everything else is there at once.
 *
 * Units  milliseconds of the window's clock
 */
import type { Change } from '../../core/public/view_types.ts';
import type { Ribbon } from './ribbons.ts';
import type { SceneLayout } from './scene_layout.ts';
import { type Block, blocksOf } from './slab_layout.ts';

const RIBBON_MS = 240;
const FLASH_MS = 60;
const COPY_LEAST_MS = 400;
const COPY_MOST_MS = 4000;
/** What a copy takes on screen per page at speed 1, so that large objects travel longer. */
const COPY_MS_PER_PAGE = 0.45;
const REDUCED_STEPS = 8;
/** Moves of one view that are shown under way; the others are there at once. */
const MOST_MOVES = 64;

/** Pages on their way. */
export interface MoveMotion {
  readonly kind: 'move';
  readonly objectId: number;
  readonly from: readonly Block[];
  readonly change: Extract<Change, { kind: 'move' }>;
  readonly start: number;
  readonly duration: number;
}

/** A ribbon that a shoot-down takes away. */
export interface CutMotion {
  readonly kind: 'cut';
  readonly ribbon: Ribbon;
  readonly start: number;
  readonly duration: number;
}

/** A ribbon that a fault brings. */
export interface MadeMotion {
  readonly kind: 'made';
  readonly vmaId: number;
  readonly start: number;
  readonly duration: number;
}

export type Motion = MoveMotion | CutMotion | MadeMotion;

export interface MotionOptions {
  readonly now: number;
  /** 1 as designed, 4 four times as fast; Infinity shows nothing move. */
  readonly speed: number;
  readonly reduced: boolean;
}

/** The motions that lead from one layout to the next. Ribbons are cut before bytes travel, and made after they arrived. */
export function motionsBetween(
  before: SceneLayout,
  after: SceneLayout,
  changes: readonly Change[],
  options: MotionOptions,
): readonly Motion[] {
  const { now, speed, reduced } = options;
  if (!Number.isFinite(speed)) return [];
  const motions: Motion[] = [];
  const ribbonMs = reduced ? 0 : RIBBON_MS / speed;
  const stillThere = new Set(after.ribbons.map(ribbon => ribbon.vmaId));
  const cut = before.ribbons.filter(ribbon => !stillThere.has(ribbon.vmaId));
  let at = now;
  if (ribbonMs > 0 && cut.length > 0) {
    for (const ribbon of cut) motions.push({ kind: 'cut', ribbon, start: at, duration: ribbonMs });
    at += ribbonMs;
  }
  let end = at;
  let moves = 0;
  for (const change of changes) {
    if (change.kind !== 'move' || ++moves > MOST_MOVES) continue;
    const from = blocksOf(before.slabs, change.objectId);
    if (from.length === 0 || blocksOf(after.slabs, change.objectId).length === 0) continue;
    const duration =
      Math.min(COPY_MOST_MS, Math.max(COPY_LEAST_MS, change.nrPages * COPY_MS_PER_PAGE)) / speed;
    // Moves follow each other, as the copy engine does them.
    motions.push({ kind: 'move', objectId: change.objectId, from, change, start: end, duration });
    end += duration;
  }
  const wasThere = new Set(before.ribbons.map(ribbon => ribbon.vmaId));
  if (ribbonMs > 0) {
    for (const ribbon of after.ribbons) {
      if (!wasThere.has(ribbon.vmaId))
        motions.push({ kind: 'made', vmaId: ribbon.vmaId, start: end, duration: ribbonMs });
    }
  }
  return motions;
}

/** When the last of them ends. */
export function endOf(motions: readonly Motion[]): number {
  return motions.reduce((last, motion) => Math.max(last, motion.start + motion.duration), 0);
}

const easeOut = (t: number) => 1 - (1 - t) ** 3;
const easeIn = (t: number) => t * t * t;
const progress = (motion: Motion, now: number) =>
  motion.duration === 0 ? 1 : Math.min(1, Math.max(0, (now - motion.start) / motion.duration));

/** The picture of all motions at one moment. */
export interface MotionPicture {
  /** Objects on their way: the part that has arrived. */
  readonly moves: ReadonlyMap<number, { readonly motion: MoveMotion; readonly arrived: number }>;
  /** Ribbons being cut: the share that is left, and if they still flash. */
  readonly cuts: readonly { readonly ribbon: Ribbon; readonly left: number; readonly flash: boolean }[];
  /** Ribbons being made: the share that is there, by VMA. */
  readonly made: ReadonlyMap<number, number>;
}

export const NO_MOTION: MotionPicture = { moves: new Map(), cuts: [], made: new Map() };

export function pictureAt(motions: readonly Motion[], now: number, reduced: boolean): MotionPicture {
  const moves = new Map<number, { motion: MoveMotion; arrived: number }>();
  const cuts: { ribbon: Ribbon; left: number; flash: boolean }[] = [];
  const made = new Map<number, number>();
  for (const motion of motions) {
    const t = progress(motion, now);
    switch (motion.kind) {
      case 'move': {
        const arrived = reduced ? Math.floor(t * REDUCED_STEPS) / REDUCED_STEPS : t;
        if (t < 1) moves.set(motion.objectId, { motion, arrived });
        break;
      }
      case 'cut':
        if (t < 1)
          cuts.push({ ribbon: motion.ribbon, left: 1 - easeIn(t), flash: now - motion.start < FLASH_MS });
        break;
      case 'made':
        if (t < 1) made.set(motion.vmaId, easeOut(t));
        break;
    }
  }
  return { moves, cuts, made };
}
