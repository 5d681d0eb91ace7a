/** What the address of the window may ask for: `?scene=evict-refault&machine=host&vram=dedicated&painter=canvas&speed=max`. */
import type { PainterWish } from '../scene/choose_painter.ts';

export interface Wishes {
  readonly scene: string | null;
  /** Address of a session file within this app. */
  readonly session: string | null;
  readonly machine: 'auto' | 'webgpu' | 'host';
  /** Which adapter to prefer on a machine with two. */
  readonly power: 'high-performance' | 'low-power';
  readonly vram: 'paged' | 'dedicated';
  readonly painter: PainterWish;
  readonly speed: number;
}

function oneOf<Word extends string, Other>(
  value: string | null,
  words: readonly Word[],
  otherwise: Other,
): Word | Other {
  return words.find(word => word === value) ?? otherwise;
}

/** Unknown values mean the default. */
export function readWishes(search: string): Wishes {
  const query = new URLSearchParams(search);
  const speed = query.get('speed');
  return {
    scene: query.get('scene'),
    session: query.get('session'),
    machine: oneOf(query.get('machine'), ['auto', 'webgpu', 'host'] as const, 'auto'),
    power: oneOf(query.get('power'), ['high-performance', 'low-power'] as const, 'high-performance'),
    vram: oneOf(query.get('vram'), ['paged', 'dedicated'] as const, 'paged'),
    painter: oneOf(query.get('painter'), ['webgpu', 'webgl2', 'canvas'] as const, null),
    speed: speed === 'max' ? Infinity : Number(speed) > 0 ? Number(speed) : 1,
  };
}
