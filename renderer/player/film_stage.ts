/** A film drawn beside the screen, at any size: for stills and videos. */
import type { Film } from './film.ts';
import { FilmPainter } from './film_painter.ts';

export class FilmStage {
  private readonly painter: FilmPainter;

  constructor(readonly film: Film) {
    const canvas = document.createElement('canvas');
    // Every frame is read back for the file: drawn where that is cheap.
    canvas.getContext('2d', { willReadFrequently: true });
    this.painter = new FilmPainter(film, canvas);
  }

  /** A moment of it, in ms. */
  drawMoment(moment: number, width: number, height: number): HTMLCanvasElement {
    const number = this.film.numberAt(moment);
    return this.draw(number, moment - this.film.frame(number).start, width, height);
  }

  /** A step as it is when everything has arrived. */
  drawStep(step: number, width: number, height: number): HTMLCanvasElement {
    return this.draw(step, Number.POSITIVE_INFINITY, width, height);
  }

  private draw(number: number, into: number, width: number, height: number): HTMLCanvasElement {
    const { canvas } = this.painter;
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    this.painter.draw(number, into, { width, height, pixelRatio: 1 });
    return canvas;
  }
}
