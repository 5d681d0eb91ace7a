/** Files that a recording is written into: of the origin's private file system, or of a test. */
import type { ByteSource } from '../../session/file/container_reader.ts';
import type { ByteSink } from '../../session/file/container_writer.ts';

export interface RandomFile {
  readonly size: number;
  /** @returns bytes read, fewer at the end */
  read(into: Uint8Array, at: number): number;
  write(bytes: Uint8Array, at: number): void;
  truncate(size: number): void;
  /** Everything written is on the disk afterwards. */
  flush(): void;
  close(): void;
}

export interface RecordingFolder {
  names(): Promise<string[]>;
  /** Open a file, a new one if there is none. */
  open(name: string): Promise<RandomFile>;
  remove(name: string): Promise<void>;
  /** A file that nobody has open, to be read elsewhere. */
  blob(name: string): Promise<Blob>;
}

/** A sink behind the last byte of a file, wherever that is now. */
export const sinkOf = (file: RandomFile): ByteSink => ({ write: bytes => file.write(bytes, file.size) });

export const bytesOf = (file: RandomFile, at: number, length: number): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(Math.max(0, Math.min(length, file.size - at)));
  return bytes.subarray(0, file.read(bytes, at));
};

export const sourceOf = (file: RandomFile): ByteSource => ({
  get size() {
    return file.size;
  },
  read: async (offset, length) => bytesOf(file, offset, length),
});

export const textOf = (file: RandomFile): string => new TextDecoder().decode(bytesOf(file, 0, file.size));

export function replaceText(file: RandomFile, text: string): void {
  file.truncate(0);
  file.write(new TextEncoder().encode(text), 0);
  file.flush();
}
