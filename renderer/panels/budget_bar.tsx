/** How full the memory is that limits the shown device; where it has a budget, the slider that sets it. */
import { useState } from 'preact/hooks';
import { sayLine } from '../commands/command.ts';
import * as actions from '../state/actions.ts';
import { isGoing, scene, view } from '../state/lab_store.ts';
import { type LimitedMemory, limitedMemory } from '../state/limited_memory.ts';
import { mebibytes } from '../state/numbers.ts';

/** Pages that one notch of the slider stands for: a sixty-fourth of the memory. */
const notch = (sizePages: number) => Math.max(1, Math.round(sizePages / 64));

const percentOf = (pages: number, of: number) => (of > 0 ? Math.round((100 * pages) / of) : 0);

function Slider({ row, draft, setDraft }: SliderProps) {
  const { sizePages, usedPages } = row;
  const pages = draft ?? row.budgetPages;
  return (
    <input
      type="range"
      aria-label="Budget"
      aria-valuetext={`${mebibytes(pages)} of ${mebibytes(sizePages)} MiB`}
      title="VRAM that the manager may fill"
      min={notch(sizePages)}
      max={sizePages}
      step={notch(sizePages)}
      value={pages}
      disabled={scene.value === null || isGoing.value}
      style={{ '--fill': `${Math.min(100, (100 * usedPages) / sizePages)}%` }}
      onInput={event => setDraft(Number(event.currentTarget.value))}
      onChange={event => {
        const wanted = Number(event.currentTarget.value);
        sayLine(`budget ${wanted / 256}`);
        void actions.setBudget(wanted).then(() => setDraft(null));
      }}
    />
  );
}

interface SliderProps {
  readonly row: LimitedMemory['row'];
  readonly draft: number | null;
  readonly setDraft: (pages: number | null) => void;
}

/** A driver without a budget: what it fills, and nothing to set. */
function Fill({ memory: { name, fill, row } }: { readonly memory: LimitedMemory }) {
  const percent = percentOf(row.usedPages, row.sizePages);
  const words = `${mebibytes(row.usedPages)} of ${mebibytes(row.sizePages)} MiB ${fill}`;
  return (
    // biome-ignore lint/a11y/useSemanticElements: the parts of a meter cannot be drawn like the slider that stands here elsewhere.
    <span
      class={`fill ${row.placement.toLowerCase()}`}
      role="meter"
      aria-label={name}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
      aria-valuetext={words}
      title={`${words}; this driver has no budget to set`}
      style={{ '--fill': `${percent}%` }}
    />
  );
}

export function BudgetBar() {
  const [draft, setDraft] = useState<number | null>(null);
  const memory = limitedMemory(view.value.placements);
  if (!memory) return null;
  const { name, fill, row } = memory;
  const pages = draft ?? row.budgetPages;
  return (
    <>
      <span class="seam narrow" />
      <div class="budget">
        <span class={`mid ${name === 'GTT' ? '' : 'wide'}`}>{name}</span>
        {row.adjustable ? <Slider row={row} draft={draft} setDraft={setDraft} /> : <Fill memory={memory} />}
        <span>
          {mebibytes(pages)} MiB{' '}
          <span class="dim roomy">
            {percentOf(row.usedPages, pages)} % {fill}
          </span>
        </span>
      </div>
    </>
  );
}
