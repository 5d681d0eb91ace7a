import { defineConfig } from 'vitest/config';

const limits = { testTimeout: 60_000, hookTimeout: 60_000 };

/**
 * Unit, property and conformance tests stand beside the code; e2e has its own runner.
 *
 * `core` has no module that can change, so its test files share a process: the kernel is read once, not two hundred times. The
 * window keeps what it knows in modules, so each of its test files has a process of its own.
 */
export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    projects: [
      {
        test: {
          ...limits,
          name: 'core',
          include: ['core/**/*.test.ts'],
          setupFiles: ['core/testing/typed_array_equality.ts'],
          isolate: false,
        },
      },
      {
        test: {
          ...limits,
          name: 'around',
          include: ['renderer/**/*.test.ts', 'electron/**/*.test.{ts,mjs}'],
        },
      },
    ],
  },
});
