/** The runner itself: what it compares, what it calls a difference, what it says about things that are not modelled. */
import { describe, expect, test } from 'vitest';
import { HostMachine } from '../../hw/host/host_machine.ts';
import type { Json } from '../../session/input.ts';
import { machineAsset } from '../../testing/transcript_files.ts';
import { compareStep, type ModelStep } from './compare_step.ts';
import { type RunOptions, runTranscript } from './run_transcript.ts';
import { SymbolTable } from './symbols.ts';
import { parseTranscript, type Transcript, type TranscriptStep } from './transcript_file.ts';

const options: RunOptions = {
  description: machineAsset('transcripts-pc'),
  newMachine: description => new HostMachine(description),
};

function transcriptOf(...steps: readonly TranscriptStep[]): Transcript {
  return { name: 'made-up', group: 'test', kernel: '6.12', driver: 'memfd', about: '', steps };
}
const step = (call: string, args: TranscriptStep['args'], ret: Json, as?: string): TranscriptStep =>
  as === undefined ? { task: 'A', call, args, ret } : { task: 'A', call, args, ret, as };

const FILE = [
  step('spawn', {}, 0),
  step('memfd', { name: 'F' }, 0, 'f'),
  step('ftruncate', { fd: 'f', size: 8192 }, 0),
];

describe('runTranscript', () => {
  test('an agreeing recording passes', async () => {
    const result = await runTranscript(
      transcriptOf(...FILE, step('lseek', { fd: 'f', offset: 0, whence: 'end' }, 8192)),
      options,
    );
    expect(result).toMatchObject({ passed: true, steps: 4, firstDifference: null, notModelled: [] });
  });

  test('the first differing step is named with both sides', async () => {
    const wrong = step('lseek', { fd: 'f', offset: 0, whence: 'end' }, 4096);
    const result = await runTranscript(transcriptOf(...FILE, wrong, wrong), options);
    expect(result.passed).toBe(false);
    expect(result.firstDifference).toEqual({
      step: 3,
      task: 'A',
      call: 'lseek',
      field: 'ret',
      recorded: 4096,
      model: 8192,
    });
  });

  test('a model that stops answering says why', async () => {
    const result = await runTranscript(transcriptOf(...FILE, step('vmas', { map: 'm' }, [])), options);
    expect(result.firstDifference).toMatchObject({
      step: 3,
      model: null,
      says: expect.stringContaining('m is not the name'),
    });
  });

  test('calls, devices and nodes that are missing: said, not run', async () => {
    const steps = [
      ...FILE,
      step('make.coffee', {}, 0),
      step('open', { dev: 'voodoo' }, 0, 'v'),
      step('open', { path: '/dev/dax7.0' }, 0, 'd'),
      step('sysfs.write', { path: '/sys/none', data: '1' }, 0),
    ];
    const result = await runTranscript(transcriptOf(...steps), options);
    expect(result.firstDifference).toBeNull();
    expect(result.notModelled).toEqual([
      'The call make.coffee is not in the call table.',
      'The device voodoo is not in the booted machine.',
      'The node /dev/dax7.0 does not exist in the booted machine.',
      'No driver registers /sys/none.',
    ]);
  });

  test('a shoot-down that a sabotaged kernel leaves out is noticed', async () => {
    const steps: TranscriptStep[] = [
      ...FILE,
      step('mmap', { fd: 'f', length: 8192, slot: 1 }, 0, 'm'),
      step('fork', {}, 0, 'B'),
      step('touch', { map: 'm', page: 0, write: true, value: 1 }, { minorFaults: 1, value: 1 }),
      step('fallocate', { fd: 'f', mode: 'punch', offset: 0, length: 8192 }, 0),
      step('ptes', { map: 'm' }, { where: '..', perm: '..' }),
    ];
    expect((await runTranscript(transcriptOf(...steps), options)).passed).toBe(true);
    const sabotaged = await runTranscript(transcriptOf(...steps), {
      ...options,
      sabotage: 'skip-zap-in-one-task',
    });
    expect(sabotaged.firstDifference).toMatchObject({
      step: 7,
      field: 'ret.where',
      recorded: '..',
      model: 'r.',
    });
  });
});

describe('compareStep', () => {
  const model = (ret: Json, more: Partial<ModelStep> = {}): ModelStep => ({
    ret,
    kernel: null,
    freed: [],
    ...more,
  });
  const compare = (recorded: Json, answer: Json, symbols = new SymbolTable()) =>
    compareStep(step('x', {}, recorded), model(answer), symbols, () => true, false);

  test('symbols are a bijection, in both directions', () => {
    const symbols = new SymbolTable();
    expect(compare(['ino1', 'ino2', 'ino1'], ['ino:1:5', 'ino:1:6', 'ino:1:5'], symbols)).toBeNull();
    expect(compare('ino1', 'ino:1:6', symbols)).toMatchObject({ recorded: 'ino1', model: 'ino:1:6' });
    expect(compare('ino3', 'ino:1:5', symbols)).toMatchObject({ recorded: 'ino3' });
    expect(compare('dev1', 'ino:1:5', symbols)).toBeNull();
  });

  test('a symbol of kernel memory moves on only when its object is gone', () => {
    const symbols = new SymbolTable();
    expect(compare('ttm1', 'ttm:1', symbols)).toBeNull();
    expect(compare('ttm1', 'ttm:2', symbols)).not.toBeNull();
    symbols.markGone('ttm:1');
    expect(compare('ttm1', 'ttm:2', symbols)).toBeNull();
  });

  test('an error name never passes for a symbol, nor a symbol for no frame', () => {
    expect(compare('f1', null)).not.toBeNull();
    expect(compare('f1', 'zero')).not.toBeNull();
    expect(compare('ino1', 'ENOENT')).not.toBeNull();
    expect(compare(null, 'f:7')).not.toBeNull();
  });

  test('`*` stands for anything, `[N]` for a number', () => {
    expect(compare({ Pid: '*', link: 'pipe:[N]' }, { Pid: '17', link: 'pipe:[33]' })).toBeNull();
    expect(compare('pipe:[N]', 'socket:[33]')).not.toBeNull();
  });

  test('missing and additional fields and entries are differences', () => {
    expect(compare({ a: 1 }, { a: 1, b: 2 })).toMatchObject({ field: 'ret.b', recorded: 'absent', model: 2 });
    expect(compare([1, 2], [1])).toMatchObject({ field: 'ret[1]', recorded: 2 });
    expect(compare(0, '0')).not.toBeNull();
  });

  test('kernel functions count only while they are traced, and only those with a counterpart', () => {
    const calls = [{ fn: 'known', by: 'A' }];
    const recorded: TranscriptStep = { ...step('x', {}, 0), kernel: [...calls, { fn: 'other', by: 'A' }] };
    const known = (fn: string) => fn === 'known';
    expect(compareStep(recorded, model(0, { kernel: calls }), new SymbolTable(), known, false)).toBeNull();
    expect(compareStep(recorded, model(0, { kernel: [] }), new SymbolTable(), known, false)).toMatchObject({
      field: 'kernel[0]',
    });
    expect(compareStep(recorded, model(0), new SymbolTable(), known, false)).toBeNull();
  });
});

describe('parseTranscript', () => {
  test.each([
    ['no JSON', '{', /made-up\.json is not JSON/],
    [
      'no steps',
      '{"name":"x","group":"g","kernel":"6.12","driver":"d","about":"a"}',
      /is not a transcript: steps/,
    ],
    [
      'a step without task',
      '{"name":"x","group":"g","kernel":"6.12","driver":"d","about":"a","steps":[{"call":"spawn","args":{},"ret":0}]}',
      /steps\.0\.task/,
    ],
  ])('%s: refused with the place', (_, text, message) => {
    expect(() => parseTranscript(text, 'made-up.json')).toThrow(message);
  });
});
