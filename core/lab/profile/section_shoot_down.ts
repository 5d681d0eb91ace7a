/**
 * Section 5: one shoot-down of a shared file's mappings as they grow in number, in one process and spread over many. No GPU: it
 * is the control plane that walks the address_space and clears the entries.
 */
import { CommandQueue } from '../../hw/command_queue.ts';
import { shootDownWorkload } from '../../mm/bench_workloads.ts';
import { MIN_STEPS, type ProfileContext } from './profile_context.ts';
import type { ProfileSection, ProfileStep } from './profile_section.ts';

/** Entries of one mapping: an object of 256 KiB. */
const PAGES = 64;
const FULL_MAPPINGS = [1, 4, 16, 64, 256, 1024];
const QUICK_MAPPINGS = [1, 16, 256];
const FULL_PROCESSES = [1, 4, 16, 64];
const QUICK_PROCESSES = [1, 16];
const WARM_UP = 20;
/** Entries cleared before anything counts: the compiler is done with the loop by then. */
const WARM_UP_ENTRIES = 200_000;
const FULL_ROUNDS = 60;
const QUICK_ROUNDS = 25;

function placeWords(mappings: number, processes: number): string {
  return `${mappings} ${mappings === 1 ? 'mapping' : 'mappings'} in ${processes} ${processes === 1 ? 'process' : 'processes'}`;
}

function measure(context: ProfileContext, mappings: number, processes: number): void {
  const plane = new CommandQueue(context.setup.machine);
  const workload = shootDownWorkload(plane, processes, mappings / processes, PAGES);
  const rounds = context.quick ? QUICK_ROUNDS : FULL_ROUNDS;
  const samplesNs: number[] = [];
  // The entries must be there again before each one, so a loop of several cannot be timed as one.
  const warmUp = Math.max(WARM_UP, Math.ceil(WARM_UP_ENTRIES / workload.operations));
  for (let round = -warmUp; round < rounds; round++) {
    context.breathe();
    workload.reset();
    const begin = context.nowNs();
    workload.run();
    const taken = context.nowNs() - begin;
    if (round >= 0) samplesNs.push(taken);
  }
  const of = { mappings, processes, pages: PAGES };
  const what = `shoot-down of ${placeWords(mappings, processes)}, ${PAGES} pages each`;
  const id = `shoot-down/${processes}/${mappings}`;
  const total = samplesNs.reduce((sum, ns) => sum + ns, 0);
  const shortest = [...samplesNs].sort((a, b) => a - b)[samplesNs.length >> 1]!;
  // With a coarse clock the sum of all rounds still says what one takes.
  const isLong = shortest >= MIN_STEPS * context.clockStepNs;
  const isLongTogether = total >= MIN_STEPS * context.clockStepNs;
  const head = { id, what, of };
  const perEntry = {
    id: `${id}/entry`,
    what: `${what}, one entry`,
    of,
    unit: 'ns',
    better: 'lower',
    derivedFrom: `a shoot-down of ${workload.operations} entries`,
  } as const;
  if (!isLongTogether) {
    const why = `all rounds together take less than ${MIN_STEPS} steps of the clock`;
    context.unknown({ ...head, unit: 'us', better: 'lower' }, why);
    context.unknown(perEntry, why);
    return;
  }
  const one = isLong ? samplesNs : [total / samplesNs.length];
  const derived = isLong ? {} : { derivedFrom: `the sum of ${samplesNs.length} shoot-downs` };
  context.addDuration({ ...head, ...derived }, { samplesNs: one, loops: isLong ? 1 : samplesNs.length });
  context.add(
    perEntry,
    one.map(ns => ns / workload.operations),
  );
}

function steps(context: ProfileContext): ProfileStep[] {
  const { quick } = context;
  const processes = quick ? QUICK_PROCESSES : FULL_PROCESSES;
  return processes.flatMap(nr =>
    (quick ? QUICK_MAPPINGS : FULL_MAPPINGS)
      .filter(mappings => mappings >= nr)
      .map(mappings => ({
        name: placeWords(mappings, nr),
        run: async () => measure(context, mappings, nr),
      })),
  );
}

export const SHOOT_DOWN_SECTION: ProfileSection = {
  id: 'shoot-down',
  title: 'One shoot-down, as mappings and processes grow',
  needsGpu: false,
  steps,
};
