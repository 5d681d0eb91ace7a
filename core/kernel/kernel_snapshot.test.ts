/** The whole kernel is one graph: stored in the middle of a recording and restored, it goes on to the same digest. */
import { expect, test } from 'vitest';
import { restoreSnapshot, type SnapshotImage, takeSnapshot } from '../base/snapshot.ts';
import { HostMachine } from '../hw/host/host_machine.ts';
import { notModelled } from '../lab/transcript/not_modelled.ts';
import { parseTranscript } from '../lab/transcript/transcript_file.ts';
import '../session/calls/all.ts';
import type { Input } from '../session/input.ts';
import type { NameTable } from '../session/name_table.ts';
import { Player } from '../session/player.ts';
import { machineAsset, transcriptFiles, transcriptGroups } from '../testing/transcript_files.ts';
import { bootKernel } from './boot.ts';
import type { Kernel } from './kernel.ts';
import { changedLines, kernelStateLines } from './state_lines.ts';

const description = machineAsset('transcripts-pc');

/** Through text, as a session file would carry it (typed arrays apart). */
function throughText(image: SnapshotImage): SnapshotImage {
  return { ...JSON.parse(JSON.stringify({ ...image, arrays: [] })), arrays: image.arrays };
}

async function playAll(player: Player, inputs: readonly Input[]): Promise<unknown[]> {
  return (await player.play(inputs)).map(step => step.answer);
}

const runnable = transcriptGroups()
  .flatMap(transcriptFiles)
  .map(file => parseTranscript(file.text, file.path))
  .filter(transcript => notModelled(transcript, bootKernel(description)).length === 0);

test.each(runnable.map(transcript => [`${transcript.group}/${transcript.name}`, transcript] as const))(
  '%s: snapshot in the middle, restored, ends like the whole',
  async (_, { steps }) => {
    const inputs = steps.map(({ task, call, args, as }) =>
      as === undefined ? { task, call, args } : { task, call, args, as },
    );
    const middle = Math.floor(inputs.length / 2);
    const whole = new Player(bootKernel(description), new HostMachine(description));
    await whole.play(inputs.slice(0, middle));
    await whole.barrier();
    whole.kernel.queue.prepareSnapshot();
    const image = takeSnapshot({ kernel: whole.kernel, names: whole.names });
    const answers = await playAll(whole, inputs.slice(middle));

    const restored = restoreSnapshot(throughText(image)) as { kernel: Kernel; names: NameTable };
    const machine = new HostMachine(restored.kernel.description);
    await machine.restoreContents(restored.kernel.queue);
    const rest = new Player(restored.kernel, machine, restored.names, middle);
    expect(await playAll(rest, inputs.slice(middle))).toEqual(answers);
    expect(changedLines(kernelStateLines(whole.kernel), kernelStateLines(restored.kernel))).toEqual([]);
    expect(restored.kernel.trace.digest()).toBe(whole.kernel.trace.digest());
  },
);
