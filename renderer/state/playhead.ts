/**
 * The playhead: the instant that every panel shows. Live means that it stands at the newest instant; moving it seeks the lab to the
 * nearest end of an input.
 */
import { computed, signal } from '@preact/signals';
import { sayLine } from '../commands/command.ts';
import { ask, seek } from './actions.ts';
import { view } from './lab_store.ts';
import { counted, duration } from './numbers.ts';

/** Virtual nanoseconds between the instant shown and the newest one; 0 is live. */
export const behindLive = computed(() => {
  const { newest, time } = view.value.status;
  return Math.max(0, newest.time - time);
});

/** How far the instant shown is from the newest one: in virtual time, or in inputs where no time passed between the two. */
export const behindLiveText = computed(() => {
  const { newest, inputsDone } = view.value.status;
  return behindLive.value > 0
    ? duration(behindLive.value)
    : counted(Math.max(0, newest.inputsDone - inputsDone), 'input');
});

/** The lab stands at the newest instant. */
export const isLive = computed(() => {
  const { newest, inputsDone } = view.value.status;
  return inputsDone >= newest.inputsDone;
});

/** Where a drag holds the playhead while the lab is on its way there; null: where the lab stands. */
export const heldAt = signal<number | null>(null);

let wanted: number | null = null;
let running: Promise<void> | null = null;

/** The lab is on its way to where the playhead was put. */
export const isPlayheadMoving = () => running !== null;

async function seekWanted(): Promise<void> {
  // A drag asks faster than the lab can seek: only the newest wish counts.
  while (wanted !== null) {
    const time: number = wanted;
    wanted = null;
    const { position } = await ask('positionAt', { time });
    if (position !== view.peek().status.inputsDone) await seek(position);
  }
}

function follow(): Promise<void> {
  running ??= seekWanted().finally(() => {
    running = null;
  });
  return running;
}

/** A drag holds the playhead here; more will come. */
export function holdAt(time: number): void {
  heldAt.value = time;
  wanted = time;
  void follow();
}

/** Show the instant nearest to a time, and say the line that does it again. */
export async function seekTime(time: number): Promise<void> {
  holdAt(time);
  await follow();
  heldAt.value = null;
  sayLine(`seek ${view.peek().status.inputsDone}`);
}

/** Show the newest instant. */
export async function goLive(): Promise<void> {
  heldAt.value = null;
  await seek(view.peek().status.newest.inputsDone);
}
