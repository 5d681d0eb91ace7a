/** Inputs of a person, executed where the scene stands; the window hears the answer. */
import { formatInputLine, type InputLine } from '../../public/input_line.ts';
import type { FromLab } from '../../public/protocol.ts';
import type { Input } from '../../session/input.ts';
import { InputError } from '../../session/input_error.ts';
import type { LabScene } from '../lab_scene.ts';

type Send = (message: FromLab) => void;

/** @returns why it was refused. @throws InputError */
export async function callNow(scene: LabScene, input: Input, send: Send): Promise<string | undefined> {
  const { answer, refused } = await scene.act(input);
  send({ type: 'called', line: formatInputLine(input), answer, ...(refused && { refused }) });
  return refused;
}

/** As callNow(); what no kernel could understand is an answer, too. */
export async function callOfPerson(scene: LabScene, input: InputLine, send: Send): Promise<void> {
  try {
    await callNow(scene, input as Input, send);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    send({ type: 'called', line: formatInputLine(input), error: error.detail });
  }
}
