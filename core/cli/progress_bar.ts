/**
 * Progress on stderr, and only when a terminal is attached there.
 */
import { Presets, SingleBar } from 'cli-progress';

/** A bar, or nothing at all when nobody looks. */
export interface ProgressBar {
  /** @param done steps finished so far */
  update(done: number): void;
  stop(): void;
}

const SILENT: ProgressBar = { update: () => undefined, stop: () => undefined };

/**
 * Start a bar.
 *
 * @param what  a word or two before the bar
 * @param total steps in all
 */
export function startProgress(what: string, total: number): ProgressBar {
  if (!process.stderr.isTTY || total === 0) return SILENT;
  const bar = new SingleBar(
    {
      format: `${what} {bar} {percentage}% | {value}/{total} | {eta_formatted} left`,
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: true,
      etaBuffer: 50,
    },
    Presets.shades_classic,
  );
  bar.start(total, 0);
  return {
    update: done => bar.update(done),
    stop: () => bar.stop(),
  };
}
