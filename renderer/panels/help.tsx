/** Help: what each panel shows and the kernel files behind it, words, keys, calls, the format of scenarios. */
import { useState } from 'preact/hooks';
import { CALL_REFERENCE, callUsage } from '../../core/public/call_reference.ts';
import { allCommands, commandListVersion, runCommand } from '../commands/command.ts';
import { keyText } from '../commands/keys.ts';
import { LAB_WORDS } from '../console/lab_words.ts';
import { showPanel } from '../dock/dock.tsx';
import { PANELS } from '../dock/panel_list.ts';
import { GLOSSARY } from '../help/glossary.ts';
import { HELP_PAGES, helpPage, helpPanel } from '../help/help_place.ts';
import { PANEL_FILES } from '../help/panel_files.ts';
import '../theme/scenes.css';
import { HelpText } from './help_text.tsx';
import { Panel } from './panel.tsx';

const [scenarioReadme = ''] = Object.values(
  import.meta.glob<string>('../../assets/scenarios/README.md', {
    eager: true,
    query: '?raw',
    import: 'default',
  }),
);

function Files({ files }: { readonly files: readonly string[] }) {
  if (files.length === 0) return null;
  return (
    <span class="kernel-files">
      <span class="dim">Kernel </span>
      <code>{files.join(', ')}</code>
    </span>
  );
}

function PanelsPage() {
  const asked = helpPanel.value;
  const shown = asked === null ? PANELS : PANELS.filter(panel => panel.id === asked);
  return (
    <>
      <h2 class="scene-title">{asked === null ? 'Panels' : shown[0]?.name}</h2>
      <dl>
        {shown.map(panel => (
          <>
            <dt>
              {panel.name}{' '}
              <button
                type="button"
                class="link"
                aria-label={`Show ${panel.name}`}
                onClick={() => showPanel(panel.id)}
              >
                Show
              </button>
            </dt>
            <dd>
              {panel.about}
              <Files files={PANEL_FILES[panel.id] ?? []} />
            </dd>
          </>
        ))}
      </dl>
      {asked !== null && (
        <button
          type="button"
          class="button"
          onClick={() => {
            helpPanel.value = null;
          }}
        >
          All panels
        </button>
      )}
    </>
  );
}

function WordsPage() {
  return (
    <>
      <h2 class="scene-title">Glossary</h2>
      <dl>
        {GLOSSARY.map(({ word, means, file }) => (
          <>
            <dt>{word}</dt>
            <dd>
              {means}
              <Files files={file ? [file] : []} />
            </dd>
          </>
        ))}
      </dl>
    </>
  );
}

function KeysPage() {
  void commandListVersion.value;
  const keyed = allCommands().filter(command => command.keys?.length);
  return (
    <>
      <h2 class="scene-title">Keyboard</h2>
      <table>
        <thead>
          <tr>
            <th>Key</th>
            <th>What it does</th>
          </tr>
        </thead>
        <tbody>
          {keyed.map(command => (
            <tr key={command.id}>
              <td>
                {command.keys!.map(key => (
                  <kbd key={key}>{keyText(key)}</kbd>
                ))}
              </td>
              <td>{command.title}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="mid">
        In a table or a list Tab stops once; arrows, Home, End, Page Up and Page Down go from row to row,
        Enter selects. Every other command is in the palette, by name.
      </p>
    </>
  );
}

function ConsolePage() {
  const [filter, setFilter] = useState('');
  const has = (text: string) => text.toLowerCase().includes(filter.toLowerCase());
  return (
    <>
      <h2 class="scene-title">Console and calls</h2>
      <p class="mid">
        A line is a word of the lab, or a call of a task: <code>game: munmap map=game.map</code>. What stands
        in brackets may be missing.
      </p>
      <label class="look-choice">
        <span class="mid">Find</span>
        <input
          class="field"
          type="search"
          value={filter}
          onInput={event => setFilter(event.currentTarget.value)}
        />
      </label>
      <dl>
        {LAB_WORDS.filter(each => has(each.word + each.about)).map(each => (
          <>
            <dt>
              <code>{`${each.word} ${each.takes}`}</code>
            </dt>
            <dd>{each.about}</dd>
          </>
        ))}
        {CALL_REFERENCE.filter(each => has(each.name + each.about)).map(each => (
          <>
            <dt>
              <code>{callUsage(each)}</code>
            </dt>
            <dd>
              {each.about}
              {each.args
                .filter(arg => arg.says !== undefined)
                .map(arg => (
                  <div key={arg.name} class="dim">
                    {arg.name}: {arg.says}
                  </div>
                ))}
            </dd>
          </>
        ))}
      </dl>
    </>
  );
}

function Page() {
  switch (helpPage.value) {
    case 'panels':
      return <PanelsPage />;
    case 'words':
      return <WordsPage />;
    case 'keys':
      return <KeysPage />;
    case 'console':
      return <ConsolePage />;
    case 'scenarios':
      return <HelpText text={scenarioReadme} />;
  }
}

export function HelpPanel() {
  return (
    <Panel name="Help">
      <div class="job-panel">
        <nav aria-label="Pages of help" class="scroll">
          {HELP_PAGES.map(([id, title]) => (
            <button
              key={id}
              type="button"
              class={`job-choice ${helpPage.value === id ? 'selected' : ''}`}
              aria-current={helpPage.value === id}
              onClick={() => {
                helpPage.value = id;
                helpPanel.value = null;
              }}
            >
              {title}
            </button>
          ))}
          <button type="button" class="job-choice" onClick={() => void runCommand('help.diagnostics')}>
            Save diagnostics
          </button>
        </nav>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is scrolled by keys. */}
        <section class="scroll job-body help-page" tabIndex={0} aria-label="Page of help">
          <Page />
        </section>
      </div>
    </Panel>
  );
}
