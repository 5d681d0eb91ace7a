/**
 * A session as a film: its views one after the other, how long each is shown, and what is in the picture at any moment.
 *
 * Units  milliseconds at pace 1; a frame begins with its motions and then stands still long enough to be read
 */
import type { SessionFrames } from '../../core/public/player_types.ts';
import { applyDelta, EMPTY_VIEW } from '../../core/public/view_delta.ts';
import type { Change, LabView } from '../../core/public/view_types.ts';
import { endOf, type Motion, motionsBetween } from '../scene/motion.ts';
import { layOutScene, type SceneLayout } from '../scene/scene_layout.ts';

const STILL_MS = 300;
/** Reading a new caption: a little, and more for longer ones. */
const CAPTION_MS = 900;
const CAPTION_MS_PER_LETTER = 28;
const END_MS = 1_500;

export interface FilmFrame {
  readonly view: LabView;
  readonly before: LabView;
  readonly layout: SceneLayout;
  readonly motions: readonly Motion[];
  readonly changes: readonly Change[];
  /** Moment at which it begins. */
  readonly start: number;
  readonly duration: number;
}

export class Film {
  readonly title: string;
  readonly machine: string;
  readonly count: number;
  private readonly made: FilmFrame[] = [];

  constructor(private readonly source: SessionFrames) {
    this.title = source.title;
    this.machine = source.machine;
    this.count = source.frames.length;
  }

  /** The frame with a number; those before it are made first. */
  frame(number: number): FilmFrame {
    while (this.made.length <= number) this.made.push(this.next());
    return this.made[number]!;
  }

  private next(): FilmFrame {
    const last = this.made.at(-1);
    const { delta, changes } = this.source.frames[this.made.length]!;
    const before = last?.view ?? EMPTY_VIEW;
    const view = applyDelta(before, delta);
    const layout = layOutScene(view, last?.layout.slabs);
    const motions = last
      ? motionsBetween(last.layout, layout, changes, { now: 0, speed: 1, reduced: false })
      : [];
    const { caption } = view.status;
    const reading =
      caption !== '' && caption !== before.status.caption
        ? CAPTION_MS + CAPTION_MS_PER_LETTER * caption.length
        : STILL_MS;
    const ending = this.made.length === this.count - 1 ? END_MS : 0;
    const start = last ? last.start + last.duration : 0;
    return { view, before, layout, motions, changes, start, duration: endOf(motions) + reading + ending };
  }

  /** Length of the whole film. */
  get length(): number {
    const last = this.frame(this.count - 1);
    return last.start + last.duration;
  }

  /** Number of the frame that is shown at a moment. */
  numberAt(moment: number): number {
    let [low, high] = [0, this.count - 1];
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.frame(middle).start <= moment) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
