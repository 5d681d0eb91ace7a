/** The built player as the command line finds it. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PlayerParts } from '../views/player_page.ts';
import { packageRoot } from './assets.ts';
import { CommandFailed } from './outcome.ts';

function part(name: string): string {
  const path = join(packageRoot(), 'dist', 'player', name);
  if (!existsSync(path))
    throw new CommandFailed(`The player is not built (${path} is missing): npm run build.`);
  return readFileSync(path, 'utf8');
}

/** @throws CommandFailed when it is not built */
export function playerParts(): PlayerParts {
  return { script: part('player.js'), style: part('player.css') };
}

/** SHA-256 in base 64. */
export function hashOfText(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}
