/**
 * The stage: turns views into pictures on a canvas, on demand. A hidden window, a paused machine and an idle view draw nothing.
 *
 * Life     attach(host) chooses a painter; show() takes a new view; draw happens in the next animation frame while something
 *          moves or changed, and `onShown` is called when the picture of a view is complete
 */
import type { GartRunView, LabView, Selection } from '../../core/public/view_types.ts';
import type { Transition } from '../state/lab_store.ts';
import {
  type Camera,
  clampOrbit,
  FLAT,
  frame,
  type Margins,
  type Orbit,
  type Point,
  project,
  THREE_QUARTER,
} from './camera.ts';
import { choosePainter, type PainterWish } from './choose_painter.ts';
import { DetailMemo, LEAST_BUDGET } from './detail.ts';
import type { Measure } from './label_draft.ts';
import type { Rect } from './label_placement.ts';
import { labelPicture } from './labels.ts';
import { measurePainter, UNMEASURED_BUDGET } from './measure_painter.ts';
import { endOf, type Motion, motionsBetween, NO_MOTION, pictureAt } from './motion.ts';
import { drawOverlay, type Overlay } from './overlay.ts';
import type { Painter } from './painter.ts';
import type { Palette } from './palette.ts';
import { pick } from './picking.ts';
import { drawPicture, type Picture, type RibbonChoice } from './picture.ts';
import { layOutScene, type SceneLayout } from './scene_layout.ts';
import { boundsOf, pointsOf } from './selected_points.ts';

/** Devices that the view may lose before it does without one. */
const MOST_LOSSES = 2;
/** Runs of the GART that are outlined because the last step unbound them. */
const MOST_CLEARED = 400;
const LEAST_ZOOM = 0.5;
/** Objects of a view of a hundred thousand can still be told apart. */
const MOST_ZOOM = 200;
/** Part of the view that a framed selection takes at most. */
const FRAMED_SHARE = 0.35;
/** CSS pixels of a view in which something can be seen. */
const LEAST_SIZE = 8;
const MARGINS: Margins = { top: 58, right: 18, bottom: 26, left: 14 };

/** What the window may change about the picture without a new view. */
export interface StageOptions {
  readonly palette: Palette;
  readonly contrast: boolean;
  readonly selection: Selection | null;
  /** The object that is selected, or that the selected mapping or event is about. */
  readonly focus: number | null;
  readonly ribbons: RibbonChoice;
  readonly reduced: boolean;
  readonly speed: number;
  /** A plan of flat slabs, drawn without a GPU. */
  readonly flat: boolean;
}

/** What a picture left out, for the words beside it. */
export interface StageNotes {
  readonly cellPages: number;
  /** Boxes that may be drawn, and objects' blocks that stand in cells. */
  readonly budget: number;
  readonly merged: number;
}

export interface StagePorts {
  readonly measure: Measure;
  readonly onOverlay: (overlay: Overlay) => void;
  readonly onShown: (view: LabView, changed: boolean) => void;
  readonly onPainter: (painter: Painter) => void;
  readonly onFailure: (sentence: string) => void;
  readonly onNotes: (notes: StageNotes) => void;
}

/** What lies over the view and takes room from labels: the card, the caption. */
function coveredBy(host: HTMLElement): readonly Rect[] {
  const view = host.getBoundingClientRect();
  return [...host.querySelectorAll('[data-covers]')].map(element => {
    const { left, top, width, height } = element.getBoundingClientRect();
    return { x: left - view.left, y: top - view.top, width, height };
  });
}

/** Runs whose entries no longer lead to the same object; both are in order of address. */
function clearedRuns(before: readonly GartRunView[], after: readonly GartRunView[]): readonly GartRunView[] {
  const cleared: GartRunView[] = [];
  if (before === after) return cleared;
  let at = 0;
  for (const run of before) {
    while (at < after.length && after[at]!.firstEntry < run.firstEntry) at++;
    const now = after[at];
    if (now?.firstEntry === run.firstEntry && now.objectId === run.objectId) continue;
    if (cleared.push(run) === MOST_CLEARED) break;
  }
  return cleared;
}

export class Stage {
  private host: HTMLElement | null = null;
  private painter: Painter | null = null;
  private options: StageOptions;
  private view: LabView | null = null;
  private layout: SceneLayout | null = null;
  private picture: Picture | null = null;
  private camera: Camera | null = null;
  private motions: readonly Motion[] = [];
  private faulting: ReadonlyMap<number, string> = new Map();
  private cleared: readonly GartRunView[] = [];
  private orbit: Orbit = THREE_QUARTER;
  /** Boxes that the painter draws in time; null: not measured yet. */
  private budget: number | null = null;
  private measuring = false;
  private readonly detail = new DetailMemo();
  private choosing = false;
  private usePainter: ((wish: PainterWish) => Promise<void>) | null = null;
  private notes = '';
  private zoom = 1;
  private pan: Point = [0, 0];
  private dirty = false;
  private frameRequested = false;
  /** A view whose picture is not complete yet. */
  private unshown: { view: LabView; changed: boolean } | null = null;

  constructor(
    private readonly ports: StagePorts,
    options: StageOptions,
  ) {
    this.options = options;
  }

  /** True while a picture is to be drawn or something moves. */
  get busy(): boolean {
    return this.choosing || (this.dirty && this.canDraw) || this.motions.length > 0 || this.unshown !== null;
  }

  /** A view behind another panel has no size; the observer of its size draws when it comes back. */
  private get hasRoom(): boolean {
    return this.host !== null && this.host.clientWidth >= LEAST_SIZE && this.host.clientHeight >= LEAST_SIZE;
  }

  private get canDraw(): boolean {
    return this.painter !== null && this.view !== null && this.hasRoom;
  }

  async attach(host: HTMLElement, wish: PainterWish): Promise<void> {
    this.host = host;
    const makeCanvas = () => {
      const canvas = document.createElement('canvas');
      canvas.setAttribute('aria-hidden', 'true');
      host.querySelector('canvas')?.remove();
      host.prepend(canvas);
      return canvas;
    };
    let losses = 0;
    let choice = 0;
    const usePainter = async (wanted: PainterWish) => {
      const mine = ++choice;
      this.choosing = true;
      const painter = await choosePainter(makeCanvas, this.options.flat ? 'canvas' : wanted);
      if (mine !== choice) return painter.dispose();
      this.painter = painter;
      this.budget = null;
      this.choosing = false;
      this.painter.onLost(sentence => {
        this.painter?.dispose();
        this.painter = null;
        // A GPU process that crashed once comes back; one that crashes again and again does not.
        losses++;
        const again = losses <= MOST_LOSSES;
        const next = again ? 'A new one is tried.' : 'The memory view is drawn without a GPU from here on.';
        this.ports.onFailure(`${sentence} ${next}`);
        void usePainter(again ? wish : 'canvas');
      });
      this.ports.onPainter(this.painter);
      this.invalidate();
    };
    new ResizeObserver(() => this.invalidate()).observe(host);
    // The frame that was asked for does not come any more; the lab waits for the picture all the same.
    document.addEventListener('visibilitychange', () => {
      if (document.hidden && this.frameRequested) this.drawNow();
    });
    this.usePainter = async () => {
      const old = this.painter;
      this.painter = null;
      old?.dispose();
      await usePainter(losses > MOST_LOSSES ? 'canvas' : wish);
    };
    await usePainter(wish);
  }

  /** Take a new view; what moved since the one before is animated. */
  show({ before, after, changes, jump }: Transition): void {
    if (this.view === after) return;
    const old = this.layout;
    this.view = after;
    this.layout = layOutScene(after, old?.slabs, old?.strip);
    const { reduced, speed } = this.options;
    const still = jump || !old || document.hidden;
    this.motions = still
      ? []
      : motionsBetween(old, this.layout, changes, { now: performance.now(), speed, reduced });
    const faults = changes.flatMap(change =>
      change.kind === 'fault' && !jump ? [[change.vmaId, change.outcome] as const] : [],
    );
    this.faulting = new Map(faults);
    this.cleared = jump ? [] : clearedRuns(before.gart.runs, after.gart.runs);
    // A view that was not complete yet is complete now: it has been overtaken.
    if (this.unshown) this.ports.onShown(this.unshown.view, false);
    this.unshown = { view: after, changed: !jump && changes.length > 0 };
    this.invalidate();
  }

  setOptions(options: StageOptions): void {
    const other = options.flat !== this.options.flat;
    this.options = options;
    if (other) {
      this.orbit = options.flat ? FLAT : THREE_QUARTER;
      this.zoom = 1;
      this.pan = [0, 0];
      void this.usePainter?.(null);
    }
    this.invalidate();
  }

  turn(orbit: Orbit): void {
    // A plan has no other side.
    if (this.options.flat) return;
    this.orbit = clampOrbit(orbit);
    this.invalidate();
  }

  get orbitNow(): Orbit {
    return this.orbit;
  }

  /** Show more or less, keeping the point under the pointer where it is. */
  zoomBy(factor: number, at: Point): void {
    const before = this.camera;
    const next = Math.min(MOST_ZOOM, Math.max(LEAST_ZOOM, this.zoom * factor));
    const real = next / this.zoom;
    this.zoom = next;
    if (before && this.host) {
      const { clientWidth, clientHeight } = this.host;
      const centre = this.centre(clientWidth, clientHeight);
      const keep = (i: 0 | 1) => at[i] - centre[i] - (at[i] - centre[i] - this.pan[i]) * real;
      this.pan = [keep(0), keep(1)];
    }
    if (this.zoom <= 1) this.pan = [0, 0];
    this.invalidate();
  }

  panBy(dx: number, dy: number): void {
    this.pan = [this.pan[0] + dx, this.pan[1] + dy];
    this.invalidate();
  }

  goHome(): void {
    this.orbit = this.options.flat ? FLAT : THREE_QUARTER;
    this.zoom = 1;
    this.pan = [0, 0];
    this.invalidate();
  }

  /** Bring what is selected into the middle, as large as its surroundings allow. @returns false when it has no place */
  frameSelection(): boolean {
    const { host, layout } = this;
    if (!host || !layout) return false;
    const { selection, focus } = this.options;
    const points = pointsOf(layout, selection, focus);
    if (points.length === 0) return false;
    const { clientWidth, clientHeight } = host;
    const whole = frame(this.orbit, layout.extent, clientWidth, clientHeight, MARGINS);
    const all = boundsOf(layout.extent.map(p => project(whole, p)));
    const part = boundsOf(points.map(p => project(whole, p)));
    const fits = Math.min(clientWidth / Math.max(1, part.width), clientHeight / Math.max(1, part.height));
    this.zoom = Math.min(MOST_ZOOM, Math.max(1, fits * FRAMED_SHARE));
    this.pan = [(all.x - part.x) * this.zoom, (all.y - part.y) * this.zoom];
    this.invalidate();
    return true;
  }

  pickAt(at: Point): Selection | null {
    if (!this.layout || !this.picture || !this.camera) return null;
    return pick(this.layout, this.picture.boxes, this.camera, at);
  }

  invalidate(): void {
    this.dirty = true;
    if (this.frameRequested || !this.canDraw) return;
    this.frameRequested = true;
    const go = () => {
      this.frameRequested = false;
      this.drawNow();
    };
    // A hidden window gets no animation frames, but the lab must not wait for it.
    if (document.hidden) setTimeout(go, 0);
    else requestAnimationFrame(go);
  }

  /** Before the first picture of many objects: how many boxes may be drawn. */
  private measure(painter: Painter): void {
    if (this.measuring || !this.host) return;
    this.measuring = true;
    const { clientWidth, clientHeight } = this.host;
    void measurePainter(painter, this.options.palette.ground, clientWidth, clientHeight).then(budget => {
      this.measuring = false;
      if (painter === this.painter) this.budget = budget;
      this.invalidate();
    });
  }

  private tellNotes(cellPages: number, merged: number): void {
    const budget = this.budget ?? UNMEASURED_BUDGET;
    const key = `${cellPages} ${budget} ${merged}`;
    if (key === this.notes) return;
    this.notes = key;
    this.ports.onNotes({ cellPages, budget, merged });
  }

  private centre(width: number, height: number): Point {
    return [
      MARGINS.left + (width - MARGINS.left - MARGINS.right) / 2,
      MARGINS.top + (height - MARGINS.top - MARGINS.bottom) / 2,
    ];
  }

  private drawNow(): void {
    const { host, painter, view, layout, options } = this;
    if (!host || !painter || !view || !layout) return;
    const width = host.clientWidth;
    const height = host.clientHeight;
    if (width < LEAST_SIZE || height < LEAST_SIZE) return;
    if (this.budget === null && layout.slabs.blocks.length > LEAST_BUDGET) {
      this.measure(painter);
      return;
    }
    this.dirty = false;
    const now = performance.now();
    const over = this.motions.length === 0 || now >= endOf(this.motions);
    const motion = over ? NO_MOTION : pictureAt(this.motions, now, options.reduced);
    if (over) this.motions = [];
    const { palette, selection, focus } = options;
    const camera = frame(this.orbit, layout.extent, width, height, MARGINS, this.zoom, this.pan);
    const picture = drawPicture(view, layout, camera, palette, motion, {
      selection,
      ribbons: options.ribbons,
      contrast: options.contrast,
      faulting: new Set(this.faulting.keys()),
      cleared: this.cleared,
      width,
      height,
      budget: this.budget ?? UNMEASURED_BUDGET,
      keep: new Set([...motion.moves.keys(), ...(focus === null ? [] : [focus])]),
      flat: options.flat,
      detail: this.detail,
    });
    this.tellNotes(layout.slabs.cellPages, picture.merged);
    this.camera = camera;
    this.picture = picture;
    try {
      const pixelRatio = painter.software ? 1 : Math.min(2, window.devicePixelRatio || 1);
      painter.draw({ items: picture.items, camera, width, height, pixelRatio, ground: palette.ground });
    } catch (error) {
      this.ports.onFailure(
        `The memory view could not be drawn: ${error instanceof Error ? error.message : String(error)}.`,
      );
    }
    const labels = labelPicture({
      view,
      layout,
      picture,
      motion,
      camera,
      focus,
      faulting: this.faulting,
      measure: this.ports.measure,
      width,
      height,
      blocked: coveredBy(host),
    });
    this.ports.onOverlay(drawOverlay(layout, picture, labels, camera, focus, this.faulting, width, height));
    if (this.motions.length > 0) {
      this.invalidate();
    } else if (this.unshown) {
      const { view: complete, changed } = this.unshown;
      this.unshown = null;
      this.ports.onShown(complete, changed);
    }
  }
}
