/** Widths of label texts in the shipped face, measured once per text. */
const widths = new Map<string, number>();
let context: CanvasRenderingContext2D | null = null;
let measuredFont = '';

/** Width in CSS pixels at the label size of the theme. */
export function measureLabel(text: string, strong: boolean): number {
  const style = getComputedStyle(document.documentElement);
  const size = style.getPropertyValue('--label').trim() || '11px';
  const loaded = document.fonts.check(`${size} Inter`);
  const font = `${size} ${loaded ? 'Inter' : 'fallback'}`;
  if (font !== measuredFont) {
    widths.clear();
    measuredFont = font;
  }
  const key = `${strong ? 'b' : 'n'}${text}`;
  const known = widths.get(key);
  if (known !== undefined) return known;
  context ??= document.createElement('canvas').getContext('2d');
  if (!context) return text.length * 7;
  context.font = `${strong ? 600 : 400} ${size} ${style.getPropertyValue('--ui')}`;
  // Digits are tabular on the screen.
  const width = context.measureText(text.replace(/\d/g, '0')).width;
  widths.set(key, width);
  return width;
}
