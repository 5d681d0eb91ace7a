import type { Measure } from '../scene/label_draft.ts';
import { cssToken } from '../state/css_tokens.ts';

/** Widths of label texts in the shipped face, measured once per text. */
const widths = new Map<string, number>();
let context: CanvasRenderingContext2D | null = null;
let measuredFont = '';
let face = { size: '11px', family: '' };
/** The shipped face is there; null: to be looked up. */
let shipped: boolean | null = null;

document.fonts.addEventListener('loadingdone', () => {
  shipped = null;
});

/** Read the face of the theme; widths in another one are forgotten. */
function lookAtFace(): void {
  const size = cssToken('--label') || '11px';
  face = { size, family: cssToken('--ui') };
  shipped ??= document.fonts.check(`${size} Inter`);
  const font = `${size} ${shipped ? 'Inter' : 'fallback'}`;
  if (font !== measuredFont) widths.clear();
  measuredFont = font;
}

function widthOf(text: string, strong: boolean): number {
  lookAtFace();
  const key = `${strong ? 'b' : 'n'}${text}`;
  const known = widths.get(key);
  if (known !== undefined) return known;
  context ??= document.createElement('canvas').getContext('2d');
  if (!context) return text.length * 7;
  context.font = `${strong ? 600 : 400} ${face.size} ${face.family}`;
  // Digits are tabular on the screen.
  const width = context.measureText(text.replace(/\d/g, '0')).width;
  widths.set(key, width);
  return width;
}

/** Texts at the label size of the theme. */
export const measureLabel: Measure = {
  width: widthOf,
  get line() {
    return Number.parseFloat(cssToken('--label-line')) || 14;
  },
};
