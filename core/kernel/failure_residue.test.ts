/** Every refusal in every recording leaves exactly what failure_residue.ts says: nothing, unless a row allows it. */
import { expect, test } from 'vitest';
import { ERRNO, type Errno } from '../base/errno.ts';
import { HostMachine } from '../hw/host/host_machine.ts';
import { notModelled } from '../lab/transcript/not_modelled.ts';
import { parseTranscript } from '../lab/transcript/transcript_file.ts';
import '../session/calls/all.ts';
import { Player } from '../session/player.ts';
import { machineAsset, transcriptFiles, transcriptGroups } from '../testing/transcript_files.ts';
import { bootKernel } from './boot.ts';
import { FAILURE_RESIDUE, residueOf } from './failure_residue.ts';
import { changedLines, kernelStateLines } from './state_lines.ts';

const description = machineAsset('transcripts-pc');

/** Kinds of state lines that differ, `vma` of `- vma 3-4 ...`. */
function kindsOf(changes: readonly string[]): Set<string> {
  return new Set(changes.map(line => line.slice(2).trim().split(' ')[0]!));
}

test('a refused call changes nothing but what its row allows, over all recordings', async () => {
  const problems: string[] = [];
  const residues = new Set<string>();
  let refusals = 0;
  for (const file of transcriptGroups().flatMap(transcriptFiles)) {
    const transcript = parseTranscript(file.text, file.path);
    const kernel = bootKernel(description);
    if (notModelled(transcript, kernel).length > 0) continue;
    const player = new Player(kernel, new HostMachine(description));
    for (const { task, call, args, as } of transcript.steps) {
      const before = kernelStateLines(kernel);
      const step = await player.step(as === undefined ? { task, call, args } : { task, call, args, as });
      const { ret } = step.answer;
      if (typeof ret !== 'string' || !(ret in ERRNO)) continue;
      refusals++;
      const changes = changedLines(before, kernelStateLines(kernel));
      if (changes.length === 0) continue;
      const row = residueOf(call, ret as Errno);
      residues.add(call);
      const where = `${file.path} step ${step.position} (${call} ${ret})`;
      if (!row) problems.push(`${where} has no row but changed: ${changes.slice(0, 4).join('; ')}`);
      for (const kind of kindsOf(changes)) {
        if (row && !(row.mayChange as readonly string[]).includes(kind)) {
          problems.push(`${where} changed ${kind}: ${changes.slice(0, 4).join('; ')}`);
        }
      }
    }
  }
  expect(problems).toEqual([]);
  expect(refusals).toBeGreaterThan(150);
  // The recordings show these residues, so a model without them is wrong too.
  expect([...residues]).toEqual(expect.arrayContaining(['mprotect', 'madvise', 'mremap', 'drm.setCrtc']));
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
