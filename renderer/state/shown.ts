/**
 * Who tells the lab that a view was seen: the memory view when its picture is complete, or the window itself while the
 * memory view is closed or behind another tab. The lab waits for it, so somebody always has to.
 */
import { effect, signal } from '@preact/signals';
import type { PainterWish } from '../scene/choose_painter.ts';
import { transition } from './lab_store.ts';

type OnShown = (viewNumber: number, changed: boolean) => void;

let tell: OnShown = () => {};

/** True while a memory view is in sight and answers for its pictures. */
export const pictureVisible = signal(false);
/** How the memory view is to be drawn; null: the best there is. */
export const painterWish = signal<PainterWish>(null);

const FLAT_KEY = 'gart-lab.flat';

function keptFlat(): boolean {
  try {
    return localStorage.getItem(FLAT_KEY) === 'yes';
  } catch {
    return false;
  }
}

/** The memory view is a plan of flat slabs; kept for the next time. */
export const flatView = signal(keptFlat());

/** Draw a plan, or in three dimensions. */
export function setFlat(flat: boolean): void {
  flatView.value = flat;
  try {
    localStorage.setItem(FLAT_KEY, flat ? 'yes' : 'no');
  } catch {
    // A window that may keep nothing draws as it was asked until it closes.
  }
}

/** The picture of a view is complete; `changed` when something moved in it. */
export const pictureShown: OnShown = (viewNumber, changed) => tell(viewNumber, changed);

/** Say who is told; called once by main.tsx. */
export function tellShown(to: OnShown): void {
  tell = to;
  effect(() => {
    const { after } = transition.value;
    if (!pictureVisible.value) tell(after.status.number, false);
  });
}
