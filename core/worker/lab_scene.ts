/**
 * One loaded scene: its session, its captions, what was read of its trace, and the view that the window has.
 */

import type { Machine } from '../hw/machine.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Scenario } from '../lab/scenario.ts';
import { verifyPatiently } from '../lab/verify_objects.ts';
import { captionAt } from '../public/captions.ts';
import { formatInputLine } from '../public/input_line.ts';
import { EVENT_BATCH_ROWS, EVENT_ROWS_BEHIND_GAP, type FromLab } from '../public/protocol.ts';
import type { NoteView } from '../public/session_types.ts';
import { diffView, EMPTY_VIEW, type ViewDelta } from '../public/view_delta.ts';
import type { Change, LabView, StatusView, VerifiedView } from '../public/view_types.ts';
import type { Input } from '../session/input.ts';
import type { PlayedStep } from '../session/player.ts';
import type { Session } from '../session/session.ts';
import { type StateSummary, summariseState } from '../session/state_summary.ts';
import { KernelNames } from '../views/kernel_names.ts';
import { ViewBuilder } from '../views/lab_view.ts';
import { TraceReader } from '../views/trace_reader.ts';
import { eventRows } from './event_text.ts';
import { gpuBytes } from './gpu_bytes.ts';
import type { SceneRecording } from './recording/scene_recording.ts';
import { orderedNotes } from './scene_notes.ts';
import { betweenParts, SLICE_MS, type Slicing, sliceClock } from './slice_pace.ts';
import { StateChecks } from './state_checks.ts';
import { SceneTimeline } from './timeline/scene_timeline.ts';

/** Inputs between two barriers at most. */
const MOST_SLICE = 256;
/** Events read between two looks at the clock. */
const EVENTS_AT_ONCE = 16_384;
const WALL_STEP_MS = 250;
const NOT_VERIFIED: VerifiedView = { atInput: 0, objects: 0, verified: 0, wrong: [] };

/** What a scene needs of its surroundings. */
export interface SceneSurroundings extends Slicing {
  /** Where what is executed is recorded; null: nowhere. */
  readonly record?: (scenario: Scenario, machine: Machine) => SceneRecording | null;
}

const NO_CLOCK: SceneSurroundings = { nowMs: () => 0, breathe: async () => {} };

export class LabScene {
  readonly names = new KernelNames();
  readonly timeline: SceneTimeline;
  private readonly recording: SceneRecording | null;
  private readonly reader = new TraceReader(this.names);
  private readonly builder = new ViewBuilder();
  /** Names that inputs gave and that were not looked at yet. */
  private named: string[] = [];
  private readonly checks = new StateChecks(() => this.around.nowMs());
  /** Captions and bookmarks, in order of position. */
  notes: readonly NoteView[];
  /** When positions were executed, in wall time: what `the last 10 s` are. */
  private readonly wall: { readonly ms: number; readonly position: number }[] = [];
  private sent: LabView = EMPTY_VIEW;
  private eventsSent = 0;
  private verified = NOT_VERIFIED;
  private changes: Change[] = [];
  private ways = 0;
  /** What the parts of the last verification took together. */
  private verifyingMs = 0;

  constructor(
    readonly scenario: Scenario,
    readonly session: Session,
    /** Views made before this scene; numbers go on, so that a late `shown` cannot be taken for a new one. */
    private number: number,
    private readonly around: SceneSurroundings = NO_CLOCK,
    notes: readonly NoteView[] = scenario.captions.map(caption => ({ kind: 'caption', ...caption })),
  ) {
    this.notes = notes;
    this.timeline = new SceneTimeline(this.kernel.trace, session.machine.description);
    this.recording = around.record?.(scenario, session.machine) ?? null;
    this.recording?.tellNotes(notes);
  }

  private get kernel(): Kernel {
    return this.session.kernel;
  }

  get atEnd(): boolean {
    return this.session.position >= this.session.inputs.length;
  }

  /** Positions that were executed and are known. */
  get known(): number {
    return this.timeline.marks.length - 1;
  }

  /** How much is done at a position, for progress: events, or a guess from those before where none are known yet. */
  workAt(position: number): number {
    const { known } = this;
    const events = this.timeline.marks.eventsAt(position);
    return position <= known ? events : events * (position / Math.max(1, known)) + position;
  }

  /** Take captions and bookmarks. @throws Error with a sentence: too many, too long, nowhere */
  setNotes(notes: readonly NoteView[]): void {
    this.notes = orderedNotes(notes, this.session.inputs.length);
    this.recording?.tellNotes(this.notes);
  }

  /** The first position that was executed in the last so many ms of wall time. */
  positionOfWall(lastMs: number): number {
    const since = this.around.nowMs() - lastMs;
    const before = this.wall.findLast(({ ms }) => ms < since);
    return Math.min(this.known, before?.position ?? 0);
  }

  /** The scene is at moments that nobody sees. */
  get onWay(): boolean {
    return this.ways > 0;
  }

  /** Do something that goes through moments that nobody sees. */
  async goThrough<T>(work: () => Promise<T>): Promise<T> {
    this.ways++;
    try {
      return await work();
    } finally {
      this.ways--;
    }
  }

  /** The state at a position that was executed; the scene stands there afterwards. */
  async stateAt(position: number): Promise<StateSummary> {
    if (position !== this.session.position) await this.seek(position);
    return summariseState(this.kernel, this.session.player.names, position);
  }

  private markWall(): void {
    const ms = this.around.nowMs();
    const { position } = this.session;
    // Quarters of a second are as fine as anybody asks for.
    if (ms - (this.wall.at(-2)?.ms ?? 0) < WALL_STEP_MS) this.wall.pop();
    this.wall.push({ ms, position });
  }

  /**
   * Execute the next inputs; what they moved is remembered for the next view.
   *
   * @param isOver asked after every input: true ends it here
   * @returns true when something moved
   */
  async advance(count: number, isOver: () => boolean = () => false): Promise<boolean> {
    await this.play(count, isOver);
    this.markWall();
    return this.look();
  }

  /** @param isOver asked after every input: true ends it here */
  private async play(count: number, isOver: () => boolean): Promise<void> {
    await this.session.run(count, {
      slice: Math.min(count, MOST_SLICE),
      collect: false,
      sliceEnds: isOver,
      afterBarrier: () => !isOver(),
      afterInput: (position, input, ret) => {
        if (typeof ret === 'string') this.builder.noteRefusal();
        if (input.as !== undefined) this.named.push(input.as);
        this.timeline.follow(this.kernel.trace, position + 1);
      },
    });
    await this.recording?.follow(this.session);
  }

  /** Do something now and give its answer and why it was refused, if it was; unlike Session.act the inputs of the scene that are still to come stay. */
  async act(input: Input): Promise<PlayedStep> {
    const { session } = this;
    const { position } = session;
    const future = session.inputs.slice(position);
    const { trace } = this.kernel;
    const events = trace.count;
    let step: PlayedStep;
    try {
      step = await session.act(input);
    } catch (error) {
      // What no kernel could understand was never an input.
      session.inputs.length = position;
      for (const next of future) session.inputs.push(next);
      throw error;
    }
    for (const next of future) session.inputs.push(next);
    if (input.as !== undefined) this.named.push(input.as);
    if (step.refused) this.builder.noteRefusal();
    this.timeline.diverge(trace, events, position);
    this.timeline.follow(trace, position + 1);
    this.recording?.diverge(position, events);
    await this.recording?.follow(session);
    if (this.notes.some(note => note.position > position)) {
      this.notes = this.notes.map(c => (c.position > position ? { ...c, position: c.position + 1 } : c));
      this.recording?.tellNotes(this.notes);
    }
    this.markWall();
    this.look();
    return step;
  }

  /**
   * Go back (or forward) without showing what happens on the way.
   *
   * @param between asked between two slices; false ends it where it is
   * @param goal    where to, for who goes elsewhere on the way: to what still lies ahead
   */
  async seek(
    position: number,
    between: () => Promise<boolean> = betweenParts(this.around, () => true),
    goal: () => number = () => position,
  ): Promise<void> {
    await this.goThrough(() => this.goTo(position, between, goal));
    this.changes = [];
    this.verified = NOT_VERIFIED;
  }

  private async goTo(position: number, between: () => Promise<boolean>, goal: () => number): Promise<void> {
    const { session } = this;
    const near = position <= this.known ? session.keyframes.nearest(position) : undefined;
    if (near && (position < session.position || session.isShortcut(near))) {
      await session.seek(near.position);
      await this.readAnew(between);
    }
    while (session.position < goal()) {
      const isOver = sliceClock(this.around.nowMs);
      await this.play(Math.min(goal() - session.position, MOST_SLICE), isOver);
      this.look();
      this.changes = [];
      if (!(await between())) return;
    }
  }

  /** The kernel is another object now: what its trace says is read once more, in small steps. */
  private async readAnew(between: () => Promise<boolean>): Promise<void> {
    const { kernel, session, reader } = this;
    this.timeline.follow(kernel.trace, session.position);
    this.names.learn(kernel, session.player.names, this.named);
    this.named = [];
    reader.restart();
    reader.read(kernel.trace, EVENTS_AT_ONCE);
    while (reader.next < kernel.trace.count) {
      // Whoever wants something else finds everything read all the same.
      await between();
      reader.read(kernel.trace, EVENTS_AT_ONCE);
    }
  }

  /** Go on right here on another machine. @throws GpuError; then the old one goes on */
  async moveTo(machine: Machine): Promise<void> {
    await this.session.moveTo(machine);
    await this.readAnew(betweenParts(this.around, () => true));
    this.changes = [];
    this.verified = NOT_VERIFIED;
  }

  /** Everything that is still to be shown as one jump: nothing is animated. */
  forgetChanges(): void {
    this.changes = [];
  }

  private look(): boolean {
    this.names.learn(this.kernel, this.session.player.names, this.named);
    this.named = [];
    const fresh = this.reader.read(this.kernel.trace);
    // In the same small steps: a timeline that is opened late has nothing to catch up on.
    this.timeline.read();
    for (const change of fresh) this.changes.push(change);
    return fresh.some(change => change.kind !== 'fault' || change.refault);
  }

  /**
   * Ask the machine about the bytes of every object, and check every rule.
   *
   * @param between asked between two parts; false: somebody wants something else
   * @returns false when it was ended
   */
  async verify(between: () => Promise<boolean> = async () => true): Promise<boolean> {
    const { session } = this;
    const { nowMs } = this.around;
    let tookMs = 0;
    let began = nowMs();
    const found = await verifyPatiently(session.player, async () => {
      tookMs += nowMs() - began;
      const goesOn = await between();
      began = nowMs();
      return goesOn;
    });
    this.verifyingMs = tookMs + nowMs() - began;
    this.recording?.rest(session);
    if (!found) return false;
    const { objects, verified, wrong } = found;
    this.verified = { atInput: session.position, objects, verified, wrong };
    return this.checks.finish(this.kernel, between);
  }

  /** Show the memories of this device from the next view on. */
  showDevice(name: string): void {
    this.builder.show(name);
  }

  /**
   * Read what takes long of the view of a resting scene.
   *
   * @param between asked between two steps; false: somebody wants something else
   * @returns false when it was ended
   */
  async prepareView(between: () => Promise<boolean>): Promise<boolean> {
    for (const _ of this.builder.prepare(this.kernel, this.reader, this.names))
      if (!(await between())) return false;
    return true;
  }

  /** To verify it takes more than a slice, as far as is known. */
  get takesLong(): boolean {
    return this.verifyingMs > SLICE_MS;
  }

  /** Messages that bring the window up to date. */
  takeMessages(running: boolean): FromLab[] {
    const view = this.builder.build(this.kernel, this.reader, this.names, this.status(running));
    const delta: ViewDelta = diffView(this.sent, view);
    this.sent = view;
    const changes = this.changes;
    this.changes = [];
    return [this.eventMessage(), { type: 'view', delta, changes }];
  }

  /** Number of the view that was made last. */
  get viewNumber(): number {
    return this.number;
  }

  private eventMessage(): FromLab {
    const { trace } = this.kernel;
    const keep = Math.min(this.eventsSent, trace.count);
    const fits = trace.count - keep <= EVENT_BATCH_ROWS;
    const first = fits ? keep : Math.max(keep, trace.count - EVENT_ROWS_BEHIND_GAP);
    this.eventsSent = trace.count;
    return {
      type: 'events',
      keep,
      skipped: first - keep,
      rows: eventRows(trace, first, trace.count, this.names),
    };
  }

  private newest(): StatusView['newest'] {
    const { newest, newestEvents, newestPosition } = this.timeline.extent();
    return { time: newest, events: newestEvents, inputsDone: newestPosition };
  }

  private status(running: boolean): StatusView {
    const { session, kernel } = this;
    const { position } = session;
    const inputs = session.inputs.length;
    const last = session.inputs[position - 1];
    const captions = this.notes.filter(({ kind }) => kind === 'caption');
    const invariants = this.checks.take(kernel);
    return {
      number: ++this.number,
      time: kernel.trace.now,
      events: kernel.trace.count,
      ...(kernel.trace.firstIndex > 0 && { eventsDropped: kernel.trace.firstIndex }),
      newest: this.newest(),
      inputsDone: position,
      inputs,
      running,
      lastInput: last ? formatInputLine(last) : '',
      caption: captions[captionAt(captions, position, inputs)]?.text ?? '',
      invariantsChecked: invariants.checked,
      invariantsBroken: invariants.broken,
      gpu: gpuBytes(session.machine, kernel),
      verified: this.verified,
      digest: kernel.trace.digest(),
    };
  }
}
