import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { LabCommand } from '../../core/public/protocol.ts';
import * as actions from './actions.ts';
import type { LabClient } from './lab_client.ts';
import { scene } from './lab_store.ts';

vi.stubGlobal('__GART_LAB_VERSION__', '0');
const { openReplaced, ownWords, replaceBy, replaced } = await import('./replaced.ts');

const info = (id: string) => ({ id, title: `Scene ${id}`, summary: '' });
let sent: LabCommand[] = [];
const bytes = Uint8Array.of(1, 2, 3);

beforeEach(() => {
  sent = [];
  scene.value = info('first');
  replaced.value = null;
  actions.forgetOwnWork();
  actions.connect({
    send: (command: LabCommand) => {
      sent.push(command);
      if (command.type === 'load') scene.value = info(command.scene);
      if (command.type === 'openSession') scene.value = info('back');
      return Promise.resolve();
    },
    ask: () => Promise.resolve({ name: 'first.gartlab', bytes, fromPosition: 0, positions: 3 }),
  } as unknown as LabClient);
});

const types = () => sent.map(({ type }) => type);

describe('a scene that takes the place of another', () => {
  test('without anything of a person in it: nothing is offered, nothing waits', async () => {
    await replaceBy(() => actions.loadScene('second'));
    expect(types()).toEqual(['load']);
    expect(replaced.value).toBeNull();
  });

  test('with an input by hand: it is offered, and comes back where it stood', async () => {
    await actions.call({ task: 'game', call: 'touch', args: {} });
    await replaceBy(() => actions.loadScene('second'));
    expect(replaced.value).toMatchObject({ title: 'Scene first', had: 'an input', name: 'first.gartlab' });
    await openReplaced(replaced.value!);
    expect(types().slice(-2)).toEqual(['openSession', 'seek']);
    expect(replaced.value).toBeNull();
  });

  test('that is refused: what is open stays, and is still worth keeping', async () => {
    await actions.setNotes([]);
    await replaceBy(() => Promise.resolve());
    expect(replaced.value).toBeNull();
    expect(actions.ownWork()).toEqual({ inputs: 0, notes: 1 });
  });
});

test('what a person had, in words', () => {
  expect(ownWords({ inputs: 0, notes: 0 })).toBe('');
  expect(ownWords({ inputs: 2, notes: 1 })).toBe('2 inputs and captions or bookmarks');
});
