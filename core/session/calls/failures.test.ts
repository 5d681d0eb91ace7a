/**
 * Every public operation with its n-th allocation failing, for every n until it succeeds: the state is what it was, but for the
 * rows of failure_residue.ts; no invariant breaks; nothing is left after shutdown.
 */
import { describe, expect, test } from 'vitest';
import { ERRNO, type Errno, KernelError } from '../../base/errno.ts';
import { HostMachine } from '../../hw/host/host_machine.ts';
import { bootKernel, newKernel, runBoot } from '../../kernel/boot.ts';
import { FAILURE_RESIDUE, residueProblem } from '../../kernel/failure_residue.ts';
import { heldLines } from '../../kernel/held_lines.ts';
import { changedLines, kernelStateLines } from '../../kernel/state_lines.ts';
import { shutdownAndFindLeaks } from '../../lab/shutdown_leaks.ts';
import { FAILURE_CASES, type FailureCase, nameOfCase } from '../../testing/failure_cases.ts';
import { RESIDUE_CASES } from '../../testing/failure_free_cases.ts';
import { inputOf } from '../../testing/failure_scenes.ts';
import { machineAsset } from '../../testing/transcript_files.ts';
import { callNames } from '../call_table.ts';
import type { Json } from '../input.ts';
import { Player } from '../player.ts';
import './all.ts';

const description = machineAsset('fuzz-systems');
/** More than any call allocates. */
const MOST = 200;

async function worldOf({ setup, machine = 'fuzz-systems' }: FailureCase): Promise<Player> {
  const description = machineAsset(machine);
  const player = new Player(bootKernel(description), new HostMachine(description));
  await player.step({ task: 'A', call: 'spawn', args: {} });
  for (const step of setup) {
    const input = inputOf(step);
    const { ret } = (await player.step(input)).answer;
    if (isRefusal(ret)) throw new Error(`${JSON.stringify(input)} of the set-up answers ${String(ret)}.`);
  }
  return player;
}

function isRefusal(ret: Json): ret is string & Errno {
  return typeof ret === 'string' && ret in ERRNO;
}

/** Run the operation with its n-th allocation failing. @returns its answer, and what failed, or null when it made fewer */
async function runWithFailure(
  player: Player,
  of: FailureCase,
  n: number,
): Promise<{ ret: Json; failed: string | null }> {
  const { faults } = player.kernel.context;
  const { nrFailed } = faults;
  faults.arm(n);
  const { ret } = (await player.step(inputOf(of.step))).answer;
  const failed = faults.nrFailed > nrFailed ? faults.lastFailed : null;
  faults.arm(0);
  return { ret, failed };
}

/** Work in flight ends by itself as time passes; that is no residue. */
function settle({ kernel }: Player): void {
  while (kernel.fences.nrPending > 0) kernel.fences.advanceTo(kernel.fences.nextSignalAt);
  kernel.dax?.fs.runGracePeriods();
}

function finish(player: Player): void {
  expect(player.kernel.check()).toEqual([]);
  expect(shutdownAndFindLeaks(player.kernel)).toEqual([]);
}

/** Calls after which the checks must find something, so that nothing can be said here. */
const PLANTS_DEFECTS = ['lab.forceOutShown'];

const residues = new Set<string>();

describe('the n-th allocation fails', () => {
  test.each(FAILURE_CASES.filter(of => !of.nothing).map(of => [nameOfCase(of), of] as const))(
    '%s',
    async (_, of) => {
      const { call } = inputOf(of.step);
      let player = await worldOf(of);
      let fired = 0;
      for (let n = 1; n < MOST; n++) {
        if (!of.inFlight) settle(player);
        const before = kernelStateLines(player.kernel);
        const held = heldLines(player.kernel);
        const { ret, failed } = await runWithFailure(player, of, n);
        if (failed === null) {
          expect(isRefusal(ret) ? ret : 'success').toBe('success');
          finish(player);
          break;
        }
        fired++;
        if (!isRefusal(ret)) {
          expect(of.goesOn, `${call} succeeds without memory for ${failed}`).toBeDefined();
          finish(player);
          player = await worldOf(of);
          continue;
        }
        expect(['ENOMEM', of.errno], `without memory for ${failed}`).toContain(ret);
        if (!of.inFlight) settle(player);
        {
          const changes = changedLines(before, kernelStateLines(player.kernel));
          const problem = residueProblem(call, ret, changes);
          expect(problem, `without memory for ${failed}`).toBeNull();
          if (changes.length === 0)
            expect(changedLines(held, heldLines(player.kernel)), `without memory for ${failed}`).toEqual([]);
          else residues.add(`${call} ${ret}`);
        }
        expect(player.kernel.check(), `without memory for ${failed}`).toEqual([]);
        if (changed(before, player)) {
          finish(player);
          player = await worldOf(of);
        }
      }
      expect(fired).toBeGreaterThan(0);
    },
  );
});

function changed(before: readonly string[], player: Player): boolean {
  return changedLines(before, kernelStateLines(player.kernel)).length > 0;
}

describe('calls that allocate nothing', () => {
  test.each(FAILURE_CASES.filter(of => of.nothing).map(of => [nameOfCase(of), of] as const))(
    '%s',
    async (_, of) => {
      const player = await worldOf(of);
      const { failed } = await runWithFailure(player, of, 1);
      expect(failed).toBeNull();
      finish(player);
    },
  );
});

test('every call of the call table is in the table of cases', () => {
  const covered = new Set(FAILURE_CASES.map(({ step }) => inputOf(step).call));
  expect(callNames().filter(name => !covered.has(name) && !PLANTS_DEFECTS.includes(name))).toEqual([]);
});

test('boot: every allocation fails once, and nothing is left', () => {
  let fired = 0;
  for (let n = 1; ; n++) {
    const outcome = bootWithFailure(n);
    if (outcome === null) break;
    expect(outcome).toEqual([]);
    fired++;
  }
  expect(fired).toBeGreaterThan(50);
});

/** @returns what is left after a boot whose n-th allocation failed, or null when it made fewer */
function bootWithFailure(n: number): string[] | null {
  const kernel = newKernel(description);
  const { frames, faults, mms, mappings } = kernel.context;
  const free = frames.nrFree;
  faults.arm(n);
  try {
    runBoot(kernel);
  } catch (failure) {
    if (!(failure instanceof KernelError)) throw failure;
    expect(failure.errno).toBe('ENOMEM');
  }
  if (faults.nrFailed === 0) return null;
  expect(kernel.booted, `without memory for ${faults.lastFailed}`).toEqual([]);
  const left: string[] = [];
  if (frames.nrFree !== free) left.push(`${free - frames.nrFree} frames`);
  if (frames.reclaimer !== null) left.push('a reclaimer');
  if (mms.size + mappings.size > 0) left.push(`${mms.size} address spaces, ${mappings.size} mapped files`);
  if (kernel.queue.allocations.size > 0) left.push(`${kernel.queue.allocations.size} VRAM allocations`);
  if (kernel.devices.size > 0) left.push(`${kernel.devices.size} bound devices`);
  for (const texts of [kernel.proc, kernel.debugfs, kernel.sysfs]) left.push(...texts.paths());
  return left.map(what => `without memory for ${faults.lastFailed}: ${what}`);
}

test.each(RESIDUE_CASES.map(of => [nameOfCase({ setup: of[0], step: of[1] }), of] as const))(
  'refused, with a residue: %s',
  async (_, [setup, step, errno]) => {
    const player = await worldOf({ setup, step });
    settle(player);
    const before = kernelStateLines(player.kernel);
    const { ret } = (await player.step(inputOf(step))).answer;
    expect(ret).toBe(errno);
    settle(player);
    const changes = changedLines(before, kernelStateLines(player.kernel));
    expect(changes).not.toEqual([]);
    const { call } = inputOf(step);
    expect(residueProblem(call, errno, changes)).toBeNull();
    residues.add(`${call} ${errno}`);
    finish(player);
  },
);

test('every row of failure_residue.ts was seen above to leave something', () => {
  const seen = new Set([...residues].map(residue => residue.split(' ')[0]));
  expect(FAILURE_RESIDUE.map(({ call }) => call).filter(call => !seen.has(call))).toEqual([]);
});
