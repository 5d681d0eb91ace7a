/** The command palette: every command by a few letters of its name (Ctrl/Cmd+K). */
import { signal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { allCommands, type Command, commandListVersion, runCommand } from './command.ts';
import { keyText } from './keys.ts';
import { rankCommands } from './rank_commands.ts';

const open = signal(false);
const MOST_SHOWN = 60;

/** Open the palette, or close it. */
export function togglePalette(): void {
  open.value = !open.value;
}

function Row({
  command,
  chosen,
  id,
  choose,
}: {
  readonly command: Command;
  readonly chosen: boolean;
  readonly id: string;
  readonly choose: () => void;
}) {
  const line = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (chosen) line.current?.scrollIntoView({ block: 'nearest' });
  }, [chosen]);
  const able = command.enabled?.() !== false;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the field above takes the keys of the whole list.
    <div
      ref={line}
      id={id}
      role="option"
      tabIndex={-1}
      aria-selected={chosen}
      aria-disabled={!able}
      class={`command ${chosen ? 'chosen' : ''}`}
      onClick={choose}
    >
      <span class="dim group">{command.group}</span>
      <span class="ell grow">{command.title}</span>
      {command.keys?.[0] && <kbd>{keyText(command.keys[0])}</kbd>}
    </div>
  );
}

function Opened() {
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const field = useRef<HTMLInputElement>(null);
  const before = useRef(document.activeElement);
  const next = useRef<Command | null>(null);
  // Before the next key: what a person types at once must not be lost.
  useLayoutEffect(() => {
    field.current?.focus();
    return () => {
      if (before.current instanceof HTMLElement) before.current.focus();
      // Behind the focus: a command that brings a panel to the front has the last word.
      if (next.current) void runCommand(next.current.id);
    };
  }, []);
  void commandListVersion.value;
  const found = rankCommands(allCommands(), text).slice(0, MOST_SHOWN);
  const chosen = Math.min(at, found.length - 1);
  const choose = (command: Command | undefined) => {
    if (!command || command.enabled?.() === false) return;
    next.current = command;
    open.value = false;
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a click beside the palette closes it; Escape does the same.
    // biome-ignore lint/a11y/useKeyWithClickEvents: as above.
    <div class="scrim" onClick={event => event.target === event.currentTarget && togglePalette()}>
      <div class="palette" role="dialog" aria-modal="true" aria-label="Command palette">
        <input
          ref={field}
          type="text"
          role="combobox"
          aria-expanded="true"
          aria-controls="palette-list"
          aria-activedescendant={found[chosen] ? `palette-${found[chosen].id}` : undefined}
          aria-label="Command"
          placeholder="What do you want to do?"
          value={text}
          onInput={event => {
            setText(event.currentTarget.value);
            setAt(0);
          }}
          onKeyDown={event => {
            const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
            if (step && found.length > 0) setAt((chosen + step + found.length) % found.length);
            else if (event.key === 'Enter') choose(found[chosen]);
            else if (event.key === 'Escape') open.value = false;
            else return;
            event.preventDefault();
            event.stopPropagation();
          }}
        />
        <div id="palette-list" role="listbox" aria-label="Commands" class="scroll">
          {found.map((command, i) => (
            <Row
              key={command.id}
              id={`palette-${command.id}`}
              command={command}
              chosen={i === chosen}
              choose={() => choose(command)}
            />
          ))}
          {found.length === 0 && <p class="empty">No command matches {text}.</p>}
        </div>
      </div>
    </div>
  );
}

export function Palette() {
  return open.value ? <Opened /> : null;
}
