/** Files that have their name only when they are whole, and Ctrl-C as a wish to stop. */
import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import type { ByteSink } from '../session/file/container_writer.ts';
import { UsageError } from './outcome.ts';

export interface PartFile {
  readonly sink: ByteSink;
  /** The file gets its name. */
  keep(): void;
  drop(): void;
}

/** A file that has its name only when it is whole. @throws UsageError when it cannot be written */
export function partFile(path: string): PartFile {
  const part = `${path}.part`;
  let file: number;
  try {
    file = openSync(part, 'w');
  } catch (error) {
    throw new UsageError(`${path} cannot be written: ${(error as Error).message}.`);
  }
  return {
    sink: {
      write: bytes => {
        for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
      },
    },
    keep: () => {
      closeSync(file);
      renameSync(part, path);
    },
    drop: () => {
      closeSync(file);
      rmSync(part, { force: true });
    },
  };
}

/** Ctrl-C asks the work to stop; until `release` is called. */
export function onInterrupt(): { readonly isCancelled: () => boolean; readonly release: () => void } {
  let cancelled = false;
  const onSignal = () => {
    cancelled = true;
  };
  process.on('SIGINT', onSignal);
  return { isCancelled: () => cancelled, release: () => void process.removeListener('SIGINT', onSignal) };
}
