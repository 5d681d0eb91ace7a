/** Theme and motion: as the system asks for them, or as the person chose; the choice is remembered. */
import { effect, signal } from '@preact/signals';

export const THEMES = ['dark', 'light', 'contrast'] as const;
export type Theme = (typeof THEMES)[number];

export const theme = signal<Theme>('dark');
export const reducedMotion = signal(false);

/** What the person chose; `system` follows the system. */
export const themeChoice = signal<Theme | 'system'>('system');
export const motionChoice = signal<'system' | 'reduced' | 'full'>('system');

const THEME_KEY = 'gart-lab.theme';
const MOTION_KEY = 'gart-lab.motion';

const light = matchMedia('(prefers-color-scheme: light)');
const contrast = matchMedia('(prefers-contrast: more)');
const reduced = matchMedia('(prefers-reduced-motion: reduce)');

function follow(): void {
  const system = contrast.matches ? 'contrast' : light.matches ? 'light' : 'dark';
  const chosen = themeChoice.value === 'system' ? system : themeChoice.value;
  // First the style, then those who read it.
  document.documentElement.dataset.theme = chosen;
  theme.value = chosen;
  reducedMotion.value = motionChoice.value === 'system' ? reduced.matches : motionChoice.value === 'reduced';
}

function kept<Word extends string>(key: string, words: readonly Word[]): Word | 'system' {
  try {
    const value = localStorage.getItem(key);
    return words.find(word => word === value) ?? 'system';
  } catch {
    return 'system';
  }
}

function keep(key: string, value: string): void {
  try {
    if (value === 'system') localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // The choice holds until the window closes.
  }
}

/** Follow the system and the person's choice from now on. */
export function followSystem(): void {
  themeChoice.value = kept(THEME_KEY, THEMES);
  motionChoice.value = kept(MOTION_KEY, ['reduced', 'full'] as const);
  for (const query of [light, contrast, reduced]) query.addEventListener('change', follow);
  effect(() => {
    keep(THEME_KEY, themeChoice.value);
    keep(MOTION_KEY, motionChoice.value);
    follow();
  });
}
