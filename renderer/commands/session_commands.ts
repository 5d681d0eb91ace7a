/** Commands over sessions: record, save, captions, bookmarks, comparing moments, presenting. */
import { showPanel } from '../dock/dock.tsx';
import { presenting, startPresenting, stopPresenting } from '../presenter/presenting.ts';
import { diffWithHere } from '../state/differences.ts';
import { EXPORT_TARGETS, exportProgress, exportSession } from '../state/exports.ts';
import { isGoing, notes, scene, view } from '../state/lab_store.ts';
import {
  addBookmark,
  captions,
  goToNote,
  recording,
  saveSession,
  startRecording,
  stopRecording,
} from '../state/sessions.ts';
import { addCommands, type Command } from './command.ts';

const SECOND_MS = 1000;
const loaded = () => scene.value !== null;
const hasBookmark = () => notes.value.some(({ kind }) => kind === 'bookmark');

const COMMANDS: readonly Command[] = [
  {
    id: 'session.record',
    title: 'Record, or stop and save',
    group: 'Session',
    also: 'recording start rec',
    line: 'record',
    enabled: loaded,
    run: () => (recording.peek() ? stopRecording() : startRecording()),
  },
  {
    id: 'session.save',
    title: 'Save session as .gartlab',
    group: 'Session',
    also: 'export download file',
    keys: ['Ctrl+S'],
    line: 'save',
    enabled: loaded,
    run: () => saveSession(),
  },
  {
    id: 'session.keepSeconds',
    title: 'Keep the last 10 s',
    group: 'Session',
    also: 'flight recorder save',
    enabled: loaded,
    run: () => saveSession({ fromPosition: 0, lastMs: 10 * SECOND_MS }),
  },
  {
    id: 'session.keepMinutes',
    title: 'Keep the last 5 minutes',
    group: 'Session',
    also: 'flight recorder save',
    enabled: loaded,
    run: () => saveSession({ fromPosition: 0, lastMs: 300 * SECOND_MS }),
  },
  {
    id: 'session.captions',
    title: 'Edit captions',
    group: 'Session',
    also: 'notes text annotations bookmarks',
    enabled: loaded,
    run: () => showPanel('captions'),
  },
  {
    id: 'session.bookmark',
    title: 'Bookmark this moment',
    group: 'Session',
    also: 'mark note',
    keys: ['b'],
    line: 'bookmark',
    enabled: loaded,
    run: addBookmark,
  },
  {
    id: 'session.diff',
    title: 'Diff with here: the last bookmark',
    group: 'Session',
    also: 'compare differences state moments',
    keys: ['d'],
    enabled: () => hasBookmark() && !isGoing.value,
    run: () => {
      const here = view.peek().status.inputsDone;
      const marks = notes.peek().filter(({ kind }) => kind === 'bookmark');
      const before = marks.findLast(({ position }) => position < here) ?? marks.at(-1);
      showPanel('differences');
      return before ? diffWithHere(before.position) : undefined;
    },
  },
  {
    id: 'session.present',
    title: 'Present, or end presenting',
    group: 'Session',
    also: 'presenter full screen captions slides show',
    keys: ['F5'],
    line: 'present',
    enabled: () => captions.value.length > 0,
    run: () => (presenting.peek() ? stopPresenting() : startPresenting()),
  },
];

/** Make them known, and one per bookmark when there are any. */
export function addSessionCommands(): void {
  addCommands(COMMANDS);
  addCommands(
    EXPORT_TARGETS.map(target => ({
      id: `session.export.${target.id}`,
      title: `Export session as ${target.title}`,
      group: 'Session' as const,
      also: `save convert ${target.also}`,
      enabled: () => loaded() && !isGoing.value && exportProgress.value === null,
      line: `export ${target.id}`,
      run: () => exportSession(target),
    })),
  );
  let offered = 0;
  notes.subscribe(list => {
    const marks = list.filter(({ kind }) => kind === 'bookmark');
    const count = Math.max(offered, marks.length);
    offered = count;
    if (count === 0) return;
    addCommands(
      Array.from({ length: count }, (_, i) => ({
        id: `bookmark.${i}`,
        title: marks[i] ? `Go to bookmark: ${marks[i].text}` : `Bookmark ${i + 1} (removed)`,
        group: 'Session' as const,
        enabled: () => marks[i] !== undefined,
        run: () => (marks[i] ? goToNote(marks[i]) : undefined),
      })),
    );
  });
}
