/**
 * `window.waitForLabIdle()`: resolves when nothing was pending, drawn or moving for 100 ms. Tests wait for it instead of sleeping.
 */

const QUIET_MS = 100;
const LOOK_MS = 20;

declare global {
  interface Window {
    /** Resolves when no request, redraw or animation was under way for 100 ms. */
    waitForLabIdle(): Promise<void>;
  }
}

const parts = new Set<() => boolean>();

/** A part of the window says when it has something pending or to be drawn. @returns takes it back */
export function addBusyPart(busy: () => boolean): () => void {
  parts.add(busy);
  return () => parts.delete(busy);
}

/** @param busy true while something is pending, to be drawn, or moving */
export function offerIdleSignal(busy: () => boolean): void {
  const animates = () => document.getAnimations().some(animation => animation.playState === 'running');
  window.waitForLabIdle = () =>
    new Promise(resolve => {
      let quietSince = performance.now();
      const look = () => {
        const now = performance.now();
        if (busy() || [...parts].some(part => part()) || animates()) quietSince = now;
        if (now - quietSince >= QUIET_MS) resolve();
        else setTimeout(look, LOOK_MS);
      };
      setTimeout(look, 0);
    });
}
