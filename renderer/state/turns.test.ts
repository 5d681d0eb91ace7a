import { afterEach, beforeEach, expect, test, vi } from 'vitest';

/** Frames that were asked for, in order; the clock that pictures use up. */
const asked: (() => void)[] = [];
let clock = 0;
let hidden = false;
let onVisibility = () => {};
/** Listeners of the window. */
const heard = new Map<string, () => void>();

beforeEach(() => {
  asked.length = 0;
  clock = 0;
  hidden = false;
  vi.resetModules();
  vi.stubGlobal('requestAnimationFrame', (callback: () => void) => asked.push(callback));
  vi.stubGlobal('performance', { now: () => clock });
  vi.stubGlobal('window', {
    event: undefined,
    addEventListener: (type: string, listener: () => void) => heard.set(type, listener),
  });
  vi.stubGlobal('document', {
    get hidden() {
      return hidden;
    },
    addEventListener: (_: string, listener: () => void) => {
      onVisibility = listener;
    },
  });
});

afterEach(() => {
  vi.unstubAllGlobals();
});

const load = async () => (await import('./turns.ts')).takeTurns;

/** Let the next frame come. */
function frame(): void {
  asked.shift()!();
}

test('two wishes of one picture before a frame: it is drawn once', async () => {
  const takeTurns = await load();
  const draw = vi.fn();
  const turn = takeTurns(draw);
  turn.again();
  turn.again();
  frame();
  expect(draw).toHaveBeenCalledTimes(1);
  expect(asked).toHaveLength(0);
});

test('pictures that take long: one in a frame, the one that waited longest first', async () => {
  const takeTurns = await load();
  const drawn: string[] = [];
  const slow = (name: string) =>
    takeTurns(() => {
      drawn.push(name);
      clock += 10;
    });
  for (const turn of [slow('a'), slow('b'), slow('c')]) turn.again();
  frame();
  expect(drawn).toEqual(['a']);
  frame();
  expect(drawn).toEqual(['a', 'b']);
  frame();
  expect(drawn).toEqual(['a', 'b', 'c']);
});

test('pictures that take no time share a frame', async () => {
  const takeTurns = await load();
  const drawn: string[] = [];
  for (const name of ['a', 'b', 'c']) takeTurns(() => drawn.push(name)).again();
  frame();
  expect(drawn).toEqual(['a', 'b', 'c']);
});

test('an animation has one picture in each frame, and others get theirs between two of its slow ones', async () => {
  const takeTurns = await load();
  const drawn: string[] = [];
  const animation = takeTurns(() => {
    drawn.push('animation');
    clock += 10;
    animation.again();
  });
  const other = takeTurns(() => {
    drawn.push('other');
    clock += 10;
  });
  animation.again();
  other.again();
  for (let i = 0; i < 4; i++) frame();
  expect(drawn).toEqual(['animation', 'other', 'animation', 'animation']);
});

test('after the panels: not in the coming frame but in the one behind it; asked for at once it is not later', async () => {
  const takeTurns = await load();
  const draw = vi.fn();
  const turn = takeTurns(draw);
  turn.afterPanels();
  frame();
  expect(draw).not.toHaveBeenCalled();
  frame();
  expect(draw).toHaveBeenCalledTimes(1);
  turn.afterPanels();
  turn.again();
  frame();
  expect(draw).toHaveBeenCalledTimes(2);
  expect(asked).toHaveLength(0);
});

test('a window that is hidden: what waits is drawn at once, and later wishes need no frame', async () => {
  const takeTurns = await load();
  const draw = vi.fn();
  const turn = takeTurns(draw);
  turn.afterPanels();
  hidden = true;
  onVisibility();
  expect(draw).toHaveBeenCalledTimes(1);
  asked.length = 0;
  frameless(() => turn.again());
  expect(draw).toHaveBeenCalledTimes(2);
});

/** Run with timers that fire at once. */
function frameless(ask: () => void): void {
  vi.useFakeTimers();
  try {
    ask();
    vi.runAllTimers();
  } finally {
    vi.useRealTimers();
  }
}

test('a picture that is gone is not drawn', async () => {
  const takeTurns = await load();
  const draw = vi.fn();
  const turn = takeTurns(draw);
  turn.again();
  turn.stop();
  frame();
  expect(draw).not.toHaveBeenCalled();
});

test('panels that changed twice before a frame render once, before pictures; what they take is not left for pictures', async () => {
  const { renderInTurns, takeTurns } = await import('./turns.ts');
  // The very module that turns.ts sees.
  const { options } = await import('preact');
  renderInTurns();
  const done: string[] = [];
  const panels = () => {
    done.push('panels');
    clock += 10;
  };
  options.debounceRendering!(panels);
  options.debounceRendering!(panels);
  const picture = takeTurns(() => done.push('picture'));
  picture.again();
  frame();
  expect(done).toEqual(['panels']);
  // A picture waits for one frame of panels at most.
  options.debounceRendering!(panels);
  frame();
  expect(done).toEqual(['panels', 'panels', 'picture']);
});

test('what a key changes is rendered before the next key; what waited, before the handlers of this one', async () => {
  const { renderInTurns } = await import('./turns.ts');
  const { options } = await import('preact');
  renderInTurns();
  const render = vi.fn();
  options.debounceRendering!(render);
  expect(render).not.toHaveBeenCalled();
  heard.get('keydown')!();
  expect(render).toHaveBeenCalledTimes(1);
  vi.stubGlobal('window', { event: { type: 'keydown' } });
  options.debounceRendering!(render);
  await Promise.resolve();
  expect(render).toHaveBeenCalledTimes(2);
});

test('panels that took their time for a click leave the next frame nothing for pictures; the one behind draws them', async () => {
  const { renderInTurns, takeTurns } = await import('./turns.ts');
  const { options } = await import('preact');
  renderInTurns();
  const draw = vi.fn();
  vi.stubGlobal('window', { event: { type: 'click' } });
  options.debounceRendering!(() => {
    clock += 10;
  });
  takeTurns(draw).again();
  await Promise.resolve();
  frame();
  expect(draw).not.toHaveBeenCalled();
  frame();
  expect(draw).toHaveBeenCalledTimes(1);
});
