/**
 * When the lab's worker ends, by a defect, out of memory or killed, the window starts another one, opens the scene again and
 * goes to the input where it was, and says so. A worker that ends again and again is not started for ever.
 */
import type { LabCommand } from '../../core/public/protocol.ts';
import { MOST_IN_A_MINUTE, Retries } from '../../core/public/retries.ts';
import { select } from './actions.ts';
import type { LabClient, LabPort } from './lab_client.ts';
import { fail, scene, selection, view } from './lab_store.ts';
import { openedScenes } from './opened_scenes.ts';

const count = new Intl.NumberFormat('en');

/**
 * @param openPort starts a worker
 * @param open     the command that a new worker hears first
 * @param first    opens the first scene, if the worker ended before it did
 */
export function restartWhenEnded(
  client: LabClient,
  openPort: () => Promise<LabPort>,
  open: LabCommand,
  first: () => Promise<void>,
  nowMs: () => number = () => performance.now(),
): void {
  const retries = new Retries(nowMs);
  const again = async (how: string) => {
    if (!retries.again()) {
      fail(
        `The lab's worker ended ${MOST_IN_A_MINUTE + 1} times within a minute (${how}). Reload the window to start again.`,
      );
      return;
    }
    const before = scene.peek();
    const { inputsDone } = view.peek().status;
    const selected = selection.peek();
    client.attach(await openPort());
    await client.send(open);
    for (const command of openedScenes()) await client.send(command);
    if (!before) {
      await first();
      fail(`The lab's worker ended (${how}). A new one was started.`);
      return;
    }
    await client.send({ type: 'load', scene: before.id });
    await client.send({ type: 'seek', position: inputsDone });
    if (selected) select(selected, false);
    fail(
      `The lab's worker ended (${how}). A new one opened the scene again and went to input ${count.format(view.peek().status.inputsDone)}; inputs given by hand are gone.`,
    );
  };
  client.onEnd = how => {
    again(how).catch((error: unknown) =>
      fail(`The lab could not be started again: ${error instanceof Error ? error.message : String(error)}.`),
    );
  };
}
