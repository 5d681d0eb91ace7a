/** Sections of the inspector about the pages of an object: where each lies, and how real GPUs would be told. */
import { signal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { ObjectPagesView } from '../../core/public/machine_types.ts';
import { type ObjectView, PLACEMENTS } from '../../core/public/view_types.ts';
import { ask } from '../state/actions.ts';
import { cssToken } from '../state/css_tokens.ts';
import { equalText } from '../state/equal_text.ts';
import { selection } from '../state/lab_store.ts';
import { counted, thousands } from '../state/numbers.ts';
import { theme } from '../state/theme.ts';
import { useFollowing } from './follow_lab.ts';
import { PlacementMark } from './marks.tsx';

const READ_EVERY_MS = 120;
/** CSS pixels of the grid, and pages that get a cell of their own in it. */
const GRID = 91;
const MOST_SIDE = 64;
/** Runs of an answer that is compared with the one before. */
const MOST_COMPARED = 200;

const pages = signal<{ readonly id: number; readonly view: ObjectPagesView | null } | null>(null);

async function read(): Promise<void> {
  const now = selection.peek();
  if (now?.kind !== 'object') return;
  const view = await ask('objectPages', { id: now.id });
  const few = (view?.runs.length ?? 0) <= MOST_COMPARED;
  if (!few || !equalText({ id: now.id, view }, pages.peek())) pages.value = { id: now.id, view };
}

/** Cells of a side, and pages of one cell. */
export function gridOf(nrPages: number): { readonly side: number; readonly pagesPerCell: number } {
  const pagesPerCell = Math.max(1, Math.ceil(nrPages / (MOST_SIDE * MOST_SIDE)));
  return { side: Math.ceil(Math.sqrt(nrPages / pagesPerCell)), pagesPerCell };
}

function drawGrid(canvas: HTMLCanvasElement, view: ObjectPagesView): void {
  // A small picture that is drawn often: filled by the processor, it needs no buffer of the GPU.
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) return;
  const { side, pagesPerCell } = gridOf(view.nrPages);
  const ratio = Math.max(1, Math.round(devicePixelRatio));
  const cell = Math.max(1, Math.floor((GRID * ratio) / side));
  canvas.width = cell * side;
  canvas.height = cell * Math.ceil(view.nrPages / pagesPerCell / side);
  const gap = cell > 2 ? 1 : 0;
  for (const run of view.runs) {
    const name = run.placement === 'nowhere' ? '--bg4' : `--${run.placement.toLowerCase()}`;
    context.fillStyle = cssToken(name);
    for (
      let at = Math.floor(run.first / pagesPerCell);
      at < Math.ceil((run.first + run.nrPages) / pagesPerCell);
      at++
    ) {
      context.fillRect((at % side) * cell, Math.floor(at / side) * cell, cell - gap, cell - gap);
    }
  }
}

function sumsOf(view: ObjectPagesView): readonly { placement: string; arrived: boolean; nrPages: number }[] {
  const sums = new Map<string, { placement: string; arrived: boolean; nrPages: number }>();
  for (const { placement, arrived, nrPages } of view.runs) {
    const sum = sums.get(`${placement} ${arrived}`);
    if (sum) sum.nrPages += nrPages;
    else sums.set(`${placement} ${arrived}`, { placement, arrived, nrPages });
  }
  return [...sums.values()];
}

function Grid({ view }: { readonly view: ObjectPagesView }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const colours = theme.value;
  useLayoutEffect(() => drawGrid(canvas.current!, view), [view, colours]);
  const words = sumsOf(view)
    .map(
      sum =>
        `${counted(sum.nrPages, 'page')} ${sum.placement === 'nowhere' ? 'nowhere yet' : `in ${sum.placement}`}${sum.arrived ? '' : ', to go'}`,
    )
    .join('; ');
  return <canvas ref={canvas} class="page-grid" role="img" aria-label={`Pages: ${words}.`} />;
}

interface Answered {
  readonly view: ObjectPagesView;
  /** The answer for what is selected now is on its way. */
  readonly awaited: boolean;
}

const sectionClass = (awaited: boolean) => `section ${awaited ? 'awaited' : ''}`;

function Pages({ view, awaited }: Answered) {
  const { side, pagesPerCell } = gridOf(view.nrPages);
  const moving = view.from !== null && view.progress < 1;
  return (
    <div class={sectionClass(awaited)} aria-hidden={awaited}>
      <h3>
        <span>Pages</span>
        <span>
          {pagesPerCell === 1 ? 'one cell each' : `${thousands(pagesPerCell)} a cell`}, {side} ×{' '}
          {Math.ceil(view.nrPages / pagesPerCell / side)}
        </span>
      </h3>
      <div class="pages">
        <Grid view={view} />
        <ul>
          {sumsOf(view).map(({ placement, arrived, nrPages }) => {
            const known = PLACEMENTS.find(each => each === placement);
            return (
              <li key={`${placement} ${arrived}`}>
                {known && <PlacementMark placement={known} />}
                {thousands(nrPages)}{' '}
                {known ? (moving ? (arrived ? 'arrived' : 'to go') : `in ${known}`) : 'not there yet'}
              </li>
            );
          })}
        </ul>
      </div>
    </div>
  );
}

function Translation({ view, awaited }: Answered) {
  if (view.firstEntry === null) return null;
  return (
    <div class={sectionClass(awaited)} aria-hidden={awaited}>
      <h3>
        <span>GART entry {thousands(view.firstEntry)}</span>
        <span>
          {view.validEntries === view.nrPages
            ? 'all valid'
            : `${thousands(view.validEntries)} of ${thousands(view.nrPages)} valid`}
        </span>
      </h3>
      <table class="plain entries">
        <tbody>
          {view.entries.map((entry, i) => (
            <tr key={entry.format} title={`${entry.format}: ${entry.says}`}>
              <td>
                {entry.format}
                {i === 0 && <span class="dim"> here</span>}
              </td>
              <td class="mono">{entry.digits}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {view.entries[0] && <p>{view.entries[0].says}</p>}
    </div>
  );
}

/** Where the pages of the selected object lie, and the first entry of its binding. */
export function ObjectPages({ object }: { readonly object: ObjectView }) {
  useFollowing(read, READ_EVERY_MS, () => void selection.value);
  const now = pages.value;
  if (!now?.view) return null;
  // What stands below keeps its place while the lab looks at another object.
  const awaited = now.id !== object.id;
  return (
    <>
      <Pages view={now.view} awaited={awaited} />
      <Translation view={now.view} awaited={awaited} />
    </>
  );
}
