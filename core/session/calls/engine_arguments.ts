/**
 * Commands of a batch as inputs write them: `["FILL", {"bo": "a"}, 4096, 7]`. Where an operand names a buffer, the dword is an
 * address that a relocation has to get right; until then it holds the presumed one.
 */

import { PAGE_SIZE } from '../../base/units.ts';
import type { Relocation } from '../../drm/engine/execbuffer.ts';
import type { TtmBo } from '../../drm/ttm/ttm_bo.ts';
import { COMMAND_NAMES, commandHeader } from '../../hw/ring/commands.ts';
import type { CallArgs } from '../call_table.ts';
import type { Json } from '../input.ts';
import { BadArgument } from './arguments.ts';

export interface BatchWords {
  readonly words: readonly number[];
  readonly relocations: readonly Relocation[];
}

/** An argument that is an object with fields. */
export function fieldsOf(value: Json, what: string): CallArgs {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new BadArgument(`${what} is an object with fields; it is ${JSON.stringify(value)}.`);
  return value as CallArgs;
}

/** An argument that is a list; empty when it is not there. */
export function listOf(value: Json | undefined, what: string): readonly Json[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new BadArgument(`${what} is a list; it is ${JSON.stringify(value)}.`);
  return value as readonly Json[];
}

/** Dwords of an argument. */
export function wordsOf(value: Json | undefined, what: string): number[] {
  return listOf(value, what).map(word => {
    if (typeof word === 'number' && Number.isInteger(word)) return word >>> 0;
    throw new BadArgument(`${what} has whole numbers only; one is ${JSON.stringify(word)}.`);
  });
}

/**
 * Encode commands.
 *
 * @param offset byte of the batch at which the first one goes
 * @param find   the buffer of a name
 */
export function encodeCommands(
  commands: readonly Json[],
  offset: number,
  find: (name: Json) => TtmBo,
): BatchWords {
  const words: number[] = [];
  const relocations: Relocation[] = [];
  for (const command of commands) {
    const [name, ...operands] = listOf(command, 'A command');
    const opcode = COMMAND_NAMES.indexOf(String(name));
    if (typeof name !== 'number' && opcode < 0)
      throw new BadArgument(`There is no command ${String(name)}; there are ${COMMAND_NAMES.join(', ')}.`);
    const header = words.length;
    words.push(0);
    for (const operand of operands) {
      if (typeof operand === 'number') words.push(operand >>> 0);
      else if (typeof operand === 'string') words.push(...packText(operand));
      else {
        const { bo, delta = 0 } = fieldsOf(operand, 'An operand');
        const target = find(bo ?? null);
        const presumed = target.gart === null ? 0 : target.gart.start * PAGE_SIZE;
        relocations.push({
          offset: offset + words.length * 4,
          target,
          delta: Number(delta),
          presumed: target.gart === null ? null : presumed,
        });
        words.push((presumed + Number(delta)) >>> 0);
      }
    }
    // A number instead of a name is a header as it stands: for commands that no engine knows.
    words[header] = typeof name === 'number' ? name >>> 0 : commandHeader(opcode, words.length - header);
  }
  return { words, relocations };
}

/** A text: its length, then its characters, four a dword. */
function packText(text: string): number[] {
  const packed = [text.length];
  for (let i = 0; i < text.length; i += 4) {
    let word = 0;
    for (let byte = 0; byte < 4; byte++) word |= (text.charCodeAt(i + byte) & 0xff) << (8 * byte);
    packed.push(word >>> 0);
  }
  return packed;
}
