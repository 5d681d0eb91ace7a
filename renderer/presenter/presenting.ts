/**
 * Presenter mode: the memory view fills the screen, one caption after the other. Next plays what the next caption is about, slowly
 * and up to the caption behind it; previous jumps.
 */
import { signal } from '@preact/signals';
import { dockSettled, maximizePanel, restorePanels } from '../dock/dock.tsx';
import * as actions from '../state/actions.ts';
import { speed, view } from '../state/lab_store.ts';
import { captionNow, captions } from '../state/sessions.ts';

export const presenting = signal(false);

/** Moves play at this speed for an audience. */
const PRESENTER_SPEED = 0.5;
let speedBefore = 1;

/** The position at which everything that a caption is about has happened. */
function endOf(caption: number): number {
  const list = captions.peek();
  const next = list.slice(caption + 1).find(({ position }) => position > (list[caption]?.position ?? 0));
  return next?.position ?? view.peek().status.inputs;
}

/** Show a caption: its beginning at once, then what it is about. */
async function play(caption: number): Promise<void> {
  const { position } = captions.peek()[caption]!;
  const { inputsDone } = view.peek().status;
  if (inputsDone !== position) await actions.seek(position);
  if (presenting.peek()) await actions.run(endOf(caption));
}

export async function startPresenting(): Promise<void> {
  if (presenting.peek() || captions.peek().length === 0) return;
  // Sizes are remembered as they are now, before the dock grows to the whole screen.
  maximizePanel('memory');
  presenting.value = true;
  speedBefore = speed.peek();
  if (Number.isFinite(speedBefore)) speed.value = Math.min(speedBefore, PRESENTER_SPEED);
  // A browser may refuse; the window alone is filled then.
  await document.documentElement.requestFullscreen?.().catch(() => {});
  const now = captionNow.peek();
  if (now < 0) await goToCaption(0);
}

export async function stopPresenting(): Promise<void> {
  if (!presenting.peek()) return;
  presenting.value = false;
  speed.value = speedBefore;
  void actions.pause();
  if (document.fullscreenElement) await document.exitFullscreen().catch(() => {});
  // Once the dock has the size it had, each panel gets the one it had.
  await dockSettled();
  if (!presenting.peek()) restorePanels();
}

export async function goToCaption(caption: number): Promise<void> {
  if (caption < 0 || caption >= captions.peek().length) return;
  await play(caption);
}

export async function nextCaption(): Promise<void> {
  await goToCaption(captionNow.peek() + 1);
}

/** Back to where the caption before has been told. */
export async function previousCaption(): Promise<void> {
  const now = captionNow.peek();
  const list = captions.peek();
  if (now <= 0) await actions.seek(0);
  else await actions.seek(Math.max(list[now - 1]!.position + 1, list[now]!.position));
}
