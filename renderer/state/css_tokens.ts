/**
 * CSS variables of the theme, for scripts. Each is read once: reading one makes the browser bring the style of the whole page up to
 * date first, in the middle of whatever script asked.
 */
import { signal } from '@preact/signals';
import { theme } from './theme.ts';

const known = new Map<string, string>();
let knownTheme: string | null = null;
/** Tokens also depend on the size of the window. */
const resizes = signal(0);
let listening = false;

function forget(): void {
  known.clear();
  resizes.value++;
}

/** Value of a variable of theme/tokens.css, `--row` to `22px`. Inside an effect or a component, a change runs that again. */
export function cssToken(name: string): string {
  if (!listening) {
    addEventListener('resize', forget);
    listening = true;
  }
  void resizes.value;
  if (theme.value !== knownTheme) {
    known.clear();
    knownTheme = theme.value;
  }
  let value = known.get(name);
  if (value === undefined) {
    value = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    known.set(name, value);
  }
  return value;
}

/** Height of a row of the window's tables and lists, in pixels. */
export const rowHeight = (): number => Number.parseFloat(cssToken('--row')) || 22;
