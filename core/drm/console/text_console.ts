/**
 * Text as pixels: rows of characters drawn with the console font, as words that a CPU or an engine stores.
 *
 * Units      pixels of four bytes, 0x00rrggbb
 */
import { FONT_HEIGHT, FONT_WIDTH, glyphRows } from './font_8x16.ts';

export interface TextColours {
  readonly ink: number;
  readonly paper: number;
}

/** Light grey on black, as consoles are. */
export const CONSOLE_COLOURS: TextColours = { ink: 0xaaaaaa, paper: 0 };

/**
 * The pixels of one row of characters, line by line; characters beyond the right edge are cut off.
 *
 * @param width pixels of a line
 * @returns width * 16 words
 */
export function textRowWords(
  text: string,
  width: number,
  { ink, paper }: TextColours = CONSOLE_COLOURS,
): Uint32Array {
  const words = new Uint32Array(width * FONT_HEIGHT).fill(paper);
  const cells = Math.min(text.length, Math.floor(width / FONT_WIDTH));
  for (let cell = 0; cell < cells; cell++) {
    glyphRows(text.charCodeAt(cell)).forEach((bits, line) => {
      for (let x = 0; x < FONT_WIDTH; x++) {
        if (bits & (0x80 >> x)) words[line * width + cell * FONT_WIDTH + x] = ink;
      }
    });
  }
  return words;
}
