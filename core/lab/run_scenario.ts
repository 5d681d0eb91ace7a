/**
 * Runs a scenario from boot to shutdown and says what happened, in numbers counted from events and checked against the machine.
 *
 * Checks      invariants after every input (all of them), moves that change no byte, live against expected bytes at every barrier, contents of every object
 *             and the GART table at the end, nothing left after shutdown
 * Digests     `eventDigest` covers the machine description, all events and all answers of the machine; `contentDigest` the bytes
 *             of all objects at the end. Neither knows the machine's kind, its adapter or its VRAM layout
 */
import { ModelBug } from '../base/invariant.ts';
import { contentHashOfText } from '../hw/content_hash.ts';
import { compareBytes, expectedBytes } from '../hw/expected_bytes.ts';
import { GpuError } from '../hw/gpu_error.ts';
import { PURPOSES } from '../hw/ledger.ts';
import type { Machine } from '../hw/machine.ts';
import { machineHash } from '../hw/machine_description.ts';
import { bootKernel } from '../kernel/boot.ts';
import { invariantEntries } from '../kernel/invariants.ts';
import type { Kernel } from '../kernel/kernel.ts';
import '../session/calls/all.ts';
import { type PlayedStep, Player } from '../session/player.ts';
import type { SessionRecorder } from '../session/recorder.ts';
import { engineReports } from './engine_reports.ts';
import { ObjectWatch } from './object_watch.ts';
import { RunCounts, type RunNumbers } from './run_counts.ts';
import { type Expectation, type ExpectedCount, meets, type Scenario } from './scenario.ts';
import { shutdownAndFindLeaks } from './shutdown_leaks.ts';
import { traceViolations } from './trace_violations.ts';
import { verifyFrames } from './verify_frames.ts';
import { type ObjectsVerified, residentBytes, verifyObjects } from './verify_objects.ts';

/** Problems listed in a result at most; the first ones tell the story. */
const MAX_PROBLEMS = 20;

export interface RunOptions {
  /** A fresh machine of the scenario's description; disposed of at the end. */
  readonly machine: Machine;
  /** Inputs per slice; never shows in a digest. */
  readonly slice?: number;
  /** A negative control or a planted defect (lab/sabotage.ts); the machine has been told of it as well. */
  readonly sabotage?: string | null;
  /** Takes down what happens, up to before the shutdown; the caller ends it. */
  readonly recorder?: SessionRecorder;
  /** Runs after the last input and its checks, before the shutdown; changes nothing. */
  readonly atEnd?: (player: Player) => Promise<void>;
  /** Told after every barrier. */
  readonly onProgress?: (inputsDone: number) => void;
}

/** What a run says; the order of the fields is the order of the output. */
export interface RunResult extends RunNumbers {
  readonly scenario: string;
  readonly ok: boolean;
  /** What was wrong, whole sentences; empty when ok. */
  readonly problems: readonly string[];
  readonly machine: 'host' | 'webgpu';
  readonly vram: 'paged' | 'dedicated';
  readonly inputs: number;
  readonly events: number;
  /** Pages in which checkStamps found neither the stamp it asked for nor zeros, as the machine answered. */
  readonly staleReads: number;
  readonly objects: number;
  readonly contentsVerified: number;
  readonly gpu: {
    readonly liveBytes: number;
    readonly liveBytesAfterShutdown: number;
    readonly buffersCreated: number;
    readonly buffersDestroyed: number;
    readonly submits: number;
    readonly maps: number;
    readonly adapter: string;
    readonly software: boolean;
  };
  readonly model: { readonly expectedBytes: number; readonly residentBytes: number };
  readonly eventDigest: string;
  readonly contentDigest: string;
}

/** Boot, play, verify, shut down. Never throws for what a scenario or a defect causes: that is in `problems`. */
export async function runScenario(scenario: Scenario, options: RunOptions): Promise<RunResult> {
  const run = new ScenarioRun(scenario, options);
  try {
    await run.play();
  } catch (error) {
    run.failed(error);
  }
  await run.shutdown();
  return run.result();
}

/** One run in progress. */
class ScenarioRun {
  private readonly machine: Machine;
  private readonly kernel: Kernel;
  private readonly player: Player;
  private readonly counts = new RunCounts();
  private readonly entries = invariantEntries();
  private readonly watch = new ObjectWatch();
  private readonly problems: string[] = [];
  private objects: ObjectsVerified = { objects: 0, verified: 0, wrong: [], digest: '' };
  private model = { expectedBytes: 0, residentBytes: 0 };
  private liveBytes = 0;
  private staleReads = 0;

  constructor(
    private readonly scenario: Scenario,
    private readonly options: RunOptions,
  ) {
    this.machine = options.machine;
    this.kernel = bootKernel(this.machine.description);
    this.kernel.context.sabotage = options.sabotage ?? null;
    this.player = new Player(this.kernel, this.machine);
    this.player.onBarrier = report => {
      this.compareLedger('at a barrier');
      if (report.loss) this.problem(`The GPU device was lost: ${report.loss.message}`);
    };
  }

  async play(): Promise<void> {
    const { slice, recorder } = this.options;
    await recorder?.begin();
    for (const { position, text } of this.scenario.captions)
      recorder?.say({ kind: 'caption', position, text });
    await this.player.play(this.scenario.inputs, {
      ...(slice === undefined ? {} : { slice }),
      collect: false,
      ...(recorder && { sliceEnds: () => recorder.wantsBoundary(this.player) }),
      afterInput: (position, input) => {
        recorder?.took(input);
        if (this.problems.length >= MAX_PROBLEMS) return;
        for (const says of this.kernel.check(this.entries)) {
          this.problem(`After input ${position} (${input.task} ${input.call}): ${says}`);
        }
        this.watch.note(this.kernel, this.player.names, input);
        for (const says of this.watch.check(this.kernel)) {
          this.problem(`After input ${position} (${input.task} ${input.call}): ${says}`);
        }
      },
      afterBarrier: async steps => {
        await recorder?.boundary(this.player);
        for (const step of steps) this.staleReads += strangePages(step);
        this.counts.read(this.kernel.trace);
        this.options.onProgress?.(this.player.position);
        return this.problems.length < MAX_PROBLEMS;
      },
    });
    await recorder?.finish(this.player);
    for (const says of traceViolations(this.kernel)) this.problem(says);
    for (const says of engineReports(this.kernel)) this.problem(says);
    this.objects = await verifyObjects(this.player);
    for (const says of this.objects.wrong) this.problem(says);
    for (const says of await verifyFrames(this.player)) this.problem(says);
    this.model = { expectedBytes: this.expectedTotal(), residentBytes: residentBytes(this.kernel) };
    this.liveBytes = this.machine.ledger.liveBytes;
    await this.options.atEnd?.(this.player);
    if (this.problems.length === 0) this.compareExpectations();
  }

  async shutdown(): Promise<void> {
    try {
      for (const says of shutdownAndFindLeaks(this.kernel)) this.problem(says);
      await this.player.barrier();
      this.counts.read(this.kernel.trace);
    } catch (error) {
      this.failed(error);
    }
    await this.machine.dispose();
    const left = this.machine.ledger.liveBytes;
    if (left !== 0)
      this.problem(`${left} bytes of GPU memory are still alive after shutdown; 0 were expected.`);
  }

  failed(error: unknown): void {
    if (error instanceof ModelBug || error instanceof GpuError) this.problem(error.message);
    else throw error;
  }

  result(): RunResult {
    const { kernel, machine } = this;
    const { ledger, adapter } = machine;
    return {
      scenario: this.scenario.id,
      ok: this.problems.length === 0,
      problems: this.problems.slice(0, MAX_PROBLEMS),
      machine: machine.kind,
      vram: machine.layout,
      inputs: this.player.position,
      events: kernel.trace.count,
      ...this.counts.numbers,
      staleReads: this.staleReads,
      objects: this.objects.objects,
      contentsVerified: this.objects.verified,
      gpu: {
        liveBytes: this.liveBytes,
        liveBytesAfterShutdown: ledger.liveBytes,
        buffersCreated: ledger.buffersCreated,
        buffersDestroyed: ledger.buffersDestroyed,
        submits: ledger.submits,
        maps: ledger.maps,
        adapter: adapter.name,
        software: adapter.software,
      },
      model: this.model,
      eventDigest: contentHashOfText(machineHash(machine.description) + kernel.trace.digest()),
      contentDigest: this.objects.digest,
    };
  }

  private problem(sentence: string): void {
    if (!this.problems.includes(sentence)) this.problems.push(sentence);
  }

  private expected() {
    const { description, layout } = this.machine;
    return expectedBytes(description, layout, this.kernel.queue.allocations.values(), this.machine.staging());
  }

  private expectedTotal(): number {
    const expected = this.expected();
    return PURPOSES.reduce((sum, purpose) => sum + expected[purpose], 0);
  }

  private compareLedger(when: string): void {
    for (const says of compareBytes(this.machine.ledger.live, this.expected())) {
      this.problem(`${says.slice(0, -1)} (${when}).`);
    }
  }

  private compareExpectations(): void {
    const found = {
      ...this.counts.numbers,
      staleReads: this.staleReads,
      objects: this.objects.objects,
      contentsVerified: this.objects.verified,
    };
    // Nobody reads what is somebody else's, unless that is the story.
    for (const [what, expected] of Object.entries({ staleReads: 0, ...this.scenario.expect })) {
      const value = found[what as ExpectedCount];
      if (expected !== undefined && !meets(expected as Expectation, value)) {
        this.problem(`The scenario expects ${what} ${JSON.stringify(expected)}, but it is ${value}.`);
      }
    }
  }
}

/** Pages of an answer of checkStamps that held something else than was asked for. */
function strangePages({ input, answer }: PlayedStep): number {
  const { ret } = answer;
  if (input.call !== 'checkStamps' || typeof ret !== 'object' || ret === null || !('other' in ret)) return 0;
  return Number(ret.other);
}
