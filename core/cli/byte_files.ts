/** Session files of Node: a sink that appends to a descriptor, a source that reads from one. */
import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import type { ByteSource } from '../session/file/container_reader.ts';
import type { ByteSink } from '../session/file/container_writer.ts';
import { packByZlib, unpackByZlib } from './node_packing.ts';
import { UsageError } from './outcome.ts';

export interface FileSink extends ByteSink {
  close(): void;
}

/** A new file, or an old one emptied. @throws UsageError when it cannot be written */
export function createFileSink(path: string): FileSink {
  const file = openOrRefuse(path, 'w', 'written');
  return {
    write: bytes => {
      for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
    },
    pack: packByZlib,
    close: () => closeSync(file),
  };
}

export interface FileSource extends ByteSource {
  close(): void;
}

/** A file as a source. @throws UsageError when it cannot be read */
export function openFileSource(path: string): FileSource {
  const file = openOrRefuse(path, 'r', 'read');
  const info = fstatSync(file);
  if (!info.isFile()) {
    closeSync(file);
    throw new UsageError(`${path} is not a file.`);
  }
  return {
    size: info.size,
    read: async (offset, length) => {
      const bytes = new Uint8Array(Math.max(0, Math.min(length, info.size - offset)));
      let done = 0;
      while (done < bytes.length) {
        const got = readSync(file, bytes, done, bytes.length - done, offset + done);
        if (got === 0) break;
        done += got;
      }
      return bytes.subarray(0, done);
    },
    unpack: unpackByZlib,
    close: () => closeSync(file),
  };
}

function openOrRefuse(path: string, mode: 'r' | 'w', verb: string): number {
  try {
    return openSync(path, mode);
  } catch (error) {
    throw new UsageError(`${path} cannot be ${verb}: ${(error as Error).message}.`);
  }
}
