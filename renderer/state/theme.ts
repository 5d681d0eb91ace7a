/** Theme and motion as the system asks for them: dark, light or high contrast, and reduced motion. */
import { signal } from '@preact/signals';

export type Theme = 'dark' | 'light' | 'contrast';

export const theme = signal<Theme>('dark');
export const reducedMotion = signal(false);

const light = matchMedia('(prefers-color-scheme: light)');
const contrast = matchMedia('(prefers-contrast: more)');
const reduced = matchMedia('(prefers-reduced-motion: reduce)');

function follow(): void {
  theme.value = contrast.matches ? 'contrast' : light.matches ? 'light' : 'dark';
  reducedMotion.value = reduced.matches;
  document.documentElement.dataset.theme = theme.value;
}

/** Follow the system from now on. */
export function followSystem(): void {
  for (const query of [light, contrast, reduced]) query.addEventListener('change', follow);
  follow();
}
