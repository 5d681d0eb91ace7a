/**
 * Commands in the order in which they came: which of them is executed, and what those behind it mean for it.
 *
 * Run    ends with the next command, whatever it is
 * Way    (a scene on its way to its first pause, a seek, the replay of a file) ends with a command that wants to be elsewhere; everything
 *        else waits for its end, because it means to begin there
 * Steps  directly behind a seek are part of it: three steps back are one way
 */
import type { LabCommand } from '../public/protocol.ts';

/** All but those that only look. */
export type TurnCommand = Exclude<LabCommand, { type: 'select' | 'showDevice' }>;
type Type = TurnCommand['type'];

/** A scene from a file that is to be opened is a scene that is loaded. */
const typeOf = (command: TurnCommand): Type =>
  command.type === 'addScene' && command.open ? 'load' : command.type;

/** What begins a way. */
const WAYS: readonly Type[] = ['load', 'openSession', 'reset', 'seek', 'stepBack'];
/** What ends it: none of these asks where it would have ended. */
const ENDS_WAYS: readonly Type[] = ['pause', 'load', 'openSession', 'reset', 'open', 'seek'];
/** What only goes elsewhere, and what does something there. */
const MOVES: readonly Type[] = ['run', 'step', 'stepBack', 'seek'];
const ACTS: readonly Type[] = ['call', 'setBudget'];

export interface Turn {
  readonly number: number;
  readonly command: TurnCommand;
  /** Part of the way before it, or to begin where a way was to end that ended elsewhere. */
  settled: 'folded' | 'overtaken' | null;
}

export class Turns {
  /** Those that are not executed yet. */
  private readonly waiting: Turn[] = [];
  /** The one executed last, and whether it is on its way. */
  private acting = 0;
  private onWay = false;
  private newest = 0;
  /** The newest one for which ways end. */
  private endsWays = 0;

  add(number: number, command: TurnCommand): Turn {
    const turn: Turn = { number, command, settled: null };
    this.newest = number;
    const type = typeOf(command);
    if (ENDS_WAYS.includes(type) && !this.waitsForActs(type)) {
      this.endsWays = number;
      this.overtake();
    }
    this.waiting.push(turn);
    return turn;
  }

  /** Something is to be done on the way to where a seek would go. */
  private waitsForActs(type: Type): boolean {
    const isDue = ({ command, settled }: Turn) => settled === null && ACTS.includes(command.type);
    return type === 'seek' && this.waiting.some(isDue);
  }

  private overtake(): void {
    let { onWay } = this;
    for (const turn of this.waiting) {
      const type = typeOf(turn.command);
      onWay ||= WAYS.includes(type);
      if (onWay && (MOVES.includes(type) || ACTS.includes(type))) turn.settled = 'overtaken';
    }
  }

  /** @returns false when nothing is left to be done. @throws Error where a person has to know that it was not done */
  begin(turn: Turn): boolean {
    this.acting = turn.number;
    if (this.waiting[0] === turn) this.waiting.shift();
    if (turn.settled === 'overtaken' && ACTS.includes(turn.command.type))
      throw new Error('The way to the moment at which this was to be done was ended; it was not done.');
    const isDue = turn.settled === null;
    this.onWay = isDue && WAYS.includes(typeOf(turn.command));
    return isDue;
  }

  /** The way has arrived, or was ended. */
  end(): void {
    this.onWay = false;
  }

  /** Nobody wants anything else than what is executed. */
  get isNewest(): boolean {
    return this.acting === this.newest;
  }

  /** Nobody wants to be elsewhere than where the way goes. */
  get wayGoesOn(): boolean {
    return this.endsWays <= this.acting;
  }

  /**
   * Take the steps that stand directly behind a seek into it.
   *
   * @param goal    where it goes
   * @param lowest  it can still go there
   * @param highest there is nothing behind; null: only steps back are taken
   * @returns where it goes now
   */
  withSteps(goal: number, lowest: number, highest: number | null): number {
    for (let turn = this.waiting[0]; turn; turn = this.waiting[0]) {
      const { type } = turn.command;
      const next = type === 'stepBack' ? goal - 1 : type === 'step' && highest !== null ? goal + 1 : -1;
      if (next < lowest || next > (highest ?? goal)) break;
      goal = next;
      turn.settled = 'folded';
      this.waiting.shift();
    }
    return goal;
  }
}
