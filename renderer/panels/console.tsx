/** The console: a line per command, its answer below; every button of the window prints the line that it ran. */
import { signal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { callEntry } from '../../core/public/call_reference.ts';
import { type Completions, commonStart, completionsOf } from '../console/complete.ts';
import { blocks, type ConsoleEntry, callerNow, history, runLine } from '../console/console_store.ts';
import { LAB_WORDS } from '../console/lab_words.ts';
import { ask } from '../state/actions.ts';
import { memo } from './memo.ts';
import { Panel } from './panel.tsx';

const argumentsOf = (call: string) => callEntry(call)?.args.map(arg => arg.name) ?? [];
const NONE: Completions = { from: 0, choices: [] };
const draft = signal('');

const Block = memo(function Block({ lines }: { readonly lines: readonly ConsoleEntry[] }) {
  return (
    <div>
      {lines.map(({ number, kind, text }) => (
        <pre key={number} class={`console-line ${kind}`}>
          {kind === 'typed' || kind === 'ran' ? <span class="dim">lab&gt; </span> : null}
          {text}
        </pre>
      ))}
    </div>
  );
});

function Entries() {
  const box = useRef<HTMLDivElement>(null);
  const now = blocks.value;
  const typed = now.at(-1)?.findLast(entry => entry.kind === 'typed');
  useLayoutEffect(() => {
    // The style keeps the newest line in sight; who reads older ones comes back with a line of their own.
    if (typed) box.current!.scrollTop = 0;
  }, [typed]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is scrolled by keys.
    <div class="scroll console-lines" ref={box} role="log" aria-label="Console output" tabIndex={0}>
      <div>
        {now.length === 0 && (
          <p class="dim">Type help for the words of the lab. Every button prints here what it ran.</p>
        )}
        {now.map(lines => (
          <Block key={lines[0]!.number} lines={lines} />
        ))}
      </div>
    </div>
  );
}

function Field() {
  const field = useRef<HTMLInputElement>(null);
  const [completions, setCompletions] = useState(NONE);
  const [chosen, setChosen] = useState(-1);
  const [past, setPast] = useState(-1);
  const set = (text: string) => {
    draft.value = text;
    setCompletions(NONE);
    setChosen(-1);
  };
  const take = ({ from, choices }: Completions, at: number) => {
    const word = choices[at]!.word;
    set(`${draft.value.slice(0, from)}${word}${word.endsWith('=') ? '' : ' '}`);
    field.current?.focus();
  };
  const complete = async () => {
    const words = await ask('words', {}).catch(() => []);
    const found = completionsOf(draft.value, { words, lab: LAB_WORDS, argumentsOf });
    if (found.choices.length === 1) return take(found, 0);
    const start = commonStart(found.choices);
    if (start.length > draft.value.length - found.from)
      draft.value = draft.value.slice(0, found.from) + start;
    setCompletions(found);
    setChosen(-1);
  };
  const recall = (step: 1 | -1) => {
    const next = Math.min(history.value.length - 1, past + step);
    setPast(Math.max(-1, next));
    set(next < 0 ? '' : history.value[history.value.length - 1 - next]!);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const open = completions.choices.length > 0;
    if (event.key === 'Tab' && !event.shiftKey && draft.value.trim() !== '') {
      if (open) setChosen((chosen + 1) % completions.choices.length);
      else void complete();
    } else if (event.key === 'Enter') {
      if (open && chosen >= 0) take(completions, chosen);
      else {
        const line = draft.value;
        set('');
        setPast(-1);
        void runLine(line);
      }
    } else if (event.key === 'Escape' && open) setCompletions(NONE);
    else if (event.key === 'ArrowUp') open ? setChosen(Math.max(0, chosen - 1)) : recall(1);
    else if (event.key === 'ArrowDown')
      open ? setChosen(Math.min(completions.choices.length - 1, chosen + 1)) : recall(-1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  useEffect(() => {
    document.getElementById(`completion-${chosen}`)?.scrollIntoView({ block: 'nearest' });
  }, [chosen]);
  return (
    <div class="console-field">
      {completions.choices.length > 0 && (
        <div class="completions" role="listbox" id="completions" aria-label="Completions">
          {completions.choices.map((choice, i) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the field takes the keys.
            <div
              key={choice.word}
              id={`completion-${i}`}
              role="option"
              tabIndex={-1}
              aria-selected={i === chosen}
              class={i === chosen ? 'chosen' : ''}
              onClick={() => take(completions, i)}
            >
              <span>{choice.word}</span>
              <span class="dim">{choice.kind}</span>
            </div>
          ))}
        </div>
      )}
      <label>
        <span class="dim">{callerNow()}&gt;</span>
        <input
          ref={field}
          type="text"
          role="combobox"
          aria-label="Console line"
          aria-expanded={completions.choices.length > 0}
          aria-controls="completions"
          aria-autocomplete="list"
          aria-activedescendant={chosen >= 0 ? `completion-${chosen}` : undefined}
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          value={draft.value}
          onInput={event => set(event.currentTarget.value)}
          onKeyDown={onKeyDown}
        />
      </label>
    </div>
  );
}

export function ConsolePanel() {
  return (
    <Panel name="Console">
      <div class="console">
        <Entries />
        <Field />
      </div>
    </Panel>
  );
}
