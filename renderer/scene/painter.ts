/** A painter puts items on a canvas. There are three: WebGPU and WebGL2 through three.js, and a plain 2D context. */
import type { Camera } from './camera.ts';
import type { Rgb } from './color.ts';
import type { Item } from './items.ts';

export interface Frame {
  readonly items: readonly Item[];
  readonly camera: Camera;
  /** CSS pixels. */
  readonly width: number;
  readonly height: number;
  /** Canvas pixels per CSS pixel. */
  readonly pixelRatio: number;
  readonly ground: Rgb;
}

export interface Painter {
  /** `WebGPU`, `WebGL2`, `Canvas 2D`: shown to the person. */
  readonly name: string;
  /** Why it is this one, a sentence; empty for the first choice. */
  readonly because: string;
  /** True when the processor draws: fewer canvas pixels. */
  readonly software: boolean;
  draw(frame: Frame): void;
  /** Called once when drawing can no longer work (the device is lost). */
  onLost(tell: (sentence: string) => void): void;
  dispose(): void;
}
