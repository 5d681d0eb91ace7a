import { beforeEach, describe, expect, it } from 'vitest';
import { MOST_EVENT_ROWS_KEPT } from '../../core/public/protocol.ts';
import { diffView, EMPTY_VIEW, indexOfId } from '../../core/public/view_delta.ts';
import type { EventRow } from '../../core/public/view_types.ts';
import { fixtureView } from '../testing/fixture.ts';
import {
  events,
  fail,
  failures,
  findById,
  openWhy,
  receive,
  selection,
  transition,
  view,
  wayProgress,
} from './lab_store.ts';

const row = (index: number): EventRow => ({
  index,
  time: index,
  task: 'game',
  name: 'lab_mm:zap_vma',
  text: '',
  objectId: null,
});
const rows = (first: number, end: number) => Array.from({ length: end - first }, (_, i) => row(first + i));
const indexes = () => events.value.map(event => event.index);

beforeEach(() => {
  receive({ type: 'loaded', scene: { id: 'a', title: 'A', summary: '' } });
  failures.value = [];
});

describe('receive events', () => {
  it('appends what is new and drops what a step back made untrue', () => {
    receive({ type: 'events', keep: 0, skipped: 0, rows: rows(0, 10) });
    receive({ type: 'events', keep: 10, skipped: 0, rows: rows(10, 12) });
    receive({ type: 'events', keep: 7, skipped: 0, rows: [] });
    expect(indexes()).toEqual([0, 1, 2, 3, 4, 5, 6]);
    receive({ type: 'events', keep: 7, skipped: 0, rows: rows(7, 9) });
    expect(indexes()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('keeps its budget of rows: the oldest go', () => {
    for (let first = 0; first < MOST_EVENT_ROWS_KEPT + 4000; first += 2000)
      receive({ type: 'events', keep: first, skipped: 0, rows: rows(first, first + 2000) });
    expect(events.value).toHaveLength(MOST_EVENT_ROWS_KEPT);
    expect(indexes()[0]).toBe(4000);
  });

  it('begins anew behind a gap, so that positions never lie', () => {
    receive({ type: 'events', keep: 0, skipped: 0, rows: rows(0, 3) });
    receive({ type: 'events', keep: 3, skipped: 97, rows: rows(100, 102) });
    expect(indexes()).toEqual([100, 101]);
    receive({ type: 'events', keep: 50, skipped: 0, rows: [] });
    expect(indexes()).toEqual([]);
  });
});

describe('receive views', () => {
  const show = (step: 0 | 1 | 2) =>
    receive({ type: 'view', delta: diffView(view.value, fixtureView(step)), changes: [] });

  it('jumps to the first view and to an earlier one, and animates towards a later one', () => {
    show(0);
    expect(transition.value.jump).toBe(true);
    show(1);
    expect(transition.value.jump).toBe(false);
    expect(view.value).toEqual(fixtureView(1));
    show(0);
    expect(transition.value.jump).toBe(true);
  });

  it('opens the card of a new eviction, keeps it over later views, closes it on the way back', () => {
    show(0);
    expect(openWhy.value).toBeNull();
    show(1);
    expect(openWhy.value).toBe(1);
    show(2);
    expect(openWhy.value).toBe(1);
    show(0);
    expect(openWhy.value).toBeNull();
  });

  it('forgets everything of a scene when another is loaded', () => {
    show(1);
    selection.value = { kind: 'object', id: 1 };
    receive({ type: 'loaded', scene: { id: 'b', title: 'B', summary: '' } });
    expect(view.value).toBe(EMPTY_VIEW);
    expect(selection.value).toBeNull();
    expect(openWhy.value).toBeNull();
  });
});

describe('receive progress', () => {
  it('of a long way until it has ended, or another scene is loaded', () => {
    const progress = { what: 'Going back', part: 0.5 };
    receive({ type: 'progress', progress });
    expect(wayProgress.value).toBe(progress);
    receive({ type: 'progress', progress: null });
    expect(wayProgress.value).toBe(null);
    receive({ type: 'progress', progress });
    receive({ type: 'loaded', scene: { id: 'b', title: 'B', summary: '' } });
    expect(wayProgress.value).toBe(null);
  });
});

describe('fail', () => {
  it('says each sentence once', () => {
    fail('The disk is full.');
    fail('The disk is full.');
    receive({ type: 'failed', sentence: 'There is no scene "x".' });
    expect(failures.value).toEqual(['The disk is full.', 'There is no scene "x".']);
  });
});

describe('objects in order of id', () => {
  it('are found by id, and those that are not there are not', () => {
    const { objects } = fixtureView(0);
    const sorted = [...objects].sort((a, b) => a.id - b.id);
    for (const [at, object] of sorted.entries()) {
      expect(findById(sorted, object.id)).toBe(object);
      expect(indexOfId(sorted, object.id)).toBe(at);
    }
    expect(indexOfId(sorted, sorted.at(-1)!.id + 1)).toBe(-1);
    expect(indexOfId([], 1)).toBe(-1);
  });
});
