import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const limits = { testTimeout: 60_000, hookTimeout: 60_000 };

/** Files that share processes are dealt out in halves: the large ones, which come first, must not all be in one of them. */
class EvenHalves extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return [...sorted.filter((_, i) => i % 2 === 0), ...sorted.filter((_, i) => i % 2 === 1)];
  }
}

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
    sequence: { sequencer: EvenHalves },
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
