/** Covers the source rules with planted violations: each rule finds its own, and leaves the lawful form alone. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { applyExceptions, checkFile, checkTable } from './source_rules.mjs';
import { lintWgsl } from './wgsl_lint.mjs';

const table = JSON.parse(readFileSync(new URL('./import_table.json', import.meta.url), 'utf8'));

function rulesOf(path: string, text: string): string[] {
  return checkFile(path, text, table).map(problem => problem.rule);
}

const PLANTED: readonly [rule: string, path: string, text: string][] = [
  ['import-order', 'core/base/a.ts', "import { x } from '../mm/x.ts';"],
  ['import-order', 'core/mm/a.ts', "import type { X } from '../drm/x.ts';"],
  ['import-order', 'core/dax/a.ts', "import { x } from '../bsd/x.ts';"],
  ['import-order', 'core/mm/a.ts', "export { x } from '../kernel/x.ts';"],
  ['import-order', 'core/mm/a.ts', "type X = import('../kernel/x.ts').X;"],
  ['import-order', 'core/lab/a.ts', "const x = import('../cli/x.ts');"],
  ['import-order', 'core/lab/a.ts', "import { x } from '../../renderer/x.ts';"],
  ['import-order', 'core/kernel/a.ts', "import { x } from '../public/x.ts';"],
  ['import-order', 'core/lab/a.ts', "import { x } from '../../../elsewhere/x.ts';"],
  ['public', 'renderer/a.tsx', "import { Kernel } from '../core/kernel/kernel.ts';"],
  ['public', 'electron/main/a.ts', "import { X } from '../../core/session/x.ts';"],
  ['testing', 'core/mm/a.ts', "import { fixture } from '../testing/fixture.ts';"],
  ['import-extension', 'core/mm/a.ts', "import { x } from './x';"],
  ['package', 'core/mm/a.ts', "import { x } from 'lodash';"],
  ['package', 'core/hw/a.ts', "import { create } from 'webgpu';"],
  ['package', 'electron/launcher/a.mjs', "import { build } from 'esbuild';"],
  ['node', 'core/lab/a.ts', "import { readFileSync } from 'node:fs';"],
  ['node', 'core/hw/a.ts', "import { join } from 'path';"],
  ['node', 'renderer/a.ts', "import { join } from 'node:path';"],
  ['barrel', 'core/mm/index.ts', 'export const x = 1;'],
  ['global', 'core/mm/a.ts', 'export const now = () => Date.now();'],
  ['global', 'core/hw/a.ts', 'export const now = () => performance.now();'],
  ['global', 'core/session/a.ts', 'export const w = (o: object) => new WeakRef(o);'],
  ['global', 'core/hw/a.ts', 'export const later = (f: () => void) => setTimeout(f, 5);'],
  ['global', 'core/lab/a.ts', "export const e = () => document.createElement('a');"],
  ['global', 'core/lab/a.ts', 'export let e: HTMLElement | undefined;'],
  ['math', 'core/mm/a.ts', 'export const r = Math.random();'],
  ['math', 'core/lab/a.ts', 'export const r = (x: number) => Math.log2(x);'],
  ['math', 'core/lab/a.ts', "export const r = (x: number) => Math['sin'](x);"],
  ['math', 'core/lab/a.ts', 'export const r = (x: number) => x ** 0.5;'],
  ['sort', 'core/mm/a.ts', 'export const s = (x: number[]) => x.sort();'],
  ['sort', 'core/lab/a.ts', 'export const s = (x: number[]) => x.toSorted();'],
  ['locale', 'core/lab/a.ts', 'export const s = (x: number) => x.toLocaleString();'],
  ['locale', 'core/lab/a.ts', 'export const s = (x: string) => x.localeCompare("b");'],
  ['async', 'core/drm/a.ts', 'export async function f(): Promise<void> {}'],
  ['module-let', 'core/mm/a.ts', 'let count = 0; export const next = () => ++count;'],
  ['emit', 'core/mm/a.ts', 'export enum A { x }'],
  ['length', 'renderer/a.ts', '\n'.repeat(table.maxLines + 1)],
  ['unfinished', 'core/mm/a.ts', `// ${'TO'}DO: later`],
  ['wgsl', 'core/hw/a.ts', 'export const s = `fn f(n: u32) { for (var i = 0u; i < n; i++) { } }`;'],
  ['syntax', 'core/mm/a.ts', 'export const = ;'],
];

describe('planted violations are found', () => {
  test.each(PLANTED)('%s in %s: %s', (rule, path, text) => {
    expect(rulesOf(path, text)).toContain(rule);
  });
});

const LAWFUL: readonly [path: string, text: string][] = [
  ['core/drm/a.ts', "import { x } from '../dma_buf/x.ts'; import type { Y } from '../mm/y.ts';"],
  [
    'core/mm/a.test.ts',
    "import { k } from '../kernel/kernel.ts'; import { test } from 'vitest'; import fs from 'node:fs';",
  ],
  [
    'core/cli/main.ts',
    "import { join } from 'node:path'; import { Command } from 'commander'; export const t = Date.now();",
  ],
  ['core/worker/lab_worker.ts', "import type { P } from '../public/protocol.ts'; self.postMessage(1);"],
  ['renderer/a.tsx', "import type { P } from '../core/public/protocol.ts'; document.title = 'x';"],
  ['electron/launcher/a.mjs', "import { join } from 'node:path'; export const b = () => import('esbuild');"],
  ['core/lab/a.ts', 'export const s = (x: number[], self: number) => x.sort((a, b) => a - b).length + self;'],
  ['core/lab/a.ts', 'export const s = (x: { window: number }) => x.window + 2 ** 32;'],
  ['core/mm/a.ts', 'export interface A { document: string; location(process: number): void }'],
  [
    'core/hw/a.ts',
    'export async function f(device: GPUDevice) { await device.queue.onSubmittedWorkDone(); }',
  ],
  [
    'core/hw/a.ts',
    'export const s = `const N = 8u; fn f(n: u32) { for (var i = 0u; i < min(n, N); i++) { } }`;',
  ],
];

describe('lawful code is left alone', () => {
  test.each(LAWFUL)('%s: %s', (path, text) => {
    expect(checkFile(path, text, table)).toEqual([]);
  });
});

describe('WGSL loops', () => {
  test.each([
    ['while', 'fn f() { while (true) { } }'],
    ['loop', 'fn f() { loop { break; } }'],
    ['bound from a variable', 'fn f(n: u32) { for (var i = 0u; i < n; i += 1u) { } }'],
    ['body that turns the variable back', 'fn f() { for (var i = 0u; i < 4u; i++) { i = 0u; } }'],
    ['step away from the bound', 'fn f() { for (var i = 0u; i < 4u; i--) { } }'],
    ['no condition', 'fn f() { for (;;) { } }'],
    ['down from a variable', 'fn f(n: u32) { for (var i = n; i > 0u; i--) { } }'],
  ])('%s: refused', (_name, source) => {
    expect(lintWgsl(source)).toHaveLength(1);
  });

  test.each([
    ['number', 'fn f() { for (var i = 0u; i < 0x10u; i++) { } }'],
    ['override', 'override M: u32 = 4u; fn f() { for (var i: u32 = 0u; i < M * 2u; i = i + 1u) { } }'],
    ['smaller of a variable and a constant', 'fn f(n: u32) { for (var i = 0u; i < min(n, 256u); i++) { } }'],
    ['down from a constant', 'fn f() { for (var i = 64u; i > 0u; i >>= 1u) { } }'],
    ['the word in a comment', '// while (true) {\nfn f() { }'],
  ])('%s: allowed', (_name, source) => {
    expect(lintWgsl(source)).toEqual([]);
  });
});

describe('the ratchet', () => {
  const problems = checkFile(
    'core/mm/a.ts',
    'export const a = (x: number[]) => x.sort(); export const r = Math.random();',
    table,
  );
  const exception = { rule: 'sort', path: 'core/mm/a.ts', count: 1, reason: 'shown in a test' };

  test('an exception takes exactly its problems away', () => {
    expect(applyExceptions(problems, [exception]).open.map(problem => problem.rule)).toEqual(['math']);
  });

  test('an exception that allows more than there is must be lowered', () => {
    expect(applyExceptions(problems, [{ ...exception, count: 2 }]).ratchet).toHaveLength(1);
  });

  test('more problems than the exception allows are all reported', () => {
    expect(
      applyExceptions(problems, [{ ...exception, count: 0 }]).open.map(problem => problem.rule),
    ).toContain('sort');
  });
});

describe('the table', () => {
  test('is an order', () => {
    expect(checkTable(table)).toEqual([]);
  });

  test('that lets a room use one above it is refused', () => {
    const wrong = structuredClone(table);
    wrong.rooms.base.uses.push('mm');
    expect(checkTable(wrong)).toHaveLength(1);
  });
});
