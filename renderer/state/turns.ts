/**
 * Pictures are drawn in turns: an animation frame draws as many as a few milliseconds allow, the one that waited longest first, and
 * leaves the others to the next. Panels that render and pictures that draw do not all fall into one frame.
 */
import { addBusyPart } from './idle.ts';

/** A frame of 60 a second has room for this beside what panels do. */
const BUDGET_MS = 3;

export interface Turn {
  /** Draw in the next frame that has room; asking again before that is the same wish. */
  again(): void;
  /** The same, but not in the frame that the panels of a new state are about to fill. */
  afterPanels(): void;
  /** A wish is open. */
  readonly waiting: boolean;
  /** Forget the wish. */
  stop(): void;
}

/** Wishes in order, and those that the coming frame leaves alone. */
let wishes: (() => void)[] = [];
let later: (() => void)[] = [];
let scheduled = false;

function schedule(): void {
  if (scheduled) return;
  scheduled = true;
  // A hidden window gets no animation frames, but the lab waits for its pictures all the same.
  if (document.hidden) setTimeout(frame, 0);
  else requestAnimationFrame(frame);
}

function frame(): void {
  scheduled = false;
  const end = performance.now() + BUDGET_MS;
  // What a picture wishes while it is drawn is for the next frame: an animation has one picture in each.
  const now = wishes;
  wishes = [];
  let done = 0;
  while (done < now.length && (done === 0 || performance.now() < end)) now[done++]!();
  wishes = [...now.slice(done), ...later, ...wishes];
  later = [];
  if (wishes.length > 0) schedule();
}

/** Draw all that waits, now: for a window that gets no frames any more. */
function drawAll(): void {
  scheduled = false;
  const all = [...wishes, ...later];
  wishes = [];
  later = [];
  for (const draw of all) draw();
}

let listening = false;

/** @param draw what a wish leads to */
export function takeTurns(draw: () => void): Turn {
  if (!listening) {
    listening = true;
    document.addEventListener('visibilitychange', () => {
      if (document.hidden) drawAll();
    });
    addBusyPart(() => wishes.length + later.length > 0);
  }
  const mine = () => draw();
  const isOpen = () => wishes.includes(mine) || later.includes(mine);
  return {
    again() {
      later = later.filter(each => each !== mine);
      if (!wishes.includes(mine)) wishes.push(mine);
      schedule();
    },
    afterPanels() {
      if (!isOpen()) later.push(mine);
      schedule();
    },
    get waiting() {
      return isOpen();
    },
    stop() {
      wishes = wishes.filter(each => each !== mine);
      later = later.filter(each => each !== mine);
    },
  };
}
