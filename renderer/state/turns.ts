/**
 * Panels and pictures take turns in animation frames. Panels render first, all that changed since the last frame at once; pictures
 * draw in what is left of a frame, the one that waited longest first, and at the latest in the frame behind. What a
 * person does with keys and buttons renders at once: the next key belongs to what the one before opened.
 */
import { options } from 'preact';
import { addBusyPart } from './idle.ts';

/** When a frame has used this up, what waits is left to the next: then a frame holds one long thing at most. */
const BUDGET_MS = 1;

export interface Turn {
  /** Draw in the next frame that has room; asking again before that is the same wish. */
  again(): void;
  /** The same, but not in the frame that the panels of a new state are about to fill. */
  afterPanels(): void;
  /** Forget the wish. */
  stop(): void;
}

/** Renders the panels that changed; null: none did. */
let panels: (() => void) | null = null;
/** Wishes of pictures in order, and those that the coming frame leaves alone. */
let wishes: (() => void)[] = [];
let later: (() => void)[] = [];
let scheduled = false;
/** The last frame left no time for a picture that waited. */
let starved = false;
/** What panels took between two frames, for a person: the frame behind has that much less for pictures. */
let spentMs = 0;

function schedule(): void {
  if (scheduled) return;
  scheduled = true;
  // A hidden window gets no animation frames, but the lab waits for its pictures all the same.
  if (document.hidden) setTimeout(frame, 0);
  else requestAnimationFrame(frame);
}

function renderPanels(): void {
  const render = panels;
  panels = null;
  render?.();
}

/** For a person, who must not wait for a frame. */
function renderAtOnce(): void {
  if (!panels) return;
  const began = performance.now();
  renderPanels();
  spentMs += performance.now() - began;
  // The frame that pays for it comes soon, whether or not a picture waits.
  schedule();
}

/** Render panels, then draw pictures until `budgetMs` are used up. */
function renderAndDraw(budgetMs: number): void {
  scheduled = false;
  const end = performance.now() + budgetMs - spentMs;
  spentMs = 0;
  let now: readonly (() => void)[] = [];
  let done = 0;
  const first = () => done === 0 && starved;
  try {
    renderPanels();
    // What a picture wishes while it is drawn is for the next frame: an animation has one picture in each.
    now = wishes;
    wishes = [];
    while (done < now.length && (first() || performance.now() < end)) now[done++]!();
  } finally {
    // One that throws takes no other with it.
    starved = done === 0 && now.length > 0;
    wishes = [...now.slice(done), ...later, ...wishes];
    later = [];
    if (wishes.length > 0 || panels) schedule();
  }
}

const frame = () => renderAndDraw(BUDGET_MS);

/** Render and draw all that waits, now: for a window that gets no frames any more. */
function drawAll(): void {
  wishes = [...wishes, ...later];
  later = [];
  renderAndDraw(Number.POSITIVE_INFINITY);
}

/** What a person does; the handlers of the next one see what this one changed. */
const DONE_BY_A_PERSON: readonly string[] = [
  'keydown',
  'input',
  'change',
  'click',
  'dblclick',
  'pointerdown',
  'submit',
];

let listening = false;

function listen(): void {
  if (listening) return;
  listening = true;
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) drawAll();
  });
  addBusyPart(() => panels !== null || wishes.length + later.length > 0);
}

/** From now on panels render in frames, not at every message that changes one; called once, before the first panel. */
export function renderInTurns(): void {
  listen();
  // What waits is rendered before a handler looks at it.
  for (const type of DONE_BY_A_PERSON) window.addEventListener(type, renderAtOnce, true);
  options.debounceRendering = render => {
    panels = render;
    if (DONE_BY_A_PERSON.includes(window.event?.type ?? '')) queueMicrotask(renderAtOnce);
    else schedule();
  };
}

/** Resolves in the next animation frame. */
export const nextFrame = () => new Promise<number>(resolve => requestAnimationFrame(resolve));

/** @param draw what a wish leads to */
export function takeTurns(draw: () => void): Turn {
  listen();
  const mine = () => draw();
  return {
    again() {
      later = later.filter(each => each !== mine);
      if (!wishes.includes(mine)) wishes.push(mine);
      schedule();
    },
    afterPanels() {
      if (!wishes.includes(mine) && !later.includes(mine)) later.push(mine);
      schedule();
    },
    stop() {
      wishes = wishes.filter(each => each !== mine);
      later = later.filter(each => each !== mine);
    },
  };
}
