/**
 * The self-contained player as one HTML text: script, style and views inline, nothing loaded from anywhere.
 *
 * Safety  names and captions in a session come from strangers: they are data in a JSON block in which no tag can end, and the page's
 *         policy runs the one script whose hash it names
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SessionFrames } from '../public/player_types.ts';
import { packageRoot } from './assets.ts';
import { CommandFailed } from './outcome.ts';

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

function part(name: string): string {
  const path = join(packageRoot(), 'dist', 'player', name);
  if (!existsSync(path))
    throw new CommandFailed(`The player is not built (${path} is missing): npm run build.`);
  return readFileSync(path, 'utf8');
}

const escapeText = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

export interface PlayerParts {
  readonly script: string;
  readonly style: string;
}

/** The built player. @throws CommandFailed when it is not built */
export function playerParts(): PlayerParts {
  return { script: part('player.js'), style: part('player.css') };
}

export function playerPage(frames: SessionFrames, { script, style }: PlayerParts): string {
  const data = JSON.stringify(frames)
    .replaceAll('<', '\\u003c')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
  if (/<\/script/i.test(script)) throw new CommandFailed('The built player cannot be put into a page.');
  const policy = `default-src 'none'; script-src ${hashOf(script)}; style-src ${hashOf(style)}; base-uri 'none'; form-action 'none'`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="GART Lab ${escapeText(frames.appVersion)}">
<title>${escapeText(frames.title)}</title>
<style>${style}</style>
</head>
<body>
<canvas id="picture" role="img" aria-label="The memories of the machine, the objects in them and the mappings of the tasks" aria-describedby="words"></canvas>
<div class="bar">
<button id="back" type="button" aria-label="Step back" title="Step back (Left)">&#9664;</button>
<button id="play" type="button" title="Play or pause (Space)">Play</button>
<button id="next" type="button" aria-label="Step forward" title="Step forward (Right)">&#9654;</button>
<input id="position" type="range" min="0" max="0" value="0" step="1" aria-label="Step">
<label>Pace <select id="pace"><option>0.25</option><option>0.5</option><option selected>1</option><option>2</option><option>4</option></select></label>
</div>
<p id="words" class="hidden" aria-live="polite"></p>
<script type="application/json" id="frames">${data}</script>
<script>${script}</script>
</body>
</html>
`;
}
