/** Captions and bookmarks of the session: where they stand, what they say, and the file it came from. */
import { useContext, useEffect, useRef, useState } from 'preact/hooks';
import type { NoteView } from '../../core/public/session_types.ts';
import { runCommand } from '../commands/command.ts';
import { showPanel } from '../dock/dock.tsx';
import { PanelPlace } from '../dock/panel_place.tsx';
import { diffWithHere } from '../state/differences.ts';
import { notes, openedSession, scene, view } from '../state/lab_store.ts';
import { thousands } from '../state/numbers.ts';
import { captionNow, captionPosition, captions, changeNote, goToNote } from '../state/sessions.ts';
import { Icon } from './marks.tsx';
import { Panel } from './panel.tsx';

function FileFacts() {
  const from = openedSession.value;
  if (!from) return null;
  const { digests, digestsEqual, difference, problems } = from;
  return (
    <section class="session-file" aria-label="File">
      <b class="ell" title={from.name}>
        {from.name}
      </b>
      <span class="mid">
        Recorded on {from.recordedOn}, replayed on {from.replayedOn}.
      </span>
      <span class={difference ? 'bad' : 'mid'}>
        <Icon name={difference ? 'wrong' : 'check'} />
        {difference ?? `${digestsEqual} of ${digests} recorded digests met`}
      </span>
      {from.flags.map(flag => (
        <span class="mid" key={flag}>
          {flag}
        </span>
      ))}
      {problems.map(problem => (
        <span class="mid" key={problem}>
          {problem}
        </span>
      ))}
    </section>
  );
}

function Note({ note, now }: { readonly note: NoteView; readonly now: boolean }) {
  const [draft, setDraft] = useState<string | null>(null);
  const row = useRef<HTMLLIElement>(null);
  const visible = useContext(PanelPlace)?.visible.value ?? true;
  // Nothing scrolls in a panel behind another tab: it is done again when somebody looks.
  useEffect(() => {
    if (now && visible) row.current?.scrollIntoView({ block: 'nearest' });
  }, [now, visible]);
  const keep = () => {
    if (draft !== null && draft.trim() !== '' && draft !== note.text)
      void changeNote(note, { ...note, text: draft.trim() });
    setDraft(null);
  };
  const what = note.kind === 'caption' ? 'caption' : 'bookmark';
  return (
    <li
      ref={row}
      class={`note is-${note.kind} ${now ? 'selected' : ''}`}
      aria-current={now ? 'true' : undefined}
    >
      <button
        type="button"
        class="note-place mono"
        title={`Go to this ${what}`}
        onClick={() => void goToNote(note)}
      >
        {thousands(note.position)}
      </button>
      {draft === null ? (
        <button type="button" class="note-text" title="Edit" onClick={() => setDraft(note.text)}>
          {note.kind === 'bookmark' && <Icon name="bookmark" />}
          {note.text}
        </button>
      ) : (
        <textarea
          class="note-field"
          aria-label={`Text of the ${what} at ${note.position}`}
          rows={3}
          value={draft}
          ref={field => field?.focus()}
          onInput={event => setDraft(event.currentTarget.value)}
          onBlur={keep}
          onKeyDown={event => {
            if (event.key === 'Enter' && !event.shiftKey) {
              event.preventDefault();
              keep();
            } else if (event.key === 'Escape') {
              event.stopPropagation();
              setDraft(null);
            }
          }}
        />
      )}
      <span class="note-tools">
        {note.kind === 'bookmark' && (
          <button
            type="button"
            class="button quiet"
            onClick={() => {
              showPanel('differences');
              void diffWithHere(note.position);
            }}
          >
            Diff with here
          </button>
        )}
        <button
          type="button"
          class="button square quiet"
          aria-label={`Remove the ${what} at ${note.position}`}
          title="Remove"
          onClick={() => void changeNote(note, null)}
        >
          <Icon name="close" />
        </button>
      </span>
    </li>
  );
}

function NewCaption() {
  const [text, setText] = useState('');
  const add = () => {
    if (text.trim() === '') return;
    void changeNote(null, { kind: 'caption', position: captionPosition(), text: text.trim() });
    setText('');
  };
  return (
    <form
      class="note-new"
      onSubmit={event => {
        event.preventDefault();
        add();
      }}
    >
      <textarea
        class="note-field"
        aria-label="New caption here"
        placeholder={`What happens after ${captionPosition()} inputs; the first sentence is shown large`}
        rows={3}
        value={text}
        onInput={event => setText(event.currentTarget.value)}
        onKeyDown={event => {
          if (event.key !== 'Enter' || event.shiftKey) return;
          event.preventDefault();
          add();
        }}
      />
      <button type="submit" class="button" aria-label="Add caption" disabled={text.trim() === ''}>
        Add
      </button>
      <button type="button" class="button" onClick={() => void runCommand('session.bookmark')}>
        Bookmark
      </button>
      <span class="grow" />
      <button
        type="button"
        class="button"
        disabled={captions.value.length === 0}
        onClick={() => void runCommand('session.present')}
      >
        Present
      </button>
    </form>
  );
}

export function CaptionsPanel() {
  const shown = captions.value[captionNow.value];
  const { inputsDone } = view.value.status;
  return (
    <Panel name="Captions" meta={notes.value.length > 0 ? `${notes.value.length}` : ''}>
      {scene.value === null ? (
        <p class="empty">No scene is open.</p>
      ) : (
        <div class="notes">
          <FileFacts />
          <NewCaption />
          {notes.value.length === 0 && (
            <p class="empty">No captions yet. Go to a moment and say what happens there.</p>
          )}
          <ol class="note-list" aria-label="Captions and bookmarks">
            {notes.value.map((note, i) => (
              <Note
                key={`${note.kind} ${note.position} ${i}`}
                note={note}
                now={note === shown || (note.kind === 'bookmark' && note.position === inputsDone)}
              />
            ))}
          </ol>
        </div>
      )}
    </Panel>
  );
}
