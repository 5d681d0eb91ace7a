import { describe, expect, it, vi } from 'vitest';

vi.stubGlobal('navigator', { platform: 'Linux x86_64' });
const { nameOfKey, keyText } = await import('./keys.ts');
const key = (name: string, more: object = {}) =>
  ({ key: name, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...more }) as KeyboardEvent;

describe('nameOfKey', () => {
  it('letters alone, with control in capitals, functions with shift', () => {
    expect(nameOfKey(key('r'), false)).toBe('r');
    expect(nameOfKey(key('k', { ctrlKey: true }), false)).toBe('Ctrl+K');
    expect(nameOfKey(key('F6', { shiftKey: true }), false)).toBe('Shift+F6');
    expect(nameOfKey(key('?', { shiftKey: true }), false)).toBe('?');
  });

  it('command is control on a Mac', () => {
    expect(nameOfKey(key('k', { metaKey: true }), true)).toBe('Ctrl+K');
    expect(nameOfKey(key('k', { ctrlKey: true }), true)).toBe('k');
    expect(keyText('Ctrl+Shift+P', true)).toBe('⌘⇧P');
  });
});
