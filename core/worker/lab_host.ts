/**
 * The lab behind the window's port: executes commands one after the other, plays scenes in slices of 8 ms so that Pause gets
 * through, and never runs ahead of the picture.
 *
 * Errors     what a person can cause or a machine can do becomes `failed` with a sentence; the lab stays usable
 */
import type { MachineDescription } from '../hw/machine_description.ts';
import { bootKernel } from '../kernel/boot.ts';
import { checkNeeds, type Scenario } from '../lab/scenario.ts';
import { type FromLab, type LabCommand, PROTOCOL_VERSION, type ToLab } from '../public/protocol.ts';
import type { SceneInfo, Selection } from '../public/view_types.ts';
import '../session/calls/all.ts';
import type { InputLine } from '../public/input_line.ts';
import type { NoteView } from '../public/session_types.ts';
import { Session } from '../session/session.ts';
import { budgetInput, budgetRefusal } from './budget_input.ts';
import { withScene } from './commands/add_scene.ts';
import { callNow, callOfPerson } from './commands/call.ts';
import { playToFirstPause } from './commands/load.ts';
import { type OpenedSession, readOpenedSession, replayOpened, sessionView } from './commands/open_session.ts';
import { runScene } from './commands/run.ts';
import { seekInSlices } from './commands/seek.ts';
import { selectionDetails } from './details.ts';
import { LabScene, type SceneSurroundings } from './lab_scene.ts';
import { MachineKeeper, type MachineMaker } from './machine_keeper.ts';
import { QuestionDesk } from './question_desk.ts';
import { sentenceOf } from './sentences.ts';
import { ShownViews } from './shown_views.ts';
import { betweenParts } from './slice_pace.ts';
import { type Turn, type TurnCommand, Turns } from './turns.ts';

type OpenCommand = Extract<LabCommand, { type: 'open' }>;
type OpenSessionCommand = Extract<LabCommand, { type: 'openSession' }>;

export interface SceneLibrary {
  /** In the order to offer them. */
  readonly scenarios: readonly Scenario[];
  machine(id: string): MachineDescription | undefined;
}

export interface LabSurroundings extends SceneSurroundings {
  readonly send: (message: FromLab) => void;
  readonly makeMachine: MachineMaker;
  readonly library: SceneLibrary;
  /** Lets other messages of the port in. */
  readonly breathe: () => Promise<void>;
}

const sceneInfo = ({ id, title, summary }: Scenario): SceneInfo => ({ id, title, summary });

export class LabHost {
  private scene: LabScene | null = null;
  private readonly machines: MachineKeeper;
  private selection: Selection | null = null;
  /** What is selected was not told about yet. */
  private detailsDue = false;
  private readonly turns = new Turns();
  /** The scene stands, and its verification was given up for something else. */
  private restless = false;
  private readonly shown = new ShownViews();
  private queue: Promise<void> = Promise.resolve();
  private readonly questions: QuestionDesk;
  private library: SceneLibrary;
  /** The file that the scene came from. */
  private opened: OpenedSession | null = null;

  constructor(private readonly around: LabSurroundings) {
    this.library = around.library;
    this.questions = new QuestionDesk(
      () => this.scene,
      around.send,
      work => {
        this.queue = this.queue.then(work);
      },
    );
    this.machines = new MachineKeeper(around.makeMachine, around.send, () => this.reportLoss());
  }

  /** Take one message of the window. */
  receive(message: ToLab): void {
    if (message.type === 'shown') {
      this.shown.took(message.view);
      return;
    }
    if (message.type === 'ask') {
      this.questions.take(message);
      return;
    }
    const { number, command } = message;
    if (command.type === 'select') {
      // Looking at something stops nothing and waits for nothing.
      this.select(command.selection);
      this.around.send({ type: 'done', number });
      return;
    }
    if (command.type === 'showDevice') {
      // A run shows it with its next view.
      this.scene?.showDevice(command.name);
      this.queue = this.queue.then(() => {
        this.attempt(() => this.show(false));
        this.around.send({ type: 'done', number });
      });
      return;
    }
    // What a person does while a scene runs stops it first.
    const turn = this.turns.add(number, command);
    this.shown.lookAgain();
    this.queue = this.queue.then(() => this.take(turn));
  }

  private async take(turn: Turn): Promise<void> {
    const { turns } = this;
    try {
      if (turns.begin(turn)) await this.act(turn.command);
      if (this.restless && turns.isNewest) await this.rest();
    } catch (error) {
      this.fail(error);
      this.showWhatIsLeft();
    }
    turns.end();
    this.around.send({ type: 'done', number: turn.number });
  }

  private select(selection: Selection | null): void {
    this.selection = selection;
    // Nothing is told of moments that nobody sees.
    const tell = () => this.attempt(() => this.sendDetails());
    this.detailsDue = true;
    if (this.scene?.onWay) this.queue = this.queue.then(() => (this.detailsDue ? tell() : undefined));
    else tell();
  }

  private attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.fail(error);
    }
  }

  private fail(error: unknown): void {
    this.around.send({ type: 'failed', sentence: sentenceOf(error) });
  }

  /** After a failure: the state that the scene is in now, if it can still be read. */
  private showWhatIsLeft(): void {
    try {
      this.show(false);
    } catch {
      // The failure itself is on the screen already; a state that cannot be read adds nothing.
      this.scene = null;
    }
  }

  private async act(command: TurnCommand): Promise<void> {
    switch (command.type) {
      case 'open':
        return this.open(command);
      case 'load':
        return this.load(command.scene);
      case 'addScene':
        return this.addScene(command);
      case 'run':
        return this.run(command.until);
      case 'pause':
        return;
      case 'step':
        return this.step();
      case 'stepBack':
        return this.seekTo(scene => scene.session.position - 1);
      case 'reset':
        return this.opened || !this.scene ? this.seekTo(() => 0) : this.load(this.scene.scenario.id);
      case 'seek':
        return this.seekTo(() => command.position);
      case 'setBudget':
        return this.setBudget(command.pages);
      case 'call':
        return this.takeCall(command.input);
      case 'openSession':
        return this.openSession(command);
      case 'setNotes':
        return this.setNotes(command.notes);
      case 'tryGpu':
        return this.tryGpu();
    }
  }

  private open(command: OpenCommand): void {
    if (command.version !== PROTOCOL_VERSION) {
      throw new Error(
        `The window speaks version ${command.version} of the protocol, the lab version ${PROTOCOL_VERSION}. Reload the window.`,
      );
    }
    this.machines.wish = command;
    this.offerScenes();
  }

  private offerScenes(): void {
    this.around.send({ type: 'opened', scenes: this.library.scenarios.map(sceneInfo) });
  }

  private async addScene({ name, text, open }: Extract<LabCommand, { type: 'addScene' }>): Promise<void> {
    const { library, scenario } = withScene(this.library, text, name);
    this.library = library;
    this.offerScenes();
    if (open) await this.load(scenario.id);
  }

  private async load(id: string): Promise<void> {
    const { library } = this;
    const scenario = library.scenarios.find(each => each.id === id);
    if (!scenario) throw new Error(`There is no scene ${JSON.stringify(id)}.`);
    const description = library.machine(scenario.machine);
    if (!description) {
      throw new Error(
        `The scene ${id} wants the machine ${scenario.machine}, which does not come with this program.`,
      );
    }
    checkNeeds(scenario, description);
    await this.start(scenario, description, null);
    await playToFirstPause(this.scene!, this.turns, this.around);
    await this.rest();
  }

  /** Open a session file and replay it, so that every moment of it is known and compared with what was recorded. */
  private async openSession({ name, bytes }: OpenSessionCommand): Promise<void> {
    const opened = await readOpenedSession(name, bytes);
    await this.start(opened.scenario, opened.recorded.header.description, opened);
    const scene = this.scene!;
    const goesOn = () => this.turns.wayGoesOn;
    await scene.goThrough(() => replayOpened(opened, scene, this.around, goesOn, () => this.show(true)));
    this.tellSession();
    await this.rest();
  }

  private tellSession(): void {
    const { opened, machines } = this;
    this.around.send({ type: 'session', session: opened && sessionView(opened, machines.adapter) });
  }

  private setNotes(notes: readonly NoteView[]): void {
    this.scene?.setNotes(notes);
    this.tellNotes();
    this.show(false);
  }

  private tellNotes(): void {
    if (this.scene) this.around.send({ type: 'notes', notes: this.scene.notes });
  }

  /** A fresh machine with this scenario before its first input. */
  private async start(
    scenario: Scenario,
    description: MachineDescription,
    opened: OpenedSession | null,
  ): Promise<void> {
    const viewsBefore = this.scene?.viewNumber ?? 0;
    await this.close();
    const session = await Session.open(
      {
        createMachine: () => this.machines.create(description),
        boot: machine => bootKernel(machine.description),
      },
      scenario.inputs,
      {
        checkBytes: false,
        ...(opened && { recorded: { keyframes: opened.keyframes } }),
      },
    );
    session.player.onBarrier = report => this.machines.watch(report, session.machine);
    this.scene = new LabScene(scenario, session, viewsBefore, this.around, opened?.notes);
    this.opened = opened;
    this.selection = null;
    this.machines.name(session.machine);
    this.around.send({ type: 'loaded', scene: sceneInfo(scenario) });
    this.tellNotes();
    this.tellSession();
  }

  private async close(): Promise<void> {
    const old = this.scene;
    this.scene = null;
    await old?.session.close();
  }

  /** A device went while nothing runs: what that means is known after a barrier, and nobody else would come to one. */
  private reportLoss(): void {
    this.queue = this.queue.then(async () => {
      if (!this.scene || !this.machines.lossPending) return;
      await this.rest().catch(error => this.fail(error));
    });
  }

  /** Go on with GPU memory where the host machine took over. */
  private async tryGpu(): Promise<void> {
    const { scene, machines } = this;
    if (!scene || scene.session.machine.kind === 'webgpu') return;
    try {
      await scene.moveTo(await machines.create(scene.session.machine.description, 'webgpu'));
    } catch (error) {
      throw new Error(`The GPU was tried again: ${sentenceOf(error)} The host machine goes on.`);
    }
    await this.rest();
  }

  private async step(): Promise<void> {
    const { scene } = this;
    if (!scene || scene.atEnd) return;
    await scene.advance(1);
    await this.rest();
  }

  private async seekTo(position: (scene: LabScene) => number): Promise<void> {
    const { scene } = this;
    if (!scene) return;
    const arrived = await seekInSlices(scene, position(scene), this.turns, this.around);
    // Who wants to be elsewhere shows what comes of it.
    if (arrived) await this.rest();
    else this.restless = true;
  }

  private async setBudget(pages: number): Promise<void> {
    const { scene } = this;
    if (!scene) return;
    const refused = await callNow(scene, budgetInput(pages), this.around.send);
    this.tellNotes();
    if (refused !== undefined) this.fail(new Error(budgetRefusal(refused)));
    await this.rest();
  }

  private async takeCall(input: InputLine): Promise<void> {
    const { scene } = this;
    if (!scene) throw new Error('No scene is loaded.');
    await callOfPerson(scene, input, this.around.send);
    this.tellNotes();
    await this.rest();
  }

  private async run(until = Number.POSITIVE_INFINITY): Promise<void> {
    const { scene, around, shown } = this;
    if (!scene) return;
    await runScene(scene, until, {
      around,
      shown,
      wanted: () => this.turns.isNewest,
      show: () => this.show(true),
      between: () => this.questions.answerWaiting(),
    });
    await this.rest();
  }

  /** The scene stands still: verify it, then show everything; what takes longer than a slice is shown before. */
  private async rest(): Promise<void> {
    const { scene } = this;
    if (!scene) return;
    this.turns.end();
    const show = () => {
      this.machines.name(scene.session.machine);
      this.show(false);
    };
    this.restless = true;
    const goesOn = () => this.turns.isNewest;
    // Who wants something else shows what comes of it.
    if (!(await scene.prepareView(betweenParts(this.around, goesOn)))) return;
    const { takesLong } = scene;
    if (takesLong) show();
    if (!(await scene.verify(betweenParts(this.around, goesOn, takesLong ? undefined : show)))) return;
    this.restless = false;
    show();
  }

  private show(running: boolean): void {
    const { scene } = this;
    if (!scene) return;
    for (const message of scene.takeMessages(running)) this.around.send(message);
    this.sendDetails();
  }

  private sendDetails(): void {
    this.detailsDue = false;
    if (!this.scene || !this.selection) return;
    this.around.send({
      type: 'details',
      details: selectionDetails(this.scene.session.kernel, this.selection),
    });
  }
}
