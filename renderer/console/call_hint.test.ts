import { describe, expect, it } from 'vitest';
import { callHint } from './call_hint.ts';

const USAGE = 'gpu.create fd= size= [domain=] [name=] [visible=] [priority=]';

describe('callHint', () => {
  it('a refused call without an argument: which, and how it is written', () => {
    expect(callHint('gpu.create', { size: 1 }, true)).toBe(`Without fd. ${USAGE}`);
  });

  it('a misspelt argument is named, though the call did something', () => {
    expect(callHint('gpu.create', { fd: 0, size: 1, domian: 'vram' }, false)).toBe(
      `It does not take domian. ${USAGE}`,
    );
  });

  it('nothing to say of what the kernel refused for its own reasons, and of unknown calls', () => {
    expect(callHint('gpu.create', { fd: 77, size: 1 }, true)).toBeNull();
    expect(callHint('gpu.create', { size: 1 }, false)).toBeNull();
    expect(callHint('nonsense', { a: 1 }, true)).toBeNull();
  });
});
