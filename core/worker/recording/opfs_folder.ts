/** Recordings in the origin's private file system; only a worker may write there at once. */
import type { RandomFile, RecordingFolder } from './recording_folder.ts';

const FOLDER = 'gart-lab-recordings';

/** What a worker's file handle opens; the libraries of windows do not declare it. */
interface SyncAccessHandle {
  read(into: Uint8Array, options: { at: number }): number;
  write(bytes: Uint8Array, options: { at: number }): number;
  getSize(): number;
  truncate(size: number): void;
  flush(): void;
  close(): void;
}

class OpfsFile implements RandomFile {
  /** Asked for once: every call of the handle crosses into the browser. */
  private length: number;

  constructor(private readonly handle: SyncAccessHandle) {
    this.length = handle.getSize();
  }

  get size(): number {
    return this.length;
  }

  read(into: Uint8Array, at: number): number {
    return this.handle.read(into, { at });
  }

  write(bytes: Uint8Array, at: number): void {
    const written = this.handle.write(bytes, { at });
    if (written < bytes.length)
      throw new Error(`only ${written} of ${bytes.length} bytes could be written; the disk may be full`);
    this.length = Math.max(this.length, at + written);
  }

  truncate(size: number): void {
    this.handle.truncate(size);
    this.length = size;
  }

  flush(): void {
    this.handle.flush();
  }

  close(): void {
    this.handle.close();
  }
}

/** @throws DOMException where there are no private files */
export async function openOpfsFolder(): Promise<RecordingFolder> {
  const root = await navigator.storage.getDirectory();
  const folder = await root.getDirectoryHandle(FOLDER, { create: true });
  return {
    names: async () => {
      const names: string[] = [];
      for await (const name of folder.keys()) names.push(name);
      return names;
    },
    open: async name => {
      const file = (await folder.getFileHandle(name, { create: true })) as unknown as {
        createSyncAccessHandle(): Promise<SyncAccessHandle>;
      };
      return new OpfsFile(await file.createSyncAccessHandle());
    },
    remove: name => folder.removeEntry(name),
    blob: async name => (await folder.getFileHandle(name)).getFile(),
  };
}
