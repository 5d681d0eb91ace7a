/** Covers traces of WebGPU pages: sizes, budgets, refusals, lines that are none; the recorded session replays to the same digest. */
import { describe, expect, test } from 'vitest';
import { createHostMachine } from '../../hw/host/host_machine.ts';
import { memorySource } from '../../session/file/container_reader.ts';
import { ImportError } from '../../session/import/capture_stream.ts';
import { RecordedSession } from '../../session/recorded_session.ts';
import { replaySession } from '../../session/replay.ts';
import { sessionInfo } from '../../session/session_info.ts';
import { labMachine } from '../../testing/lab_fixture.ts';
import { importWebGpu } from './import_webgpu.ts';
import { textureBytes } from './texture_bytes.ts';

const MIB = 2 ** 20;
const HEAD = { format: 'gart-lab-webgpu-capture', version: 1, page: 'a page <script>alert(1)</script>' };

async function importLines(
  lines: readonly unknown[],
  budget: { vramBytes?: number; budgetBytes?: number } = {},
) {
  const text = [HEAD, ...lines]
    .map(line => (typeof line === 'string' ? line : JSON.stringify(line)))
    .join('\n');
  const parts: Uint8Array[] = [];
  const report = await importWebGpu(
    'page.jsonl',
    memorySource(new TextEncoder().encode(text)),
    { write: part => void parts.push(part.slice()) },
    { appVersion: '0', nowMs: () => 0, like: labMachine(), ...budget },
  );
  const file = new Uint8Array(Buffer.concat(parts));
  return { report, file, session: await RecordedSession.open(memorySource(file)) };
}

const buffer = (id: number, size: number, usage = 8) => ({ e: 'buffer', id, size, usage });
const THREE_LARGE = [buffer(1, 8 * MIB), buffer(2, 8 * MIB), buffer(3, 8 * MIB)];
const USED_IN_TURN = [1, 2, 3, 1, 2, 3].map(id => ({ e: 'submit', uses: [id] }));

describe('a trace of a WebGPU page', () => {
  test('everything fits without a budget; under one the same submits evict', async () => {
    const free = await importLines([...THREE_LARGE, ...USED_IN_TURN]);
    expect(free.report).toMatchObject({ refused: {}, leftOut: 0, linesNotUnderstood: 0 });
    expect(free.report.captured).toMatchObject({ buffer: 3, submit: 6, peakBytes: 24 * MIB });
    const counts = async ({ session, file }: typeof free) =>
      (await sessionInfo(session, file.length)).eventCounts;
    expect((await counts(free))['lab_ttm:evict_victim']).toBeUndefined();
    const tight = await importLines([...THREE_LARGE, ...USED_IN_TURN], {
      vramBytes: 32 * MIB,
      budgetBytes: 18 * MIB,
    });
    expect((await counts(tight))['lab_ttm:evict_victim']).toBeGreaterThan(3);
    expect((await counts(tight))['lab_gpu:job_submit']).toBe(6);
  });

  test('the session replays, event for event', async () => {
    const { session, report } = await importLines(
      [
        ...THREE_LARGE,
        { e: 'write', id: 2, offset: 5000, size: 10_000 },
        ...USED_IN_TURN,
        buffer(4, 100, 1),
        { e: 'map', id: 4, mode: 1 },
        { e: 'unmap', id: 4 },
        { e: 'destroy', id: 4 },
      ],
      { vramBytes: 32 * MIB, budgetBytes: 18 * MIB },
    );
    const machine = createHostMachine(session.header.description);
    expect(await replaySession(session, { machine })).toMatchObject({ ok: true, digest: report.digest });
    await machine.dispose();
    expect(session.header.title).toBe(HEAD.page);
    expect(session.inputs.map(({ call }) => call)).toContain('touchRange');
  });

  test('an object that is larger than the budget is refused by name, the rest goes on', async () => {
    const { report } = await importLines([...THREE_LARGE, ...USED_IN_TURN], {
      vramBytes: 32 * MIB,
      budgetBytes: 4 * MIB,
    });
    expect(report.refused.ENOMEM).toBeGreaterThan(0);
    expect(report.firstRefused[0]).toMatch(/^\d+ gpu\.\w+ .*: ENOMEM$/);
  });

  test('lines that are none, objects that do not exist, and sizes that lie are counted', async () => {
    const { report } = await importLines([
      'rubbish',
      { e: 'buffer', id: 1, size: 2 ** 39, usage: 8 },
      { e: 'buffer', id: -1, size: 1, usage: 8 },
      { e: 'texture', id: 2, width: 1e9, height: 1, layers: 1, format: 'r8unorm', mips: 1, samples: 1 },
      { e: 'destroy', id: 77 },
      { e: 'constructor' },
      { e: 'submit', uses: [5] },
      buffer(9, 10),
      buffer(9, 10),
    ]);
    expect(report.linesNotUnderstood).toBe(7);
    expect(report.notUnderstood[0]).toEqual({ capture: 'page.jsonl', line: 2, text: 'rubbish' });
    expect(report.captured).toMatchObject({ buffer: 1, submit: 1 });
  });

  test('a file without its first line is refused', async () => {
    const source = memorySource(new TextEncoder().encode('{"e":"submit","uses":[]}\n'));
    const run = importWebGpu(
      'x',
      source,
      { write: () => undefined },
      { appVersion: '0', nowMs: () => 0, like: labMachine() },
    );
    await expect(run).rejects.toThrow(ImportError);
  });
});

test.each([
  ['rgba8unorm', { mips: 1 }, 256 * 256 * 4],
  ['rgba8unorm-srgb', { mips: 9 }, ((4 ** 9 - 1) / 3) * 4],
  ['rgba16float', { samples: 4 }, 256 * 256 * 8 * 4],
  ['depth24plus-stencil8', {}, 256 * 256 * 4],
  ['bc1-rgba-unorm', {}, 64 * 64 * 8],
  ['bc7-rgba-unorm', { layers: 6 }, 64 * 64 * 16 * 6],
  ['astc-12x10-unorm', {}, 22 * 26 * 16],
  ['r8unorm', { layers: 256, is3d: true, mips: 2 }, 256 ** 3 + 128 ** 3],
])('textureBytes: 256x256 of %s with %j', (format, shape, bytes) => {
  const plain = { width: 256, height: 256, layers: 1, mips: 1, samples: 1, is3d: false };
  expect(textureBytes({ ...plain, format, ...shape })).toBe(bytes);
});
