/** What the Help panel shows. */
import { signal } from '@preact/signals';

export const HELP_PAGES = [
  ['panels', 'Panels'],
  ['words', 'Glossary'],
  ['keys', 'Keyboard'],
  ['console', 'Console and calls'],
  ['scenarios', 'Scenarios'],
] as const;
export type HelpPage = (typeof HELP_PAGES)[number][0];

export const helpPage = signal<HelpPage>('panels');
/** The panel that somebody asked about; null for none. */
export const helpPanel = signal<string | null>(null);
