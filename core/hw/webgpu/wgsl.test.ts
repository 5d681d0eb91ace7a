/** Covers the rule that nothing can make a shader run forever. What the shaders compute: machine.test.ts. */
import { describe, expect, test } from 'vitest';
import { fillShader, hashShader, scatterShader } from './wgsl.ts';

const shaders: [string, string][] = [
  ['content hash, four heaps and a GART', hashShader(5, true, true)],
  ['content hash, one buffer', hashShader(1, false, false)],
  ['scattered stores', scatterShader],
  ['page fill', fillShader],
];

describe('WGSL', () => {
  test.each(shaders)('%s: every loop has a constant bound', (_, code) => {
    expect(code).not.toMatch(/\b(while|loop)\b/);
    const loops = code.match(/\bfor\b[^{]*/g) ?? [];
    for (const loop of loops) expect(loop).toMatch(/^for \(var i = 0u; i < \d+u; i\+\+\) $/);
  });

  test('content hash, four heaps and a GART: eight storage bindings', () => {
    const bindings = hashShader(5, true, true).match(/@binding\((\d+)\)/g);
    expect(bindings).toEqual(Array.from({ length: 8 }, (_, i) => `@binding(${i})`));
  });
});
