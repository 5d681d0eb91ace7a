/**
 * What the window knows, as signals: the latest view, the events so far, the selection, and what failed. Filled by messages of
 * the lab and by nothing else.
 */
import { batch, computed, signal } from '@preact/signals';
import { type FromLab, MOST_EVENT_ROWS_KEPT, type WayProgressView } from '../../core/public/protocol.ts';
import type { NoteView, SessionView } from '../../core/public/session_types.ts';
import { applyDelta, EMPTY_VIEW, indexOfId } from '../../core/public/view_delta.ts';
import type {
  AdapterView,
  Change,
  EventRow,
  LabView,
  ObjectView,
  SceneInfo,
  Selection,
  SelectionDetails,
} from '../../core/public/view_types.ts';
import type { RibbonChoice } from '../scene/picture.ts';
import { equalText } from './equal_text.ts';
import type { LabNews } from './lab_client.ts';

/** One change of the picture: what was, what is, what moved in between. */
export interface Transition {
  readonly before: LabView;
  readonly after: LabView;
  readonly changes: readonly Change[];
  /** A jump (a new scene, a step back) shows the new state at once. */
  readonly jump: boolean;
}

export const view = signal<LabView>(EMPTY_VIEW);
export const transition = signal<Transition>({
  before: EMPTY_VIEW,
  after: EMPTY_VIEW,
  changes: [],
  jump: true,
});
export const events = signal<readonly EventRow[]>([]);
export const selection = signal<Selection | null>(null);
export const details = signal<SelectionDetails | null>(null);
export const adapter = signal<AdapterView | null>(null);
export const scenes = signal<readonly SceneInfo[]>([]);
export const scene = signal<SceneInfo | null>(null);
/** How far a long way (to a scene's first pause, a seek) has come; null while none goes on. */
export const wayProgress = signal<WayProgressView | null>(null);
/** Captions and bookmarks, in order of position. */
export const notes = signal<readonly NoteView[]>([]);
/** The file that the scene came from; null for a scene. */
export const openedSession = signal<SessionView | null>(null);
/** Sentences of what failed, oldest first, until somebody has read them. */
export const failures = signal<readonly string[]>([]);
/** Number of the eviction whose card is open, or null. */
export const openWhy = signal<number | null>(null);
/** How fast motions play: 1 as designed; Infinity shows no motion. */
export const speed = signal(1);
export const ribbonChoice = signal<RibbonChoice>('all');
export const objectFilter = signal('');

/** A scene was chosen and no view of it came yet: what is empty is only not known. */
export const isGettingReady = computed(() => scene.value !== null && view.value.status.number === 0);

/** The scene runs, or a long way to another moment goes on: both end with Pause. */
export const isGoing = computed(() => view.value.status.running || wayProgress.value !== null);

/** The newest answer to a person's input. */
export const called = signal<Extract<LabNews, { type: 'called' }> | null>(null);

/** Objects by id, without an index: the lab lists them in order of id. */
export const objectsById = computed(() => {
  const { objects } = view.value;
  return { get: (id: number): ObjectView | undefined => findById(objects, id) };
});

/** The object of this id among objects in order of id. */
export function findById(objects: readonly ObjectView[], id: number): ObjectView | undefined {
  const at = indexOfId(objects, id);
  return at < 0 ? undefined : objects[at];
}

/** Tell the person about a failure, once. */
export function fail(sentence: string): void {
  if (!failures.value.includes(sentence)) failures.value = [...failures.value, sentence];
}

function takeView(message: Extract<FromLab, { type: 'view' }>): void {
  const before = view.value;
  const after = applyDelta(before, message.delta);
  const jump = before.objects.length === 0 || after.status.events < before.status.events;
  view.value = after;
  transition.value = { before, after, changes: message.changes, jump };
  if (jump && after.status.events < before.status.events) openWhy.value = null;
  // Of several victims of one walk the first tells the story; the others stand in its list.
  const seen = jump ? 0 : (before.why.at(-1)?.number ?? 0);
  const fresh = after.why.filter(why => why.number > seen);
  const walk = fresh.filter(why => why.time === fresh.at(-1)?.time);
  if (walk[0]) openWhy.value = walk[0].number;
}

function takeEvents(message: Extract<FromLab, { type: 'events' }>): void {
  const old = events.value;
  const first = old[0]?.index ?? 0;
  const kept = message.keep >= first + old.length ? old : old.slice(0, Math.max(0, message.keep - first));
  // A gap would make positions lie; after one the list starts anew.
  const all = message.skipped > 0 ? message.rows : [...kept, ...message.rows];
  events.value = all.length > MOST_EVENT_ROWS_KEPT ? all.slice(all.length - MOST_EVENT_ROWS_KEPT) : all;
}

/** Take one message of the lab. */
export function receive(message: LabNews): void {
  batch(() => {
    switch (message.type) {
      case 'opened':
        scenes.value = message.scenes;
        break;
      case 'loaded':
        scene.value = message.scene;
        wayProgress.value = null;
        view.value = EMPTY_VIEW;
        transition.value = { before: EMPTY_VIEW, after: EMPTY_VIEW, changes: [], jump: true };
        events.value = [];
        selection.value = null;
        details.value = null;
        openWhy.value = null;
        break;
      case 'view':
        takeView(message);
        break;
      case 'events':
        takeEvents(message);
        break;
      case 'details':
        if (!equalText(message.details, details.peek())) details.value = message.details;
        break;
      case 'progress':
        wayProgress.value = message.progress;
        break;
      case 'notes':
        notes.value = message.notes;
        break;
      case 'session':
        openedSession.value = message.session;
        break;
      case 'adapter':
        adapter.value = message.adapter;
        break;
      case 'called':
        called.value = message;
        break;
      case 'failed':
        fail(message.sentence);
        break;
    }
  });
}
