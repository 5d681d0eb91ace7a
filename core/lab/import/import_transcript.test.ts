/** Covers kernel transcripts as sessions: calls as inputs, the kernel's answers as notes, and what happens without a device. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createHostMachine } from '../../hw/host/host_machine.ts';
import { type MachineDescription, parseMachineDescription } from '../../hw/machine_description.ts';
import { memorySource } from '../../session/file/container_reader.ts';
import { captureKind } from '../../session/import/capture_kind.ts';
import { RecordedSession } from '../../session/recorded_session.ts';
import { replaySession } from '../../session/replay.ts';
import { labMachine } from '../../testing/lab_fixture.ts';
import { importTranscript } from './import_transcript.ts';

const read = (path: string) => readFileSync(new URL(`../../../assets/${path}`, import.meta.url));
const bytes = new Uint8Array(read('transcripts/ttm/evict-refault-2mb.json'));

async function importOn(description: MachineDescription) {
  const parts: Uint8Array[] = [];
  const report = await importTranscript(
    'evict',
    memorySource(bytes),
    { write: part => void parts.push(part.slice()) },
    { appVersion: '0', nowMs: () => 0, description },
  );
  return { report, session: await RecordedSession.open(memorySource(new Uint8Array(Buffer.concat(parts)))) };
}

test('a transcript is recognised, replays, and carries what the kernel answered', async () => {
  expect(captureKind(bytes.subarray(0, 65_536))).toEqual({ kind: 'transcript' });
  const description = parseMachineDescription(
    JSON.parse(read('machines/transcripts-pc.json').toString()),
    'test',
  );
  const { report, session } = await importOn(description);
  const steps =
    bytes.length > 0
      ? (JSON.parse(read('transcripts/ttm/evict-refault-2mb.json').toString()) as { steps: unknown[] }).steps
      : [];
  expect(report).toMatchObject({ replayable: true, inputs: steps.length, leftOut: 0 });
  const traced = read('transcripts/ttm/evict-refault-2mb.json')
    .toString()
    .match(/"fn":"ttm_bo_move_memcpy"/g)!;
  expect(report.captured.ttm_bo_move_memcpy).toBeGreaterThanOrEqual(traced.length);
  expect(session.notes).toHaveLength(steps.length);
  expect(session.notes[0]).toEqual({ kind: 'kernel', position: 0, text: 'spawn: {"ret":0}' });
  const machine = createHostMachine(description);
  expect(await replaySession(session, { machine })).toMatchObject({ ok: true, digest: report.digest });
  await machine.dispose();
});

test('a machine without the device: the steps are notes, and that is said', async () => {
  const { report, session } = await importOn(labMachine());
  expect(report).toMatchObject({ replayable: false, inputs: 0, machine: 'none' });
  expect(report.remarks.join()).toContain('The device bochs is not in the booted machine.');
  expect(session.header.machine).toBe('none');
  expect(session.notes.length).toBe(report.leftOut);
});
