/** The list of invariants is complete, holds over every recording, and turns red when something is broken on purpose. */
import { describe, expect, test } from 'vitest';
import { HostMachine } from '../hw/host/host_machine.ts';
import { notModelled } from '../lab/transcript/not_modelled.ts';
import { parseTranscript } from '../lab/transcript/transcript_file.ts';
import '../session/calls/all.ts';
import { Player } from '../session/player.ts';
import { machineAsset, transcriptFiles, transcriptGroups } from '../testing/transcript_files.ts';
import { bootKernel } from './boot.ts';
import { invariantEntries, LISTED_INVARIANTS } from './invariants.ts';
import { sysMemfd } from './sys_anon.ts';
import { sysOpen } from './sys_open.ts';
import { spawnTask } from './sys_task.ts';

const description = machineAsset('transcripts-pc');

test('every listed invariant has code, every entry its place in chapter 8', () => {
  const entries = invariantEntries();
  const withCode = new Set(entries.map(entry => entry.number));
  expect(LISTED_INVARIANTS.filter(number => !withCode.has(number))).toEqual([]);
  for (const { number, name, kind, rooms } of entries) {
    expect(number).toBeGreaterThanOrEqual(1);
    expect(number).toBeLessThanOrEqual(70);
    expect(name).not.toBe('');
    expect(['state', 'transition', 'trace', 'scenario']).toContain(kind);
    expect(rooms.length).toBeGreaterThan(0);
  }
});

test.each(transcriptGroups())(
  '%s: state invariants hold after every step of every recording, trace ones at its end',
  async group => {
    const entries = invariantEntries();
    for (const file of transcriptFiles(group)) {
      const transcript = parseTranscript(file.text, file.path);
      const kernel = bootKernel(description);
      if (notModelled(transcript, kernel).length > 0) continue;
      const player = new Player(kernel, new HostMachine(description));
      for (const { task, call, args, as } of transcript.steps) {
        const { position } = await player.step(
          as === undefined ? { task, call, args } : { task, call, args, as },
        );
        const violations = kernel.check(entries);
        expect({ at: `${file.path} step ${position} (${call})`, violations }).toMatchObject({
          violations: [],
        });
      }
    }
  },
);

test('scenario entries hold', () => {
  const kernel = bootKernel(description);
  for (const entry of invariantEntries()) {
    if (entry.kind === 'scenario')
      expect({ name: entry.name, says: entry.check(kernel) }).toMatchObject({ says: [] });
  }
});

describe('broken on purpose', () => {
  test('a lost file reference: 26', () => {
    const kernel = bootKernel(description);
    const task = spawnTask(kernel, 'A');
    task.files.get(sysMemfd(kernel, task, 'x', false), 'test').count++;
    expect(kernel.check()).toEqual([
      expect.stringMatching(/^26 File count: .*memfd:x.* counts 2 references; 1 were found/),
    ]);
  });

  test('a lost inode reference: 28', () => {
    const kernel = bootKernel(description);
    const task = spawnTask(kernel, 'A');
    const fd = sysOpen(kernel, task, '/tmp/y', { mode: 'rdwr', create: true });
    task.files.get(fd, 'test').inode.count--;
    expect(kernel.check()).toEqual([
      expect.stringMatching(/^28 inode count: .* counts 1 references; 2 were found/),
    ]);
  });
});
