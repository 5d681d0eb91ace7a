/**
 * The self-contained player as one HTML text: script, style and views inline, nothing loaded from anywhere.
 *
 * Safety  names and captions in a session come from strangers: they are data in a JSON block in which no tag can end, and the page's
 *         policy runs the one script whose hash it names
 */
import { escapeText } from '../lab/experiments/svg_chart.ts';
import type { SessionFrames } from '../public/player_types.ts';

/** The built player. */
export interface PlayerParts {
  readonly script: string;
  readonly style: string;
}

/**
 * @param hashOf SHA-256 of a text in base 64
 * @throws Error when the script cannot stand in a page
 */
export async function playerPage(
  frames: SessionFrames,
  { script, style }: PlayerParts,
  hashOf: (text: string) => string | Promise<string>,
): Promise<string> {
  const data = JSON.stringify(frames)
    .replaceAll('<', '\\u003c')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
  if (/<\/script/i.test(script)) throw new Error('The built player cannot be put into a page.');
  const [scriptHash, styleHash] = [await hashOf(script), await hashOf(style)];
  const policy = `default-src 'none'; script-src 'sha256-${scriptHash}'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'`;
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
