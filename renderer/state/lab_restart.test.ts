/** Covers what the window does when its worker ends: nothing stays pending, another takes its place, and it gives up in the end. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { FromLab, LabCommand, ToLab } from '../../core/public/protocol.ts';
import { PROTOCOL_VERSION } from '../../core/public/protocol.ts';
import { EMPTY_VIEW } from '../../core/public/view_delta.ts';
import { connect } from './actions.ts';
import { LabClient, type LabPort } from './lab_client.ts';
import { restartWhenEnded } from './lab_restart.ts';
import { failures, receive, scene, scenes, selection, view } from './lab_store.ts';

const SCENE = { id: 'one', title: 'One', summary: '' };
const OPEN: LabCommand = { type: 'open', version: PROTOCOL_VERSION, machine: 'auto', vram: 'paged' };

/** A worker that does every command at once, and dies when told. */
class Worker implements LabPort {
  readonly heard: LabCommand[] = [];
  onmessage: ((event: { data: FromLab }) => void) | null = null;
  onerror: ((event: { message?: string }) => void) | null = null;
  terminated = false;
  silent = false;
  postMessage(message: ToLab): void {
    if (message.type !== 'command') return;
    this.heard.push(message.command);
    if (this.silent) return;
    queueMicrotask(() => {
      const say = (data: FromLab) => this.onmessage?.({ data });
      if (message.command.type === 'open') say({ type: 'opened', scenes: [SCENE] });
      if (message.command.type === 'load') say({ type: 'loaded', scene: SCENE });
      say({ type: 'done', number: message.number });
    });
  }
  terminate(): void {
    this.terminated = true;
  }
  die(message: string): void {
    this.onerror?.({ message });
  }
}

let workers: Worker[];
let client: LabClient;
let now = 0;
const newest = () => workers.at(-1)!;
const settle = () => new Promise(resolve => setTimeout(resolve, 5));

beforeEach(async () => {
  failures.value = [];
  scenes.value = [];
  scene.value = null;
  selection.value = null;
  view.value = EMPTY_VIEW;
  now = 0;
  workers = [new Worker()];
  client = new LabClient(newest(), receive);
  connect(client);
  const openPort = async () => {
    workers.push(new Worker());
    return newest();
  };
  restartWhenEnded(
    client,
    openPort,
    OPEN,
    () => client.send({ type: 'load', scene: 'one' }),
    () => now,
  );
});

describe('the worker ends', () => {
  test('in a scene: another opens it again, goes where it was, selects what was selected, and a sentence says so', async () => {
    await client.send(OPEN);
    await client.send({ type: 'load', scene: 'one' });
    view.value = { ...EMPTY_VIEW, status: { ...EMPTY_VIEW.status, inputsDone: 7 } };
    selection.value = { kind: 'object', id: 3 } as never;
    newest().die('out of memory');
    await settle();
    expect(workers).toHaveLength(2);
    expect(workers[0]!.terminated).toBe(true);
    expect(newest().heard).toEqual([
      OPEN,
      { type: 'load', scene: 'one' },
      { type: 'seek', position: 7 },
      { type: 'select', selection: { kind: 'object', id: 3 } },
    ]);
    expect(failures.value.join()).toMatch(
      /^The lab's worker ended \(out of memory\)\. A new one opened the scene again/,
    );
  });

  test('before the first scene: another opens it', async () => {
    newest().die('x');
    await settle();
    expect(newest().heard).toEqual([OPEN, { type: 'load', scene: 'one' }]);
    expect(scene.value).toEqual(SCENE);
  });

  test('with commands and questions pending: none stays pending', async () => {
    newest().silent = true;
    const sent = client.send({ type: 'run' });
    const asked = client.ask('words' as never, {} as never);
    newest().die('x');
    await sent;
    await expect(asked).rejects.toThrow("The lab's worker ended.");
    expect(client.pending).toBe(0);
  });

  test('what the old one still says is not heard', async () => {
    const old = newest();
    old.die('x');
    await settle();
    old.onmessage?.({ data: { type: 'failed', sentence: 'from the grave' } });
    expect(failures.value).not.toContain('from the grave');
  });

  test('four times within a minute: no fifth, and a sentence says what to do; a minute later it is tried again', async () => {
    for (let i = 0; i < 4; i++) {
      newest().die('x');
      await settle();
    }
    expect(workers).toHaveLength(4);
    expect(failures.value.at(-1)).toBe(
      "The lab's worker ended 4 times within a minute (x). Reload the window to start again.",
    );
    await client.send({ type: 'run' });
    expect(client.pending).toBe(0);
  });
});
