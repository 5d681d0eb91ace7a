/** Scenes: what there is, what each says, and an editor for one's own. */
import { signal } from '@preact/signals';
import { runCommand } from '../commands/command.ts';
import { saveText } from '../reports/save_text.ts';
import { PresetForm } from '../scenes/preset_form.tsx';
import { type EditorCheck, ScenarioEditor } from '../scenes/scenario_editor.tsx';
import { sceneFacts, sceneText } from '../scenes/scenario_texts.ts';
import { scene, scenes } from '../state/lab_store.ts';
import { counted } from '../state/numbers.ts';
import { chooseFiles } from '../state/opened_files.ts';
import { openScene } from '../state/opened_scenes.ts';
import '../theme/scenes.css';
import { Panel } from './panel.tsx';

type Page = 'read' | 'edit' | 'preset';

const chosen = signal<string | null>(null);
const page = signal<Page>('read');
/** What the editor begins with. */
const begun = signal('');
/** What stands in it. */
const text = signal('');
const checked = signal<EditorCheck | null>(null);

function edit(from: string): void {
  begun.value = from;
  text.value = from;
  checked.value = null;
  page.value = 'edit';
}

function fileName(): string {
  const id = /"id"\s*:\s*"([a-z0-9-]+)"/.exec(text.value)?.[1];
  return `${id ?? 'scenario'}.json`;
}

function Reading({ id }: { readonly id: string }) {
  const info = scenes.value.find(each => each.id === id);
  const source = sceneText(id);
  const { machine, captions } = sceneFacts(source);
  if (!info) return <p class="empty">No scene.</p>;
  return (
    <>
      <h2 class="scene-title">{info.title}</h2>
      <p class="mid question">{info.summary}</p>
      <p class="dim">
        Machine <span class="mono">{machine || 'unknown'}</span>
        {scene.value?.id === id && ' · open now'}
      </p>
      <div class="job-tools">
        <button type="button" class="button" onClick={() => void runCommand(`scene.${id}`)}>
          {scene.value?.id === id ? 'Open again' : 'Open'}
        </button>
        <button type="button" class="button" disabled={source === ''} onClick={() => edit(source)}>
          Edit a copy
        </button>
      </div>
      <ol class="scene-captions" aria-label="Captions">
        {captions.map((caption, i) => (
          <li key={i}>{caption}</li>
        ))}
      </ol>
    </>
  );
}

function Editing() {
  const now = checked.value;
  const current = now?.text === text.value ? now : null;
  return (
    <div class="scene-edit">
      <div class="job-tools">
        <button
          type="button"
          class="button"
          disabled={current === null || current.blocked}
          onClick={() => void openScene(fileName(), text.value)}
        >
          Run it
        </button>
        <button
          type="button"
          class="button"
          onClick={() => saveText(fileName(), 'application/json', text.value)}
        >
          Save
        </button>
        <button
          type="button"
          class="button quiet"
          onClick={() => {
            page.value = 'read';
          }}
        >
          Close the editor
        </button>
      </div>
      <ScenarioEditor
        text={begun.value}
        onText={next => {
          text.value = next;
        }}
        onCheck={check => {
          checked.value = check;
        }}
      />
      <div class="scene-problems scroll" role="status" aria-label="Problems of the scenario">
        {current === null && <p class="dim">Checking…</p>}
        {current && current.problems.length === 0 && (
          <p class="dim">
            {current.inputs} {current.inputs === 1 ? 'input' : 'inputs'}, no problem.
          </p>
        )}
        {current?.problems.map((problem, i) => (
          <p key={i} class="problem">
            {problem}
          </p>
        ))}
      </div>
    </div>
  );
}

export function ScenesPanel() {
  const id = chosen.value ?? scene.value?.id ?? scenes.value[0]?.id ?? '';
  return (
    <Panel name="Scenes" meta={counted(scenes.value.length, 'scene')}>
      <div class="job-panel">
        <nav aria-label="List of scenes" class="scroll">
          {scenes.value.map((each, i) => (
            <button
              key={each.id}
              type="button"
              class={`job-choice ${page.value === 'read' && each.id === id ? 'selected' : ''}`}
              aria-current={page.value === 'read' && each.id === id}
              onClick={() => {
                chosen.value = each.id;
                page.value = 'read';
              }}
              onDblClick={() => void runCommand(`scene.${each.id}`)}
            >
              {i + 1}. {each.title}
              <span class="dim mono">{each.id}</span>
            </button>
          ))}
          <div class="scene-more">
            <button
              type="button"
              class="button"
              onClick={() => {
                page.value = 'preset';
              }}
            >
              My GPU, my program…
            </button>
            <button type="button" class="button" onClick={chooseFiles}>
              Open a file…
            </button>
          </div>
        </nav>
        {page.value === 'edit' ? (
          <Editing />
        ) : (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is scrolled by keys.
          <section class="scroll job-body" tabIndex={0} aria-label="Scene">
            {page.value === 'preset' ? <PresetForm onText={edit} /> : <Reading id={id} />}
          </section>
        )}
      </div>
    </Panel>
  );
}
