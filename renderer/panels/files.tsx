/** Files of the modelled machine: /proc, debugfs, sysfs and /dev as text, with what changed since the last pause. */
import { signal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import type { AnswerOf, FileEntry } from '../../core/public/questions.ts';
import { ask } from '../state/actions.ts';
import { equalText } from '../state/equal_text.ts';
import { isGettingReady, scene, view } from '../state/lab_store.ts';
import { useFollowing } from './follow_lab.ts';
import { diffLines, type LineOfDiff } from './line_diff.ts';
import { Icon } from './marks.tsx';
import { Panel } from './panel.tsx';
import { useRowKeys } from './row_keys.ts';

/** A running scene changes faster than a person reads. */
const READ_EVERY_MS = 150;

const entries = signal<readonly FileEntry[]>([]);
/** The file that is open. */
export const openFile = signal('/proc/meminfo');
const text = signal<AnswerOf<'readFile'> | null>(null);
/** The open file as it was when the scene last stood still before. */
const paused = signal<{ readonly path: string; readonly text: string } | null>(null);
const filter = signal('');

let lastResting = false;
let lastPath = '';

/** Read the list and the open file. */
async function read(): Promise<void> {
  const path = openFile.value;
  const asked = scene.peek();
  if (isGettingReady.peek()) {
    // What another machine said is nothing to compare with.
    entries.value = [];
    text.value = null;
    paused.value = null;
    return;
  }
  try {
    const [list, answer] = await Promise.all([ask('files', {}), ask('readFile', { path })]);
    if (scene.peek() !== asked) return;
    if (!equalText(list, entries.peek())) entries.value = list;
    const before = text.value;
    // Several views, or a reading between them, may show one instant: what changed is kept until another one comes.
    const elsewhere = before && 'text' in before && 'text' in answer && before.position !== answer.position;
    if (elsewhere && lastResting && path === lastPath) {
      paused.value = { path, text: before.text };
    }
    lastResting = !view.value.status.running;
    lastPath = path;
    text.value = answer;
  } catch {
    text.value = null;
  }
}

function Entry({ entry }: { readonly entry: FileEntry }) {
  const chosen = entry.path === openFile.value;
  return (
    <button
      type="button"
      role="option"
      aria-selected={chosen}
      class={`file ${chosen ? 'selected' : ''}`}
      title={entry.target ? `${entry.path} → ${entry.target}` : entry.path}
      onClick={() => {
        openFile.value = entry.path;
      }}
    >
      <span class="ell">{entry.path}</span>
      {entry.target && <span class="ell dim">→ {entry.target}</span>}
    </button>
  );
}

function Line({ line }: { readonly line: LineOfDiff }) {
  return (
    <div class={`text-line ${line.change}`}>
      <span class="sign" aria-hidden="true">
        {line.change === 'added' ? '+' : line.change === 'removed' ? '−' : ' '}
      </span>
      {line.change !== 'same' && <span class="hidden-text">{line.change}: </span>}
      {line.text}
    </div>
  );
}

function Text() {
  const now = text.value;
  if (!now) return scene.value === null ? <p class="empty">Nothing runs yet. Choose a scene.</p> : null;
  if ('error' in now) return <p class="empty">{now.error}</p>;
  const before = paused.value?.path === openFile.value ? paused.value.text : now.text;
  const lines = diffLines(before, now.text);
  if (lines.length === 0) return <p class="empty">The file is empty.</p>;
  return (
    <>
      {lines.map((line, i) => (
        <Line key={i} line={line} />
      ))}
    </>
  );
}

export function FilesPanel() {
  useFollowing(read, READ_EVERY_MS, () => void openFile.value);
  const box = useRef<HTMLDivElement>(null);
  useRowKeys(box, '.file');
  const wanted = filter.value.toLowerCase();
  const shown = entries.value.filter(entry =>
    `${entry.path} ${entry.target ?? ''}`.toLowerCase().includes(wanted),
  );
  return (
    <Panel name="Files" meta={openFile.value}>
      <div class="files">
        <label class="find">
          <Icon name="search" />
          <input
            type="search"
            aria-label="Filter files"
            placeholder="Filter: fdinfo, maps, bufinfo"
            value={filter.value}
            onInput={event => {
              filter.value = event.currentTarget.value;
            }}
          />
        </label>
        <div class="scroll" role="listbox" aria-label="Files" ref={box} tabIndex={-1}>
          {shown.map(entry => (
            <Entry key={entry.path} entry={entry} />
          ))}
          {shown.length === 0 && !isGettingReady.value && <p class="empty">No file matches.</p>}
        </div>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a text that scrolls is scrolled by keys. */}
        <div class="scroll text mono" role="document" aria-label={openFile.value} tabIndex={0}>
          <Text />
        </div>
      </div>
    </Panel>
  );
}
