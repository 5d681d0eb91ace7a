import { describe, expect, it } from 'vitest';
import { createHostMachine } from '../hw/host/host_machine.ts';
import { bootKernel } from '../kernel/boot.ts';
import { labMachine, PAGE } from '../testing/lab_fixture.ts';
import { bisect } from './bisect.ts';
import './calls/all.ts';
import type { Input } from './input.ts';
import { PredicateError, parsePredicate } from './predicate.ts';
import { Session } from './session.ts';
import { diffStates } from './state_diff.ts';
import { summariseState } from './state_summary.ts';

const description = labMachine();
const A = (call: string, args: Input['args'] = {}, as?: string): Input => ({
  task: 'A',
  call,
  args,
  ...(as && { as }),
});
const INPUTS: Input[] = [
  A('spawn'),
  A('open', { dev: 'lab_gpu' }, 'fd'),
  ...Array.from({ length: 12 }, (_, i) => [
    A('gpu.create', { fd: 'fd', size: 400 * PAGE, domain: 'vram' }, `b${i}`),
    A('mmap', { fd: 'fd', offsetOf: `b${i}`, length: 400 * PAGE }, `m${i}`),
    A('gpu.submit', { fd: 'fd', list: [`b${i}`], fills: [{ bo: `b${i}`, seed: i }] }),
    A('checkStamps', { map: `m${i}`, seed: i }),
  ]).flat(),
];

const open = () =>
  Session.open(
    { createMachine: async () => createHostMachine(description), boot: () => bootKernel(description) },
    INPUTS,
    { keyframeEvery: 8 },
  );
const look = (session: Session) => summariseState(session.kernel, session.player.names, session.position);

/** Found by looking after every input, without seeking. */
async function firstByPlaying(text: string): Promise<number | null> {
  const session = await open();
  const { holds } = parsePredicate(text);
  let found: number | null = holds(look(session)) ? 0 : null;
  while (found === null && session.position < INPUTS.length) {
    await session.run(1);
    if (holds(look(session))) found = session.position;
  }
  await session.close();
  return found;
}

describe('diffStates', () => {
  it('the submit of an object: it moved, entries and counters changed; two looks at one moment differ in nothing', async () => {
    const session = await open();
    await session.seek(3);
    const before = look(session);
    expect(diffStates(before, look(session))).toEqual([]);
    await session.seek(INPUTS.length);
    const after = look(session);
    const rows = diffStates(before, after);
    const find = (kind: string, name: string) => rows.find(row => row.kind === kind && row.name === name);
    expect(find('object', 'b11')).toMatchObject({ what: 'exists', before: null });
    expect(find('placement', 'VRAM')!.after).toBe(after.used.VRAM);
    expect(find('lru', 'VRAM')!.after).toContain('b3');
    expect(find('counter', 'lab_gpu:job_submit')).toMatchObject({ before: null, after: 12 });
    // Evicted or not, every object is somewhere, and the memories add up.
    const pages = after.objects.reduce((sum, { nrPages }) => sum + nrPages, 0);
    expect(Object.values(after.used).reduce((sum, used) => sum + used, 0)).toBe(pages);
    await session.seek(3);
    expect(diffStates(before, look(session))).toEqual([]);
    await session.close();
  });
});

describe('bisect', () => {
  it.each([
    'faults > 3',
    'faults >= 2 and events > 100',
    'object(b5).placement == SYSTEM or object(b5).placement == TT',
    'vram.used > 4M',
    'not objects < 5',
    'count(lab_gpu:job_submit) >= 7',
  ])('%s: the position that playing finds', async text => {
    const expected = await firstByPlaying(text);
    expect(expected).toBeGreaterThan(0);
    const session = await open();
    await session.seek(INPUTS.length);
    const condition = parsePredicate(text);
    const found = await bisect(session, condition);
    expect(found.position).toBe(expected);
    expect(found.way).toBe(condition.grows ? 'growing' : 'keyframes');
    if (condition.grows) expect(found.looked).toBeLessThanOrEqual(2 + Math.ceil(Math.log2(INPUTS.length)));
    expect(session.position).toBe(expected);
    await session.close();
  });

  it('a condition that never holds: null, in every way', async () => {
    for (const way of ['growing', 'keyframes', 'every'] as const) {
      const session = await open();
      expect(await bisect(session, parsePredicate('faults > 1000000'), { way })).toMatchObject({
        position: null,
        unknown: [],
      });
      await session.close();
    }
  });
});

describe('what bisect says of its answer', () => {
  it('a name that no object ever had is told; one that comes later is not', async () => {
    const session = await open();
    const condition = parsePredicate('object(b5).ptes > 100000 or object(nobody).placement == VRAM');
    expect(await bisect(session, condition)).toMatchObject({ position: null, unknown: ['nobody'] });
    await session.close();
  });

  it('found between keyframes: not exact; every input before was looked at: exact', async () => {
    const session = await open();
    const condition = parsePredicate('object(b5).placement == VRAM');
    await session.seek(INPUTS.length);
    const found = await bisect(session, condition);
    expect(found).toMatchObject({ way: 'keyframes', exact: false });
    expect(await bisect(session, condition, { way: 'every' })).toMatchObject({
      position: found.position,
      exact: true,
    });
    await session.close();
  });
});

describe('parsePredicate', () => {
  it.each([
    ['vram.used >', /character 12 .* a value was expected/],
    ['(faults > 1', /`\)` was expected/],
    ['object(a).colour == 1', /placement, size, ptes, pinned/],
    ['count(no:such) > 1', /no event no:such/],
    ['faults > 1 $', /cannot be understood/],
    [`${'not '.repeat(100)}faults > 1`, /deep/],
    ['foo > 3', /character 1 .* foo; that is no value, there are time, .*vram\.used/],
    ['object(a).placement == SYTEM', /character 24 .* SYTEM; one of VRAM, TT, SYSTEM, SWAP, none/],
    ['object(a).pinned > yes', /== and !=/],
  ])('%s: refused with a sentence', (text, says) => {
    expect(() => parsePredicate(text)).toThrow(PredicateError);
    expect(() => parsePredicate(text)).toThrow(says);
  });
});
