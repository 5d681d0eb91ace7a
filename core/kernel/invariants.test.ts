/** The list of invariants is complete, holds over every recording, and turns red when something is broken on purpose. */
import { describe, expect, test } from 'vitest';
import { HostMachine } from '../hw/host/host_machine.ts';
import { notModelled } from '../lab/transcript/not_modelled.ts';
import { parseTranscript } from '../lab/transcript/transcript_file.ts';
import '../session/calls/all.ts';
import { Player } from '../session/player.ts';
import { machineAsset, transcriptFiles, transcriptGroups } from '../testing/transcript_files.ts';
import { bootKernel } from './boot.ts';
import { CHAPTER_8 } from './invariant_list.ts';
import { invariantEntries } from './invariants.ts';
import { KERNEL_ERAS } from './kernel_era.ts';
import { sysMemfd } from './sys_anon.ts';
import { sysOpen } from './sys_open.ts';
import { spawnTask } from './sys_task.ts';

const description = machineAsset('transcripts-pc');

test('chapter 8: numbers 1 to 70 once each, each with code under its name or marked with what it waits for', () => {
  expect(CHAPTER_8.map(({ number }) => number)).toEqual(Array.from({ length: 70 }, (_, i) => i + 1));
  const entries = invariantEntries();
  const hasCode = (number: number, name: string) =>
    entries.some(entry => entry.number === number && entry.name === name);
  const missing = CHAPTER_8.filter(row => row.waitsFor === undefined && !hasCode(row.number, row.name));
  expect(missing).toEqual([]);
  const withCode = new Set(entries.map(({ number }) => number));
  const wronglyMarked = CHAPTER_8.filter(row => row.waitsFor !== undefined && withCode.has(row.number));
  expect(wronglyMarked, 'these have code: remove the mark').toEqual([]);
});

test('every entry has its place in chapter 8, rooms, and eras that exist; none is there twice', () => {
  const eras = new Set(KERNEL_ERAS.map(({ name }) => name));
  const seen = new Set<string>();
  for (const { number, name, kind, rooms, eras: holdsIn, breaksIn = [] } of invariantEntries()) {
    expect(CHAPTER_8[number - 1]?.number).toBe(number);
    expect(name).not.toBe('');
    expect(['state', 'transition', 'trace', 'scenario']).toContain(kind);
    expect(rooms.length).toBeGreaterThan(0);
    for (const era of [...(holdsIn === 'all' ? [] : holdsIn), ...breaksIn]) expect(eras).toContain(era);
    const key = `${number} ${name} (${rooms.join()})`;
    expect(seen).not.toContain(key);
    seen.add(key);
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

test.each(['transcripts-pc', 'lab-16m'])('%s: scenario entries hold', name => {
  const kernel = bootKernel(machineAsset(name));
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
