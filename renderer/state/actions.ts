/** What the window asks of the lab, by name. What a person does goes through the commands of renderer/commands/. */
import type { InputLine } from '../../core/public/input_line.ts';
import type { LabCommand } from '../../core/public/protocol.ts';
import type { AnswerOf, Ask, QuestionName } from '../../core/public/questions.ts';
import type { NoteView } from '../../core/public/session_types.ts';
import type { Selection } from '../../core/public/view_types.ts';
import { sayLine } from '../commands/command.ts';
import type { LabClient } from './lab_client.ts';
import { details, selection } from './lab_store.ts';
import { addressOf } from './selection_address.ts';

let client: LabClient | null = null;

/** What a person put into the scene that is open: inputs by hand, changes of captions and bookmarks. */
export interface OwnWork {
  readonly inputs: number;
  readonly notes: number;
}

const NOTHING_OWN: OwnWork = { inputs: 0, notes: 0 };
let own = NOTHING_OWN;
export const ownWork = () => own;
export const forgetOwnWork = () => rememberOwnWork(NOTHING_OWN);
export function rememberOwnWork(work: OwnWork): void {
  own = work;
}

/** Connect the actions with the lab; called once by main.tsx. */
export function connect(to: LabClient): void {
  client = to;
}

function send(command: LabCommand): Promise<void> {
  return client ? client.send(command) : Promise.resolve();
}

/** Ask the lab something. @throws Error with its sentence when there is no answer */
export function ask<Name extends QuestionName>(name: Name, what: Ask<Name>): Promise<AnswerOf<Name>> {
  return client ? client.ask(name, what) : Promise.reject(new Error('The lab is not open yet.'));
}

export const loadScene = (id: string) => send({ type: 'load', scene: id });
export const addScene = (name: string, text: string, open: boolean) =>
  send({ type: 'addScene', name, text, open });
export const run = (until?: number) => send(until === undefined ? { type: 'run' } : { type: 'run', until });
export const openSession = (name: string, bytes: Uint8Array<ArrayBuffer>) =>
  send({ type: 'openSession', name, bytes });
export function setNotes(notes: readonly NoteView[]): Promise<void> {
  own = { ...own, notes: own.notes + 1 };
  return send({ type: 'setNotes', notes });
}
export const pause = () => send({ type: 'pause' });
export const step = () => send({ type: 'step' });
export const stepBack = () => send({ type: 'stepBack' });
export const reset = () => send({ type: 'reset' });
export const seek = (position: number) => send({ type: 'seek', position });
export function call(input: InputLine): Promise<void> {
  own = { ...own, inputs: own.inputs + 1 };
  return send({ type: 'call', input });
}
export function setBudget(pages: number): Promise<void> {
  own = { ...own, inputs: own.inputs + 1 };
  return send({ type: 'setBudget', pages });
}
export const showDevice = (name: string) => send({ type: 'showDevice', name });
export const tryGpu = () => send({ type: 'tryGpu' });

/** Select something everywhere; null selects nothing. @param say print the line in the console */
export function select(what: Selection | null, say = true): void {
  if (what && say) sayLine(`select ${addressOf(what)}`);
  selection.value = what;
  if (!what) details.value = null;
  void send({ type: 'select', selection: what });
}
