/** The self-contained player: one page that shows a session from disk, with buttons and keys. The views lie in the page. */
import type { SessionFrames } from '../../core/public/player_types.ts';
import { Film } from './film.ts';
import { FilmPainter, type FilmSize } from './film_painter.ts';
import { FilmStage } from './film_stage.ts';

const find = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;

const film = new Film(JSON.parse(find('frames').textContent ?? '') as SessionFrames);
const canvas = find<HTMLCanvasElement>('picture');
const painter = new FilmPainter(film, canvas);
const position = find<HTMLInputElement>('position');
const play = find<HTMLButtonElement>('play');
const words = find('words');

let shown = 0;
let into = Number.POSITIVE_INFINITY;
let playing = false;
let last = 0;

function draw(): void {
  const size: FilmSize = {
    width: canvas.clientWidth,
    height: canvas.clientHeight,
    pixelRatio: Math.min(2, devicePixelRatio || 1),
  };
  if (size.width >= 8 && size.height >= 8) painter.draw(shown, into, size);
  const { status } = film.frame(shown).view;
  position.value = String(shown);
  position.setAttribute('aria-valuetext', `step ${shown} of ${film.count - 1}`);
  play.textContent = playing ? 'Pause' : 'Play';
  const text = [status.caption, status.lastInput].filter(Boolean).join(' — ');
  if (words.textContent !== text) words.textContent = text;
  document.body.dataset.step = String(shown);
  document.body.dataset.events = String(status.events);
  document.body.dataset.digest = status.digest;
}

/** Show a step as it is when everything has arrived. */
function go(number: number): void {
  shown = Math.min(film.count - 1, Math.max(0, number));
  into = Number.POSITIVE_INFINITY;
  draw();
}

function setPlaying(on: boolean): void {
  playing = on;
  if (on) {
    if (shown >= film.count - 1) shown = 0;
    into = 0;
    last = performance.now();
    requestAnimationFrame(tick);
  } else into = Number.POSITIVE_INFINITY;
  draw();
}

function tick(now: number): void {
  if (!playing) return;
  into += (now - last) * Number(find<HTMLSelectElement>('pace').value);
  last = now;
  while (playing && into >= film.frame(shown).duration) {
    if (shown >= film.count - 1) {
      setPlaying(false);
      return;
    }
    into -= film.frame(shown).duration;
    shown++;
  }
  draw();
  requestAnimationFrame(tick);
}

/** The next (or last) step with another caption. */
function toCaption(direction: 1 | -1): void {
  const here = film.frame(shown).view.status.caption;
  for (let at = shown + direction; at >= 0 && at < film.count; at += direction) {
    if (film.frame(at).view.status.caption !== here || at === 0) {
      go(at);
      return;
    }
  }
}

function step(by: number): void {
  if (playing) setPlaying(false);
  go(shown + by);
}

const KEYS: Readonly<Record<string, () => void>> = {
  ArrowRight: () => step(1),
  ArrowLeft: () => step(-1),
  PageDown: () => toCaption(1),
  PageUp: () => toCaption(-1),
  Home: () => step(-film.count),
  End: () => step(film.count),
  ' ': () => setPlaying(!playing),
  f: () => void document.documentElement.requestFullscreen?.(),
};

document.addEventListener('keydown', event => {
  const other = event.target instanceof HTMLSelectElement || event.ctrlKey || event.metaKey || event.altKey;
  const onButton = event.target instanceof HTMLButtonElement && event.key === ' ';
  const action = KEYS[event.key];
  if (!action || other || onButton) return;
  event.preventDefault();
  action();
});
play.addEventListener('click', () => setPlaying(!playing));
find('back').addEventListener('click', () => step(-1));
find('next').addEventListener('click', () => step(1));
position.max = String(film.count - 1);
position.addEventListener('input', () => step(Number(position.value) - shown));
new ResizeObserver(draw).observe(canvas);
document.title = `${film.title} - GART Lab`;
go(0);

declare global {
  interface Window {
    /** For exports: the film, drawn beside the screen. */
    labPlayer?: FilmStage;
  }
}

window.labPlayer = new FilmStage(film);
