/** @param folder where the scripts and `player.css` go */
export function bundlePlayer(folder: string, scripts?: readonly ('player' | 'film_video')[]): Promise<void>;
