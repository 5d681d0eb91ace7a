/** What a label says and where it would like to be, before it is known which labels have room. */
import type { Placement } from '../../core/public/view_types.ts';
import { equalText } from '../state/equal_text.ts';
import type { LabelWish, Spot } from './label_placement.ts';

/** A run of text in one weight. */
export interface Words {
  readonly text: string;
  readonly strong?: boolean;
  /** On a line of its own. */
  readonly below?: boolean;
}

export type LabelStyle = 'on' | 'float' | 'selected' | 'slab' | 'task' | 'gart' | 'fault' | 'rate';

export interface Label {
  readonly key: string;
  readonly style: LabelStyle;
  readonly placement: Placement | null;
  /** Wordings from full to short; the spot says which. */
  readonly texts: readonly (readonly Words[])[];
  /** Degrees by which a slab name is sheared to run along its edge. */
  readonly shear: number;
}

export interface ShownLabel extends Label {
  readonly spot: Spot;
}

/** What texts take at the label size, in CSS pixels. */
export interface Measure {
  width(text: string, strong: boolean): number;
  /** Height of one line. */
  readonly line: number;
}

/** A label with the spots it wishes for. */
export interface Draft {
  readonly label: Label;
  readonly wish: LabelWish;
}

/** Size of a wording in CSS pixels. */
export function sizeOf(words: readonly Words[], measure: Measure): { width: number; height: number } {
  const lines: number[] = [0];
  for (const word of words) {
    if (word.below) lines.push(0);
    lines[lines.length - 1]! += measure.width(word.text, word.strong === true);
  }
  return { width: Math.ceil(Math.max(...lines)) + 2, height: measure.line * lines.length };
}

/** `now`, with the very labels of `old` where they are equal: who drew them knows them again. */
export function keepEqual(old: readonly ShownLabel[], now: readonly ShownLabel[]): readonly ShownLabel[] {
  const known = new Map(old.map(label => [label.key, label]));
  return now.map(label => {
    const before = known.get(label.key);
    return before && equalText(before, label) ? before : label;
  });
}
