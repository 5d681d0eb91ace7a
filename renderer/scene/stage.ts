/**
 * The stage: turns views into pictures on a canvas, on demand. A hidden window, a paused machine and an idle view draw nothing.
 *
 * Life     attach(host) chooses a painter; show() takes a new view; draw happens in the next animation frame while something
 *          moves or changed, and `onShown` is called when the picture of a view is complete
 */
import type { LabView, Selection } from '../../core/public/view_types.ts';
import type { Transition } from '../state/lab_store.ts';
import { takeTurns } from '../state/turns.ts';
import { type Camera, clampOrbit, FLAT, frame, type Orbit, type Point, THREE_QUARTER } from './camera.ts';
import { choosePainter, type PainterWish } from './choose_painter.ts';
import { coveredBy } from './covered_by.ts';
import { DetailMemo, LEAST_BUDGET } from './detail.ts';
import { keepEqual, type Measure, type ShownLabel } from './label_draft.ts';
import type { Rect } from './label_placement.ts';
import { labelPicture } from './labels.ts';
import { type LaidOut, layOutStep } from './laid_out.ts';
import { measurePainter, UNMEASURED_BUDGET } from './measure_painter.ts';
import { endOf, type Motion, NO_MOTION, pictureAt } from './motion.ts';
import { drawOverlay, type Overlay } from './overlay.ts';
import type { Painter } from './painter.ts';
import type { Palette } from './palette.ts';
import { pick } from './picking.ts';
import { drawPicture, type Picture, type RibbonChoice } from './picture.ts';
import { pointsOf } from './selected_points.ts';
import { centreOf, framing, LEAST_ZOOM, MARGINS, MOST_ZOOM } from './view_frame.ts';

/** Devices that the view may lose before it does without one. */
const MOST_LOSSES = 2;
/** A layout that took longer leaves the picture to the next frame. */
const LONG_LAYOUT_MS = 1;
/** CSS pixels of a view in which something can be seen. */
const LEAST_SIZE = 8;

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

export class Stage {
  private host: HTMLElement | null = null;
  private painter: Painter | null = null;
  private options: StageOptions;
  private view: LabView | null = null;
  private laid: LaidOut | null = null;
  /** The newest view, until it is laid out. */
  private unlaid: Transition | null = null;
  private picture: Picture | null = null;
  private camera: Camera | null = null;
  private motions: readonly Motion[] = [];
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
  private readonly drawing = takeTurns(() => this.takeTurn());
  /** CSS pixels of the host, and what covers it: asked for when they changed, because asking makes the page lay itself out. */
  private width = 0;
  private height = 0;
  private covers: readonly Rect[] | null = null;
  /** The labels of the last picture. */
  private labels: readonly ShownLabel[] = [];
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
    return this.width >= LEAST_SIZE && this.height >= LEAST_SIZE;
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
    const measured = () => {
      this.width = host.clientWidth;
      this.height = host.clientHeight;
      this.coversChanged();
    };
    measured();
    new ResizeObserver(measured).observe(host);
    this.usePainter = async () => {
      const old = this.painter;
      this.painter = null;
      old?.dispose();
      await usePainter(losses > MOST_LOSSES ? 'canvas' : wish);
    };
    await usePainter(wish);
  }

  /** Take a new view; what moved since the one before is animated. It is laid out and drawn when the panels have shown it. */
  show(next: Transition): void {
    if (this.view === next.after) return;
    this.view = next.after;
    // Between a view that was never laid out and this one nothing can be seen to move.
    this.unlaid = this.unlaid ? { ...next, jump: true } : next;
    // A view that was not complete yet is complete now: it has been overtaken.
    if (this.unshown) this.ports.onShown(this.unshown.view, false);
    this.unshown = { view: next.after, changed: !next.jump && next.changes.length > 0 };
    this.invalidateAfterPanels();
  }

  /** Something that lies over the view came, went or has other words. */
  coversChanged(): void {
    this.covers = null;
    this.invalidateAfterPanels();
  }

  setOptions(options: StageOptions): void {
    const old = this.options;
    this.options = options;
    // A new selection is outlined at once; the picture follows.
    if (options.focus !== old.focus) this.tellOverlay();
    if (options.flat !== old.flat) {
      this.orbit = options.flat ? FLAT : THREE_QUARTER;
      this.zoom = 1;
      this.pan = [0, 0];
      void this.usePainter?.(null);
    }
    this.invalidateAfterPanels();
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
    if (before) {
      const centre = centreOf(this.width, this.height);
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
    const { laid, width, height } = this;
    if (!laid || !this.hasRoom) return false;
    const { selection, focus } = this.options;
    const found = framing(laid.layout, this.orbit, pointsOf(laid.layout, selection, focus), width, height);
    if (!found) return false;
    this.zoom = found.zoom;
    this.pan = found.pan;
    this.invalidate();
    return true;
  }

  pickAt(at: Point): Selection | null {
    if (!this.laid || !this.picture || !this.camera) return null;
    return pick(this.laid.layout, this.picture.boxes, this.camera, at);
  }

  invalidate(): void {
    this.dirty = true;
    if (this.canDraw) this.drawing.again();
  }

  /** The panels render what changed first. */
  private invalidateAfterPanels(): void {
    this.dirty = true;
    if (this.canDraw) this.drawing.afterPanels();
  }

  /** Before the first picture of many objects: how many boxes may be drawn. */
  private measure(painter: Painter): void {
    if (this.measuring || !this.host) return;
    this.measuring = true;
    void measurePainter(painter, this.options.palette.ground, this.width, this.height).then(budget => {
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

  /** What lies over the last picture, with the selection of now. */
  private tellOverlay(): void {
    const { laid, picture, camera, labels, width, height } = this;
    if (!laid || !picture || !camera) return;
    const { focus } = this.options;
    this.ports.onOverlay(
      drawOverlay(laid.layout, picture, labels, camera, focus, laid.faulting, width, height),
    );
  }

  /** Draw; the layout of very many objects takes a turn of its own. */
  private takeTurn(): void {
    if (this.unlaid) {
      const began = performance.now();
      if (!this.layOut(this.unlaid)) return;
      if (performance.now() - began > LONG_LAYOUT_MS) {
        this.drawing.again();
        return;
      }
    }
    this.drawNow();
  }

  /** @returns false when this view cannot be laid out: the picture stays as it was */
  private layOut(next: Transition): boolean {
    this.unlaid = null;
    try {
      this.laid = layOutStep(next, this.laid?.layout ?? null, this.options);
      this.motions = this.laid.motions;
      return true;
    } catch (error) {
      this.dirty = false;
      this.motions = [];
      if (this.unshown) this.unshown = { ...this.unshown, changed: false };
      this.ports.onFailure(
        `The memory view cannot show this state: ${error instanceof Error ? error.message : String(error)}.`,
      );
      // The lab waits for every picture: one that cannot be drawn must not stop it.
      this.tellShown();
      return false;
    }
  }

  private tellShown(): void {
    if (!this.unshown) return;
    const { view, changed } = this.unshown;
    this.unshown = null;
    this.ports.onShown(view, changed);
  }

  private drawNow(): void {
    const { host, painter, view, laid, options, width, height } = this;
    if (!host || !painter || !view || !laid || !this.hasRoom) return;
    const { layout, faulting, cleared } = laid;
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
      faulting: new Set(faulting.keys()),
      cleared,
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
    this.covers ??= coveredBy(host);
    const labels = labelPicture({
      view,
      layout,
      picture,
      motion,
      camera,
      focus,
      faulting,
      measure: this.ports.measure,
      width,
      height,
      blocked: this.covers,
    });
    this.labels = keepEqual(this.labels, labels);
    this.tellOverlay();
    if (this.motions.length > 0) this.invalidate();
    else this.tellShown();
  }
}
