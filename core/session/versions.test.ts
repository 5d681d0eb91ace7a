/**
 * Opens files of each format version that were written once and are never written again: whatever the format becomes, they open.
 * Their digests are those of the model of that day, so they are not replayed here.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { crc32, FORMAT_VERSION } from './file/container.ts';
import { memorySource } from './file/container_reader.ts';
import { DICTIONARY_BYTES } from './file/packing.ts';
import { fieldValues } from './import/event_fields.ts';
import { RecordedSession } from './recorded_session.ts';
import { sessionInfo } from './session_info.ts';

const documentation = readFileSync(new URL('../../docs/session-format.md', import.meta.url), 'utf8');

async function open(name: string) {
  const bytes = new Uint8Array(readFileSync(new URL(`../../assets/sessions/${name}`, import.meta.url)));
  const session = await RecordedSession.open(memorySource(bytes));
  return { session, info: await sessionInfo(session, bytes.length) };
}

describe('files of version 1', () => {
  test('a recording opens: header, inputs, events, keyframe, notes, digests', async () => {
    const { session, info } = await open('version-1.gartlab');
    expect(info).toMatchObject({
      title: 'Six buffers in room for five',
      machine: 'host',
      vram: 'paged',
      inputs: 35,
      events: 433,
      keyframes: 1,
      notes: 2,
      finished: true,
      problems: [],
      lastTime: 2_232_680,
      lastDigest: '54f589bbb6c8783d',
    });
    expect(info.eventCounts['lab_ttm:evict_victim']).toBeGreaterThan(0);
    expect(session.inputs[0]).toEqual({ task: 'A', call: 'spawn', args: {} });
    expect(session.notes[0]!.text).toBe('Six buffers come into room for five.');
    for await (const image of session.keyframes()) expect(image.position).toBe(16);
    expect(session.header.description.name).toBe('lab-16m');
  });

  test('an import opens: texts, tasks and wide fields', async () => {
    const { session, info } = await open('version-1-import.gartlab');
    expect(info).toMatchObject({ machine: 'none', vram: 'none', inputs: 0, events: 12, problems: [] });
    const texts = session.texts();
    for await (const { count, type, task, args } of session.events()) {
      const columns = session.header.eventTypes[type[0]!]!.split(' ')[1]!.split(',');
      const words = [0, 1, 2, 3, 4].map(a => args[a * count]!);
      const known = await texts.all(words);
      const values = fieldValues(columns, words, index => known.get(index) ?? null);
      expect({ ...values }).toEqual({ bo: '00000000245c3f0c', from: 0xffffffff, to: 2, size: 6442450944 });
      expect(session.header.tasks![task[0]!]).toBe('Xorg:rcs0 1165 1165');
    }
  });
});

describe('files of version 2', () => {
  test('a recording packed with the dictionary opens', async () => {
    const { session, info } = await open('version-2.gartlab');
    expect(info).toMatchObject({
      title: 'Six buffers in room for five',
      machine: 'host',
      inputs: 35,
      events: 433,
      keyframes: 1,
      notes: 2,
      finished: true,
      problems: [],
      lastDigest: '54f589bbb6c8783d',
    });
    expect(session.inputs[34]).toEqual({ task: 'A', call: 'gpu.idle', args: { fd: 'fd' } });
    for await (const image of session.keyframes()) expect(image.position).toBe(16);
  });

  test('their dictionary is the one they were packed with, as documented', () => {
    expect([DICTIONARY_BYTES.length, crc32(DICTIONARY_BYTES)]).toEqual([19_592, 0xda6d5061]);
    expect(documentation).toContain('19,592 bytes, CRC-32 0xda6d5061');
  });

  test('the version of today is documented beside them', () => {
    expect(documentation).toContain(`Format version ${FORMAT_VERSION}`);
  });
});
