/** Files in memory that outlive whoever wrote them: a disk for tests. */
import type { RandomFile, RecordingFolder } from './recording_folder.ts';

class MemoryFile implements RandomFile {
  private bytes = new Uint8Array(1024);
  size = 0;

  read(into: Uint8Array, at: number): number {
    const part = this.bytes.subarray(at, Math.min(this.size, at + into.length));
    into.set(part);
    return part.length;
  }

  write(bytes: Uint8Array, at: number): void {
    const end = at + bytes.length;
    if (end > this.bytes.length) {
      const more = new Uint8Array(2 * end);
      more.set(this.bytes);
      this.bytes = more;
    }
    this.bytes.set(bytes, at);
    this.size = Math.max(this.size, end);
  }

  truncate(size: number): void {
    this.size = size;
  }

  flush(): void {}

  close(): void {}

  blob(): Blob {
    return new Blob([this.bytes.slice(0, this.size)]);
  }
}

export interface MemoryFolder extends RecordingFolder {
  readonly files: Map<string, RandomFile>;
}

export function createMemoryFolder(): MemoryFolder {
  const files = new Map<string, MemoryFile>();
  const fileOf = (name: string) => {
    const file = files.get(name) ?? new MemoryFile();
    files.set(name, file);
    return file;
  };
  return {
    files,
    names: async () => [...files.keys()],
    open: async name => fileOf(name),
    remove: async name => void files.delete(name),
    blob: async name => fileOf(name).blob(),
  };
}
