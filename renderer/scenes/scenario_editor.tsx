/** The editor of scenarios: CodeMirror with JSON, problems underlined where they stand. */
import { autocompletion, closeBrackets, closeBracketsKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { json, jsonParseLinter } from '@codemirror/lang-json';
import { bracketMatching, foldGutter, HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { type Diagnostic, linter, lintGutter, lintKeymap } from '@codemirror/lint';
import { EditorState } from '@codemirror/state';
import { EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { useEffect, useRef } from 'preact/hooks';
import { ask } from '../state/actions.ts';
import { cspNonce } from '../state/csp_nonce.ts';
import { placeOfPath } from './json_place.ts';
import { MACHINE_IDS } from './scenario_texts.ts';
import { argumentProblems } from './step_arguments.ts';

/** The check runs this long after the last key. */
const CHECK_AFTER_MS = 300;

const COLORS = HighlightStyle.define([
  { tag: tags.propertyName, color: 'var(--t1)' },
  { tag: tags.string, color: 'var(--t2)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--t2)', fontStyle: 'italic' },
  { tag: [tags.punctuation, tags.separator, tags.bracket], color: 'var(--t3)' },
]);

/** What is wrong now, as the panel says it below the text. */
export interface EditorCheck {
  readonly text: string;
  readonly problems: readonly string[];
  /** One of them keeps the scenario from being opened. */
  readonly blocked: boolean;
  /** What the scenario amounts to. */
  readonly inputs: number;
}

async function check(view: EditorView, tell: (check: EditorCheck) => void): Promise<readonly Diagnostic[]> {
  const text = view.state.doc.toString();
  const syntax = jsonParseLinter()(view);
  const found: Diagnostic[] = [...syntax];
  let inputs = 0;
  if (syntax.length === 0) {
    const answer = await ask('checkScenario', { text });
    inputs = answer.inputs;
    const problems = [...answer.problems];
    const { machine, steps } = (JSON.parse(text) ?? {}) as { machine?: unknown; steps?: unknown };
    if (typeof machine === 'string' && !MACHINE_IDS.includes(machine))
      problems.push({
        path: ['machine'],
        says: `There is no machine ${machine}; there are ${MACHINE_IDS.join(', ')}.`,
      });
    for (const { path, says } of problems)
      found.push({ ...placeOfPath(text, path), severity: 'error', message: says });
    for (const { path, says } of argumentProblems(steps))
      found.push({ ...placeOfPath(text, path), severity: 'warning', message: says });
  }
  const blocked = found.some(each => each.severity === 'error');
  tell({ text, problems: found.map(each => each.message), blocked, inputs });
  return found;
}

export interface ScenarioEditorProps {
  /** What the editor begins with; a new text begins again. */
  readonly text: string;
  readonly onText: (text: string) => void;
  readonly onCheck: (check: EditorCheck) => void;
}

export function ScenarioEditor({ text, onText, onCheck }: ScenarioEditorProps) {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const view = new EditorView({
      parent: host.current!,
      state: EditorState.create({
        doc: text,
        extensions: [
          EditorView.cspNonce.of(cspNonce()),
          EditorView.contentAttributes.of({ 'aria-label': 'Scenario' }),
          lineNumbers(),
          foldGutter(),
          history(),
          json(),
          closeBrackets(),
          bracketMatching(),
          autocompletion(),
          highlightActiveLine(),
          syntaxHighlighting(COLORS),
          lintGutter(),
          linter(editor => check(editor, onCheck), { delay: CHECK_AFTER_MS }),
          keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, ...lintKeymap]),
          EditorView.updateListener.of(update => {
            if (update.docChanged) onText(update.state.doc.toString());
          }),
        ],
      }),
    });
    return () => view.destroy();
  }, [text]);
  return <div class="scenario-editor" ref={host} />;
}
