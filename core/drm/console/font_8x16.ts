/**
 * A font of 8 x 16 pixels for consoles: the printable characters of ASCII as bits.
 *
 * Drawn      5 x 7 dots a character, each dot two lines high, with margins: one line above, one below, one column left, two right
 * Units      glyph rows are bytes, the leftmost pixel in bit 7
 */

/** Pixels of a cell. */
export const FONT_WIDTH = 8;
export const FONT_HEIGHT = 16;

const FIRST = 0x20;

/** Five columns a character from ' ' to '~', two hexadecimal digits each; bit 0 of a column is its top dot. */
const COLUMNS =
  '0000000000' +
  '00005f0000' +
  '0007000700' +
  '147f147f14' +
  '242a7f2a12' +
  '2313086462' +
  '3649562050' +
  '0008070300' +
  '001c224100' +
  '0041221c00' +
  '2a1c7f1c2a' +
  '08083e0808' +
  '0050300000' +
  '0808080808' +
  '0000606000' +
  '2010080402' +
  '3e5149453e' +
  '00427f4000' +
  '7249494946' +
  '2141494d33' +
  '1814127f10' +
  '2745454539' +
  '3c4a494931' +
  '4121110907' +
  '3649494936' +
  '464949291e' +
  '0000140000' +
  '0040340000' +
  '0008142241' +
  '1414141414' +
  '0041221408' +
  '0201590906' +
  '3e415d594e' +
  '7c1211127c' +
  '7f49494936' +
  '3e41414122' +
  '7f4141413e' +
  '7f49494941' +
  '7f09090901' +
  '3e41415173' +
  '7f0808087f' +
  '00417f4100' +
  '2040413f01' +
  '7f08142241' +
  '7f40404040' +
  '7f021c027f' +
  '7f0408107f' +
  '3e4141413e' +
  '7f09090906' +
  '3e4151215e' +
  '7f09192946' +
  '2649494932' +
  '03017f0103' +
  '3f4040403f' +
  '1f2040201f' +
  '3f4038403f' +
  '6314081463' +
  '0304780403' +
  '6159494d43' +
  '007f414141' +
  '0204081020' +
  '004141417f' +
  '0402010204' +
  '4040404040' +
  '0003070800' +
  '2054547840' +
  '7f28444438' +
  '3844444428' +
  '384444287f' +
  '3854545418' +
  '00087e0902' +
  '0c5252523e' +
  '7f08040478' +
  '00447d4000' +
  '2040443d00' +
  '7f10284400' +
  '00417f4000' +
  '7c04780478' +
  '7c08040478' +
  '3844444438' +
  '7c14242418' +
  '182424147c' +
  '7c08040408' +
  '4854545424' +
  '04043f4424' +
  '3c4040207c' +
  '1c2040201c' +
  '3c4030403c' +
  '4428102844' +
  '0c5050503c' +
  '4464544c44' +
  '0008364100' +
  '0000770000' +
  '0041360800' +
  '0201020402';

/**
 * The sixteen rows of a character, top first; characters that the font lacks are drawn as '?'.
 *
 * @param code code unit of the character
 */
export function glyphRows(code: number): Uint8Array {
  const index = (code - FIRST) * 10;
  const at = code >= FIRST && index < COLUMNS.length ? index : (0x3f - FIRST) * 10;
  const rows = new Uint8Array(FONT_HEIGHT);
  for (let column = 0; column < 5; column++) {
    const dots = Number.parseInt(COLUMNS.slice(at + 2 * column, at + 2 * column + 2), 16);
    for (let dot = 0; dot < 7; dot++) {
      if ((dots & (1 << dot)) === 0) continue;
      rows[1 + 2 * dot]! |= 0x40 >> column;
      rows[2 + 2 * dot]! |= 0x40 >> column;
    }
  }
  return rows;
}
