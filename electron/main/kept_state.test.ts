import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { KeptStateFile } from './kept_state.ts';

const folder = mkdtempSync(join(tmpdir(), 'gart-lab-kept-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('what the shell remembers', () => {
  test('comes back, newest file first, each once, ten at most; nothing else lies in the folder', () => {
    const path = join(folder, 'a', 'window.json');
    const file = new KeptStateFile(path);
    for (let i = 0; i < 12; i++) file.addRecent(`/${i}`);
    file.addRecent('/5');
    file.keepWindow({ x: 1, y: 2, width: 3, height: 4, maximized: true });
    const again = new KeptStateFile(path);
    expect(again.recent).toEqual(['/5', '/11', '/10', '/9', '/8', '/7', '/6', '/4', '/3', '/2']);
    expect(again.window).toEqual({ x: 1, y: 2, width: 3, height: 4, maximized: true });
    expect(readdirSync(join(folder, 'a'))).toEqual(['window.json']);
  });

  test.each([
    ['no JSON', '{'],
    ['another shape', '{"window":{"x":"far left"},"recent":[]}'],
    [
      'numbers that no display has',
      '{"window":{"x":1e9,"y":0,"width":1,"height":1,"maximized":false},"recent":[]}',
    ],
  ])('%s: a first start', (_name, text) => {
    const path = join(folder, 'bad.json');
    writeFileSync(path, text);
    expect(new KeptStateFile(path).window).toBeNull();
  });

  test('a place that cannot be written costs the memory, not the session', () => {
    writeFileSync(join(folder, 'plain'), '');
    const file = new KeptStateFile(join(folder, 'plain', 'window.json'));
    file.addRecent('/a');
    expect(file.recent).toEqual(['/a']);
  });
});
