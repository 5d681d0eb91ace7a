/** Pointer and keys on the memory view: click selects, drag turns, Shift-drag moves, wheel zooms, keys do the same. */
import { FRONT, THREE_QUARTER, TOP } from '../scene/camera.ts';
import type { Stage } from '../scene/stage.ts';
import { select } from '../state/actions.ts';

/** A press that moves less than this is a click. */
const CLICK_PIXELS = 4;
const DEGREES_PER_PIXEL = 0.3;
const KEY_DEGREES = 5;

/** @returns stops following */
export function followPointer(host: HTMLElement, stage: Stage): () => void {
  let press: { x: number; y: number; moved: boolean } | null = null;
  const point = (event: MouseEvent): [number, number] => {
    const box = host.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const onControl = (event: Event) => (event.target as Element).closest('button, aside, select') !== null;

  function down(event: PointerEvent): void {
    if (event.button !== 0 || onControl(event)) return;
    press = { x: event.clientX, y: event.clientY, moved: false };
    host.setPointerCapture(event.pointerId);
  }
  function move(event: PointerEvent): void {
    if (!press) return;
    const dx = event.clientX - press.x;
    const dy = event.clientY - press.y;
    if (!press.moved && Math.hypot(dx, dy) < CLICK_PIXELS) return;
    press = { x: event.clientX, y: event.clientY, moved: true };
    if (event.shiftKey) stage.panBy(dx, dy);
    else {
      const { azimuth, elevation } = stage.orbitNow;
      stage.turn({
        azimuth: azimuth + dx * DEGREES_PER_PIXEL,
        elevation: elevation + dy * DEGREES_PER_PIXEL,
      });
    }
  }
  function up(event: PointerEvent): void {
    if (press && !press.moved) select(stage.pickAt(point(event)));
    press = null;
  }
  function wheel(event: WheelEvent): void {
    if (onControl(event)) return;
    event.preventDefault();
    stage.zoomBy(Math.exp(-event.deltaY * 0.0015), point(event));
  }
  function doubleClick(event: MouseEvent): void {
    if (!onControl(event) && stage.pickAt(point(event)) === null) stage.goHome();
  }
  function key(event: KeyboardEvent): void {
    if (event.target !== host || event.ctrlKey || event.metaKey || event.altKey) return;
    const { azimuth, elevation } = stage.orbitNow;
    const middle: [number, number] = [host.clientWidth / 2, host.clientHeight / 2];
    const actions: Record<string, () => void> = {
      '1': () => stage.turn(THREE_QUARTER),
      '2': () => stage.turn(TOP),
      '3': () => stage.turn(FRONT),
      Home: () => stage.goHome(),
      ArrowLeft: () => stage.turn({ azimuth: azimuth - KEY_DEGREES, elevation }),
      ArrowRight: () => stage.turn({ azimuth: azimuth + KEY_DEGREES, elevation }),
      ArrowUp: () => stage.turn({ azimuth, elevation: elevation + KEY_DEGREES }),
      ArrowDown: () => stage.turn({ azimuth, elevation: elevation - KEY_DEGREES }),
      '+': () => stage.zoomBy(1.25, middle),
      '=': () => stage.zoomBy(1.25, middle),
      '-': () => stage.zoomBy(0.8, middle),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  }
  host.addEventListener('pointerdown', down);
  host.addEventListener('pointermove', move);
  host.addEventListener('pointerup', up);
  host.addEventListener('wheel', wheel, { passive: false });
  host.addEventListener('dblclick', doubleClick);
  host.addEventListener('keydown', key);
  return () => {
    host.removeEventListener('pointerdown', down);
    host.removeEventListener('pointermove', move);
    host.removeEventListener('pointerup', up);
    host.removeEventListener('wheel', wheel);
    host.removeEventListener('dblclick', doubleClick);
    host.removeEventListener('keydown', key);
  };
}
