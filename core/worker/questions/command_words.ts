/** Commands of a ring as a person reads them. */
import {
  CMD_BLIT,
  CMD_COPY,
  CMD_DRAW_RECT,
  CMD_DRAW_TEXT,
  CMD_FILL,
  CMD_NOP,
  CMD_STORE_DWORD,
  CMD_WAIT,
  COMMAND_NAMES,
  dwordsOf,
  opcodeOf,
  TEXT_HEAD_DWORDS,
} from '../../hw/ring/commands.ts';
import type { RingCommandView } from '../../public/machine_types.ts';

export const hex = (value: number) => `0x${(value >>> 0).toString(16).padStart(8, '0')}`;

const low = (pair: number) => pair & 0xffff;
const high = (pair: number) => pair >>> 16;
const point = (pair: number) => `${low(pair)},${high(pair)}`;
const size = (pair: number) => `${low(pair)} x ${high(pair)}`;

function textOf(words: Uint32Array): string {
  const count = Math.min(words[TEXT_HEAD_DWORDS - 1] ?? 0, (words.length - TEXT_HEAD_DWORDS) * 4);
  let text = '';
  for (let i = 0; i < count; i++) {
    const code = (words[TEXT_HEAD_DWORDS + (i >>> 2)]! >>> (8 * (i & 3))) & 0xff;
    text += code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : '.';
  }
  return text;
}

/** Operands in words; every dword of the command must be there. */
function operands(words: Uint32Array): string {
  const [header = 0, a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0] = words;
  switch (opcodeOf(header)) {
    case CMD_STORE_DWORD:
      return `${hex(a)} = ${b}`;
    case CMD_FILL:
      return `${b} bytes at ${hex(a)} with ${hex(c)}`;
    case CMD_COPY:
      return `${c} bytes from ${hex(b)} to ${hex(a)}`;
    case CMD_BLIT:
      return `${size(g)} from ${hex(d)} at ${point(f)} to ${hex(a)} at ${point(c)}`;
    case CMD_DRAW_RECT:
      return `${size(e)} at ${point(d)} of ${hex(a)}, colour ${hex(f)}`;
    case CMD_DRAW_TEXT:
      return `"${textOf(words)}" at ${point(d)} of ${hex(a)}`;
    case CMD_WAIT:
      return `until ${hex(a)} >= ${b}`;
    default:
      return words.length > 1 && opcodeOf(header) !== CMD_NOP
        ? Array.from(words.subarray(1), hex).join(' ')
        : '';
  }
}

/**
 * Decode [from, to) of a ring; NOPs in a row are one line.
 *
 * @param from, to byte offsets; from must be the beginning of a command
 * @param base     GART address of the ring
 * @returns the first `most` lines, and how many more there are
 */
export function decodeCommands(
  ring: Uint32Array,
  from: number,
  to: number,
  base: number,
  most: number,
): { readonly commands: RingCommandView[]; readonly more: number } {
  const commands: RingCommandView[] = [];
  let more = 0;
  let nops = 0;
  for (let at = from / 4; at < to / 4; ) {
    const header = ring[at]!;
    const length = Math.min(dwordsOf(header), to / 4 - at);
    const isNop = header === 0;
    if (isNop) nops++;
    const last = commands.at(-1);
    if (isNop && nops > 1 && last && more === 0) {
      commands[commands.length - 1] = { ...last, says: `${nops} in a row` };
    } else if (commands.length >= most) more++;
    else {
      const words = ring.subarray(at, at + length);
      commands.push({
        address: base + at * 4,
        name: COMMAND_NAMES[opcodeOf(header)] ?? `opcode ${hex(opcodeOf(header)).slice(-2)}`,
        says: length === dwordsOf(header) ? operands(words) : 'cut off',
        words: Array.from(words.subarray(0, 9), word => (word >>> 0).toString(16).padStart(8, '0')).join(' '),
      });
    }
    if (!isNop) nops = 0;
    at += length;
  }
  return { commands, more };
}
