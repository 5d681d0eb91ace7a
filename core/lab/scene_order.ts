/** In which order the scenes that come with the program are offered: as the tour tells them, then whatever else there is. */

/** The tour; variants stand beside the scene that they vary. */
export const SCENE_ORDER: readonly string[] = [
  'evict-refault',
  'one-address-space-per-node',
  'one-address-space',
  'boot-objects',
  'boot-console',
  'who-holds-this-buffer',
  'two-sessions',
  'shrink-dax',
  'thrash',
  'game-frame',
  'large-model',
];

const rankOf = (id: string) => {
  const rank = SCENE_ORDER.indexOf(id);
  return rank < 0 ? SCENE_ORDER.length : rank;
};

/** Order of two ids: the tour first, others by name behind it. */
export function bySceneOrder(a: string, b: string): number {
  return rankOf(a) - rankOf(b) || (a < b ? -1 : a > b ? 1 : 0);
}
