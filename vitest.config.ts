import { defineConfig } from 'vitest/config';

/** Unit, property and conformance tests stand beside the code; e2e has its own runner. */
export default defineConfig({
  test: {
    include: ['core/**/*.test.ts', 'renderer/**/*.test.ts', 'electron/**/*.test.{ts,mjs}'],
    setupFiles: ['core/testing/typed_array_equality.ts'],
    // Each file has a process of its own: files that share one are dealt out beforehand, and one process gets the slow ones.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
