import { cssToken } from '../state/css_tokens.ts';

/** Widths of label texts in the shipped face, measured once per text. */
const widths = new Map<string, number>();
let context: CanvasRenderingContext2D | null = null;
let measuredFont = '';
let face = { size: '11px', family: '' };
let lookedAt = Number.NEGATIVE_INFINITY;
/** A face that has been loaded, or a theme of other sizes, is seen so soon; asking for every label costs more than measuring. */
const LOOK_MS = 100;

document.fonts.addEventListener('loadingdone', () => {
  lookedAt = Number.NEGATIVE_INFINITY;
});

/** Read the face of the theme; widths in another one are forgotten. */
function lookAtFace(): void {
  const now = performance.now();
  if (now - lookedAt < LOOK_MS) return;
  lookedAt = now;
  const size = cssToken('--label') || '11px';
  face = { size, family: cssToken('--ui') };
  const font = `${size} ${document.fonts.check(`${size} Inter`) ? 'Inter' : 'fallback'}`;
  if (font !== measuredFont) widths.clear();
  measuredFont = font;
}

/** Width in CSS pixels at the label size of the theme. */
export function measureLabel(text: string, strong: boolean): number {
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
