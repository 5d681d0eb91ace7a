/** Covers how a number becomes measured, derived or unknown, on a clock that is too coarse for it. */
import { describe, expect, test } from 'vitest';
import { createHostMachine } from '../../hw/host/host_machine.ts';
import { FakeClock } from '../../testing/fake_clock.ts';
import { machineAsset } from '../../testing/transcript_files.ts';
import { ProfileContext } from './profile_context.ts';
import { CancelToken, ProfileCancelled, type ProfileSetup } from './profile_setup.ts';

function contextWith(clock: FakeClock, cancel = new CancelToken()): ProfileContext {
  const setup: ProfileSetup = {
    clock,
    provider: { name: 'none', requestAdapter: async () => undefined, release: () => undefined },
    machine: machineAsset('lab-64m'),
    date: '2026-01-01T00:00:00.000Z',
    quick: true,
    driverCliff: false,
    gpuLimitBytes: 0,
    backend: 'none',
    flags: [],
    versions: {},
    load: 'unknown',
    kernelSources: [],
    cancel,
    onProgress: () => undefined,
  };
  const sink = { figures: [], charts: [], outcomes: [] };
  return new ProfileContext(setup, undefined, 100_000, sink, () => undefined);
}

const head = { id: 'x', what: 'x', of: {} };

describe('repeat', () => {
  test('an operation under 20 steps of the clock is looped until it is long enough, and is derived', async () => {
    const clock = new FakeClock(0, 0.1);
    const context = contextWith(clock);
    let warmUp = true;
    const samples = await context.repeat(loops => {
      // The first time everything is slow; it must not show.
      clock.pass(warmUp ? 500 : loops * 0.01);
      warmUp = false;
      return undefined;
    }, 5);
    expect(samples.loops).toBe(256);
    const figure = context.addDuration(head, samples);
    expect(figure.kind).toBe('derived');
    expect(figure.note).toBe('one of 256 in a loop');
    expect(figure.value).toBeGreaterThan(9.5);
    expect(figure.value).toBeLessThan(10.5);
  });

  test('a long operation is measured one by one', async () => {
    const clock = new FakeClock(0, 0.1);
    const context = contextWith(clock);
    const samples = await context.repeat(loops => {
      clock.pass(loops * 5);
      return undefined;
    }, 3);
    expect(samples.loops).toBe(1);
    expect(context.addBandwidth(head, 5_000_000, samples)).toMatchObject({
      kind: 'measured',
      value: 1,
      unit: 'GB/s',
    });
  });

  test('a cancelled profile stops between two repetitions', async () => {
    const cancel = new CancelToken();
    const context = contextWith(new FakeClock(100), cancel);
    let runs = 0;
    const work = context.repeat(() => {
      if (++runs === 4) cancel.cancel();
      return undefined;
    }, 1000);
    await expect(work).rejects.toThrow(ProfileCancelled);
    expect(runs).toBeLessThan(6);
  });
});

test('a figure without samples is unknown, with the reason', () => {
  const context = contextWith(new FakeClock(1));
  context.unknown({ ...head, unit: 'us', better: 'lower' }, 'too short');
  expect(context.sink.figures[0]).toMatchObject({ kind: 'unknown', value: null, note: 'too short' });
  expect(context.add({ ...head, unit: 'us', better: 'lower' }, []).kind).toBe('unknown');
});

test('the account of the machine that runs is handed on with every breath', () => {
  const seen: unknown[] = [];
  const plain = contextWith(new FakeClock(1));
  const context = new ProfileContext(plain.setup, undefined, 1, plain.sink, ledger => seen.push(ledger));
  const { ledger } = createHostMachine(plain.setup.machine);
  context.breathe();
  context.ledger = ledger;
  context.breathe();
  expect(seen).toEqual([undefined, ledger]);
});
