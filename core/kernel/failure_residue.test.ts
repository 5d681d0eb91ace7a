/** Every refusal in every recording leaves exactly what failure_residue.ts says: nothing, unless a row allows it. */
import { expect, test } from 'vitest';
import { ERRNO, type Errno } from '../base/errno.ts';
import { HostMachine } from '../hw/host/host_machine.ts';
import type { MachineDescription } from '../hw/machine_description.ts';
import { runHistory } from '../lab/fuzz/history.ts';
import { notModelled } from '../lab/transcript/not_modelled.ts';
import { parseTranscript } from '../lab/transcript/transcript_file.ts';
import '../session/calls/all.ts';
import type { Input } from '../session/input.ts';
import { Player } from '../session/player.ts';
import { machineAsset, transcriptFiles, transcriptGroups } from '../testing/transcript_files.ts';
import { bootKernel } from './boot.ts';
import { FAILURE_RESIDUE, residueProblem } from './failure_residue.ts';
import { changedLines, kernelStateLines } from './state_lines.ts';

const description = machineAsset('transcripts-pc');

/** Play inputs, look at the state around every refusal. @returns sentences, and calls that left something */
async function lookAtRefusals(machine: MachineDescription, inputs: readonly Input[], where: string) {
  const kernel = bootKernel(machine);
  const player = new Player(kernel, new HostMachine(machine));
  const problems: string[] = [];
  const residues = new Set<string>();
  let refusals = 0;
  for (const input of inputs) {
    // Work in flight ends by itself as time passes; that is no residue of the call.
    while (kernel.fences.nrPending > 0) {
      kernel.fences.advanceTo(kernel.fences.nextSignalAt);
      // What an engine answered is looked at when its time comes; after a reset requests run again.
      if (!kernel.deliverAnswers()) await player.barrier();
    }
    const before = kernelStateLines(kernel);
    const step = await player.step(input);
    const { ret } = step.answer;
    if (typeof ret !== 'string' || !(ret in ERRNO)) continue;
    refusals++;
    const changes = changedLines(before, kernelStateLines(kernel));
    if (changes.length > 0) residues.add(input.call);
    const problem = residueProblem(input.call, ret as Errno, changes);
    if (problem) problems.push(`${where} step ${step.position} ${JSON.stringify(input)}: ${problem}`);
  }
  return { problems, residues, refusals };
}

test('a refused call changes nothing but what its row allows, over all recordings', async () => {
  const residues = new Set<string>();
  let refusals = 0;
  for (const file of transcriptGroups().flatMap(transcriptFiles)) {
    const transcript = parseTranscript(file.text, file.path);
    if (notModelled(transcript, bootKernel(description)).length > 0) continue;
    const inputs = transcript.steps.map(({ task, call, args, as }) =>
      as === undefined ? { task, call, args } : { task, call, args, as },
    );
    const seen = await lookAtRefusals(description, inputs, file.path);
    expect(seen.problems).toEqual([]);
    refusals += seen.refusals;
    for (const call of seen.residues) residues.add(call);
  }
  expect(refusals).toBeGreaterThan(150);
  // The recordings show these residues, so a model without them is wrong too.
  expect([...residues]).toEqual(expect.arrayContaining(['mprotect', 'madvise', 'mremap', 'drm.setCrtc']));
});

test.each(['transcripts-pc', 'lab-16m'])('%s: the same over random histories', async name => {
  const machine = machineAsset(name);
  let refusals = 0;
  for (let seed = 1; seed <= 4; seed++) {
    const { inputs } = await runHistory({
      seed,
      steps: 400,
      description: machine,
      newMachine: of => new HostMachine(of),
      checkEvery: 1_000,
    });
    const seen = await lookAtRefusals(machine, inputs, `seed ${seed}`);
    expect(seen.problems).toEqual([]);
    refusals += seen.refusals;
  }
  expect(refusals).toBeGreaterThan(100);
});

test('every row names its source, a call once per error, and what may change', () => {
  const seen = new Set<string>();
  for (const row of FAILURE_RESIDUE) {
    expect(row.source).toMatch(/\.c: \w+.*(read|recorded)/);
    expect(row.mayChange.length).toBeGreaterThan(0);
    for (const errno of row.errno) {
      expect(seen).not.toContain(`${row.call} ${errno}`);
      seen.add(`${row.call} ${errno}`);
    }
  }
});
