/** Covers the player's page: strings of a session cannot become markup, and nothing but its own script may run. */
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { createHostMachine } from '../hw/host/host_machine.ts';
import { applyDelta, EMPTY_VIEW } from '../public/view_delta.ts';
import { ExportCancelled } from '../session/export/session_tables.ts';
import { memorySource } from '../session/file/container_reader.ts';
import { ContainerWriter } from '../session/file/container_writer.ts';
import { encodeHeader } from '../session/file/session_header.ts';
import { RecordedSession } from '../session/recorded_session.ts';
import { ReplayError } from '../session/replay.ts';
import { recordScene } from '../testing/recorded_scene.ts';
import { playerPage } from '../views/player_page.ts';
import { sessionFrames } from '../views/session_frames.ts';
import { exportHtml } from './film_export.ts';
import { CommandFailed } from './outcome.ts';
import { hashOfText } from './player_page.ts';

const recorded = await recordScene('evict-refault');
const fresh = () => createHostMachine(recorded.session.header.description);

test('frames end where the recording ended, with its digest and its captions', async () => {
  const { frames } = await sessionFrames(recorded.session, { machine: fresh() });
  expect(frames.length).toBe(recorded.session.inputs.length + 1);
  let view = EMPTY_VIEW;
  const captions = new Set<string>();
  for (const { delta } of frames) {
    view = applyDelta(view, delta);
    captions.add(view.status.caption);
  }
  expect(view.status.digest).toBe(recorded.session.digests.at(-1)!.digest);
  const wanted = recorded.session.notes.filter(note => note.kind === 'caption').map(note => note.text);
  expect([...captions].sort()).toEqual(expect.arrayContaining(wanted.slice(0, 3)));
  const moves = frames.flatMap(frame => frame.changes.filter(change => change.kind === 'move'));
  expect(moves.length).toBeGreaterThan(1);
});

test('frames of an import: refused; cancelled frames: ExportCancelled', async () => {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const writer = new ContainerWriter({ write: bytes => void parts.push(bytes.slice()) });
  writer.append('HEAD', encodeHeader({ ...recorded.session.header, machine: 'none' }));
  await writer.finish();
  const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
  const imported = await RecordedSession.open(memorySource(bytes));
  await expect(sessionFrames(imported, { machine: fresh() })).rejects.toThrow(ReplayError);
  const ports = { onProgress: () => undefined, isCancelled: () => false };
  await expect(exportHtml(imported, ports)).rejects.toThrow(CommandFailed);
  const cancelled = sessionFrames(recorded.session, { machine: fresh(), isCancelled: () => true });
  await expect(cancelled).rejects.toThrow(ExportCancelled);
});

test('a title and a caption with tags in them: text, not markup', async () => {
  const status = { ...EMPTY_VIEW.status, caption: '</script><script>alert(1)</script><!--\u2028' };
  const page = await playerPage(
    {
      title: '<img src=x onerror=alert(1)>',
      appVersion: '"><b>',
      machine: 'm',
      frames: [{ delta: { status }, changes: [] }],
    },
    { script: 'let a = 1;', style: 'a{}' },
    hashOfText,
  );
  expect(page.match(/<script/g)?.length).toBe(2);
  expect(page).not.toMatch(/<img|<!--|<b>|alert\(1\)<\/script/);
  const data = /<script type="application\/json" id="frames">(.*?)<\/script>/s.exec(page)![1]!;
  expect(JSON.parse(data).frames[0].delta.status.caption).toBe(status.caption);
  const hash = createHash('sha256').update('let a = 1;').digest('base64');
  expect(page).toContain(`script-src 'sha256-${hash}';`);
  expect(page).toContain("default-src 'none'");
});
