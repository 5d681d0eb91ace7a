/**
 * Covers that captures become sessions that open again with every event, field and text; counts are compared with those of
 * one regular expression a kind, which knows nothing of the readers.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { memorySource } from '../file/container_reader.ts';
import { RecordedSession } from '../recorded_session.ts';
import { ReplayError, refuseImported } from '../replay.ts';
import { sessionInfo } from '../session_info.ts';
import { captureKind } from './capture_kind.ts';
import { captureHead, ImportCancelled } from './capture_stream.ts';
import { fieldValues } from './event_fields.ts';
import { importCaptures, type LineKind } from './import_captures.ts';

const bytesOf = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../../../assets/captures/${name}`, import.meta.url)));
const encode = (text: string) => new TextEncoder().encode(text);

async function importBytes(bytes: Uint8Array<ArrayBuffer>, name = 'capture', isCancelled?: () => boolean) {
  const source = memorySource(bytes);
  const found = captureKind(await captureHead(source));
  if (found.kind === 'other') throw new Error(found.what);
  const parts: Uint8Array[] = [];
  const report = await importCaptures(
    [{ name, kind: found.kind as LineKind, source }],
    { write: part => void parts.push(part.slice()) },
    { appVersion: '0', title: name, isCancelled },
  );
  const file = new Uint8Array(Buffer.concat(parts));
  const session = await RecordedSession.open(memorySource(file));
  return { report, session, file };
}

/** All events as `name field=value ...` with their times and tasks. */
async function eventsOf(session: RecordedSession) {
  const { header } = session;
  const texts = session.texts();
  const rows: { name: string; time: number; task: string; fields: Record<string, unknown> }[] = [];
  for await (const { count, type, task, time, args } of session.events()) {
    for (let i = 0; i < count; i++) {
      const [name, columns] = header.eventTypes[type[i]!]!.split(' ') as [string, string];
      const words = Array.from({ length: 5 }, (_, a) => args[a * count + i]!);
      const names = columns.split(',');
      const known = await texts.all(words.filter((_, a) => names[a]?.endsWith('$')));
      const fields = fieldValues(names, words, index => known.get(index) ?? null);
      rows.push({ name, time: time[i]!, task: header.tasks![task[i]!]!, fields: { ...fields } });
    }
  }
  return rows;
}

describe('ftrace text', () => {
  test('a gzipped trace: counts per event are those of a regular expression, nothing is lost', async () => {
    const packed = bytesOf('amdgpu-4.11.ftrace.txt.gz');
    const { report, session, file } = await importBytes(packed);
    const counts: Record<string, number> = {};
    for (const [, name] of gunzipSync(packed)
      .toString()
      .matchAll(/^.*? \d+\.\d{6}: (\w+): /gm))
      counts[name!] = (counts[name!] ?? 0) + 1;
    const byName = Object.fromEntries(
      Object.entries(report.eventCounts).map(([name, count]) => [name.split(':')[1], count]),
    );
    expect(byName).toEqual(counts);
    expect(report).toMatchObject({ events: 3674, linesNotUnderstood: 0, lines: 3685 });
    const info = await sessionInfo(session, file.length);
    expect(info).toMatchObject({ events: 3674, machine: 'none', inputs: 0, finished: true, problems: [] });
    expect(info.eventCounts).toEqual(report.eventCounts);
    expect(session.header.origin.capture).toMatch(/^ftrace, \d+ bytes, 3685 lines/);
  });

  test('jobs can be joined over timeline, context and sequence number', async () => {
    const { session } = await importBytes(bytesOf('amdgpu-4.11.ftrace.txt.gz'));
    const rows = await eventsOf(session);
    const key = ({ fields }: (typeof rows)[number]) => `${fields.timeline} ${fields.context} ${fields.seqno}`;
    const queued = new Set(rows.filter(row => row.name === 'amdgpu:amdgpu_cs_ioctl').map(key));
    const ran = rows.filter(row => row.name === 'amdgpu:amdgpu_sched_run_job' && queued.has(key(row)));
    const done = new Set(
      rows
        .filter(row => row.name === 'dma_fence:dma_fence_signaled' && row.fields.driver === 'amd_sched')
        .map(key),
    );
    expect(ran.length).toBeGreaterThan(300);
    expect(ran.filter(row => done.has(key(row))).length).toBeGreaterThan(300);
    expect(rows[0]!.task).toBe('RenderThread 25155');
    expect(rows[0]!.time).toBe(630659133157000);
  });

  test('fields of all widths, texts with blanks, unknown events, lost events, two-line payloads', async () => {
    const { session, report } = await importBytes(bytesOf('drivers.ftrace.txt'));
    const rows = await eventsOf(session);
    const of = (name: string) => rows.find(row => row.name.endsWith(`:${name}`))!;
    expect(of('amdgpu_bo_move')).toEqual({
      name: 'amdgpu:amdgpu_bo_move',
      time: 100_000_001_000,
      task: 'Xorg:rcs0 1165 1165',
      fields: { bo: '00000000245c3f0c', from: 0xffffffff, to: 2, size: 6442450944 },
    });
    expect(of('amdgpu_bo_create').fields).toMatchObject({
      pages: 1572864,
      type: 2,
      preferred: 4,
      rest: 'allowed=4 visible=12',
    });
    expect(of('amdgpu_vm_update_ptes').fields.dst).toContain('{0x10f358000,0x10f359000}');
    expect(of('amdgpu_vm_bo_map').fields).toMatchObject({
      start: 0x100000,
      last: 0x27ffff,
      rest: 'offset=0000000000 flags=77',
    });
    expect(of('amdgpu_cs_ioctl')).toMatchObject({
      task: 'my <app> -7 42',
      fields: { timeline: 'gfx_0.0.0', context: 270, seqno: 73240 },
    });
    expect(of('lost_events')).toMatchObject({ name: 'ftrace:lost_events', fields: { cpu: 2, count: 1234 } });
    expect(of('gpu_mem_total').fields).toMatchObject({ size: 4831838208, cpu: 2 });
    expect(of('dma_fence_emit').fields).toEqual({
      driver: '',
      timeline: 'my ring',
      context: 1,
      seqno: 2,
      cpu: 2,
    });
    expect(of('i915_vma_bind').fields).toMatchObject({ size: 0x200000, vm: '0000000022222222' });
    expect(of('i915_vma_bind').fields.rest).toBe('offset=0x0000000000100000 mappable=1');
    expect(of('a_new_event')).toMatchObject({
      name: 'unknown:a_new_event',
      fields: { payload: 'what=1: nobody knows\nand a second line of it', cpu: 2 },
    });
    expect(report.linesNotUnderstood).toBe(1);
    expect(report.notUnderstood).toEqual([
      { capture: 'capture', line: 19, text: 'this line belongs to nothing' },
    ]);
    expect(report.remarks.join()).toContain('13 of 40');
    expect(session.notes.map(({ text }) => text).join('\n')).toContain('line 19 was not understood');
  });

  test('times that go back stay as they are, and that is said', async () => {
    const text = new TextDecoder().decode(bytesOf('i915-3.x.ftrace.txt'));
    const { report, session } = await importBytes(encode(text));
    expect(report.events).toBe(text.trimEnd().split('\n').length);
    expect(Object.keys(report.eventCounts).every(name => name.startsWith('i915:'))).toBe(true);
    expect((await eventsOf(session)).some(row => 'payload' in row.fields)).toBe(false);
    expect(report.remarks[0]).toMatch(/3 events have an earlier time/);
  });

  test('trace-cmd report and perf script have other headers', async () => {
    const { session } = await importBytes(
      encode(
        '            Xorg-1128  [001]  5.000001: drm_vblank_event:     crtc=1, seq=7\n' +
          'my prog  99 [002]    5.000002: drm:drm_vblank_event: crtc=0, seq=8\n',
      ),
    );
    expect((await eventsOf(session)).map(({ task, fields }) => [task, fields.seq])).toEqual([
      ['Xorg 1128', 7],
      ['my prog 99', 8],
    ]);
  });

  test('a damaged gzip keeps what came before; a cancelled import stops', async () => {
    const text = gunzipSync(bytesOf('amdgpu-4.11.ftrace.txt.gz')).toString().repeat(8);
    const packed = new Uint8Array(gzipSync(text));
    const { report } = await importBytes(packed.slice(0, packed.length / 2));
    expect(report.events).toBeGreaterThan(1000);
    expect(report.events).toBeLessThan(8 * 3674);
    expect(report.remarks.join()).toMatch(/gzip data are damaged or cut off/);
    let asked = 0;
    await expect(importBytes(packed, 'x', () => asked++ > 1)).rejects.toThrow(ImportCancelled);
  });

  test('a line without an end is cut, not kept', async () => {
    const { report } = await importBytes(
      encode(`# tracer: nop\n${'x'.repeat(3_000_000)}\n  a-1 [000] 1.000000: print: b\n`),
    );
    expect(report).toMatchObject({ events: 1, lines: 3, linesNotUnderstood: 1 });
    expect(report.notUnderstood[0]!.text).toHaveLength(200);
    expect(report.remarks.join()).toContain('1 lines were cut');
  });
});

describe('dumps', () => {
  test.each([
    [
      'xe-discrete.fdinfo.txt',
      'drm_fdinfo:memory',
      /^drm-(total|shared|resident|active|purgeable|evicted)-(?!cycles-)/gm,
    ],
    [
      'integrated.fdinfo.txt',
      'drm_fdinfo:memory',
      /^drm-(total|shared|resident|active|purgeable|evicted)-(?!cycles-)/gm,
    ],
    ['legacy-keys.fdinfo.txt', 'drm_fdinfo:memory', /^drm-(memory|shared)-/gm],
    ['integrated.fdinfo.txt', 'drm_fdinfo:engine', /^drm-engine-(?!capacity)/gm],
    ['linux-4.12.bufinfo.txt', 'dma_buf:bufinfo_object', /^\d{8}\t/gm],
    ['linux-4.12.bufinfo.txt', 'dma_buf:bufinfo_fence', / fence:/gm],
    ['linux-5.4.bufinfo.txt', 'dma_buf:bufinfo_object', /^\d{8}\t/gm],
    ['linux-6.12.bufinfo.txt', 'dma_buf:bufinfo_object', /^\d{8}\t/gm],
    ['linux-6.12.bufinfo.txt', 'dma_buf:bufinfo_fence', / fence:/gm],
    ['linux-6.18.amdgpu_vram_mm.txt', 'amdgpu_vram_mm:order', /^order-/gm],
    ['linux-6.18.amdgpu_gtt_mm.txt', 'amdgpu_gtt_mm:range', /^0x/gm],
    ['linux-6.18.amdgpu_gem_info.txt', 'amdgpu_gem_info:bo', / byte /gm],
  ])('%s: as many %s as lines of that form', async (name, event, pattern) => {
    const bytes = bytesOf(name);
    const { report, session } = await importBytes(bytes);
    const lines = new TextDecoder().decode(bytes).match(pattern)!.length;
    expect(report.eventCounts[event]).toBe(lines);
    expect(report.linesNotUnderstood).toBe(0);
    expect(session.header.origin.capture).toContain('times unknown');
  });

  test('what a dump does not say has no column; an inode number it says has one', async () => {
    const old = await eventsOf((await importBytes(bytesOf('linux-4.12.bufinfo.txt'))).session);
    expect(old[0]!.fields).not.toHaveProperty('ino');
    const [bo, plain] = (
      await eventsOf((await importBytes(bytesOf('linux-6.18.amdgpu_gem_info.txt'))).session)
    ).filter(({ name }) => name === 'amdgpu_gem_info:bo');
    expect(bo!.fields).toMatchObject({ id: 1, size: 3981312, placement: 'VRAM VISIBLE' });
    expect(bo!.fields.rest).toContain('ino=277');
    expect(bo!.fields.rest).toContain('fences=write fence:drm_sched gfx_0.0.0 seq 88236 signalled');
    expect(plain!.fields).not.toHaveProperty('ino');
  });

  test('a series of descriptors: each is a snapshot of its own', async () => {
    const text = new TextDecoder().decode(bytesOf('xe-discrete.fdinfo.txt'));
    const { session, report } = await importBytes(encode(text + text));
    expect(report.eventCounts['drm_fdinfo:client']).toBe(2);
    const clients = (await eventsOf(session)).filter(({ name }) => name === 'drm_fdinfo:client');
    expect(clients.map(({ fields }) => [fields.snapshot, fields.driver, fields.client_id])).toEqual([
      [0, 'xe', 3],
      [1, 'xe', 3],
    ]);
  });

  test('a total that does not fit its objects is said', async () => {
    const text = new TextDecoder()
      .decode(bytesOf('linux-6.12.bufinfo.txt'))
      .replace(/Total 2 objects/, 'Total 3 objects');
    expect((await importBytes(encode(text))).report.remarks.join()).toContain('announces 3 objects');
  });
});

describe('recognition', () => {
  const kindOf = async (bytes: Uint8Array<ArrayBuffer>) =>
    captureKind(await captureHead(memorySource(bytes)));

  test.each([
    ['PK\x03\x04', /ZIP archive.*not supported yet/],
    ['\x17\x08Dtracing6\0', /binary recording of trace-cmd.*not supported yet/],
    ['AMD_RDF \x03\0\0\0', /Radeon Memory Visualizer.*not supported yet/],
    ['GARTLAB\n\x01\0\0\0\0\0\0\0', /session of this program already/],
    ['packet {\n  ftrace_events {\n    cpu: 7\n', /Perfetto packets in text form.*not supported yet/],
    ['android_camera_unagg {\n  gc_rss_and_dma {\n    ts: 1\n', /Perfetto metric.*not supported yet/],
    [
      '{\n  "General": {\n    "API": "Vulkan"\n  },\n  "Total": {}',
      /VulkanMemoryAllocator.*not supported yet/,
    ],
    ['{\n "$id": "https://example.com",\n "$schema": "x"', /JSON schema/],
    ['[\n  {\n    "ASIC Name": "GFX1200",', /amdgpu_top.*not supported yet/],
    ['id,lower,upper,size\n0,1,2,3\n', /minimalloc.*not supported yet/],
    ['{"traceEvents": []}', /Chrome's JSON format.*not supported yet/],
    ['{"a": 1}', /JSON of a kind that is not known/],
    ['# Title\n\n```\ndrm-driver:\txe\n```\n', /none of the known captures/],
    ['', /empty file/],
  ])('%j is told from the others', async (text, sentence) => {
    const bytes = Uint8Array.from([...text].map(letter => letter.charCodeAt(0)));
    expect(await kindOf(bytes)).toMatchObject({ kind: 'other', what: expect.stringMatching(sentence) });
  });

  test('a trace of wgpu is recognised, packed or not', async () => {
    const bytes = bytesOf('wgpu-quad.ron');
    for (const each of [bytes, new Uint8Array(gzipSync(bytes))])
      expect(await kindOf(each)).toMatchObject({ what: expect.stringContaining('wgpu (RON)') });
  });

  test('an imported session is not replayed', async () => {
    const { session } = await importBytes(bytesOf('i915-3.x.ftrace.txt'));
    expect(() => refuseImported(session)).toThrow(ReplayError);
  });
});
