/** Swap slots in a file of the origin's private file system; only a worker may have one. Deleted at the end. */
import { PAGE_SIZE } from '../base/units.ts';
import type { SwapFile } from '../hw/ports.ts';

/** What a worker's file handle opens; the libraries of windows do not declare it. */
interface SyncAccessHandle {
  read(into: Uint8Array, options: { at: number }): number;
  write(bytes: Uint8Array, options: { at: number }): number;
  close(): void;
}

let made = 0;

class OpfsSwapFile implements SwapFile {
  constructor(
    private readonly folder: FileSystemDirectoryHandle,
    private readonly name: string,
    private readonly handle: SyncAccessHandle,
  ) {}

  read(firstSlot: number, into: Uint8Array): void {
    const got = this.handle.read(into, { at: firstSlot * PAGE_SIZE });
    into.fill(0, got);
  }

  write(firstSlot: number, bytes: Uint8Array): void {
    this.handle.write(bytes, { at: firstSlot * PAGE_SIZE });
  }

  close(): void {
    this.handle.close();
    // Nobody waits for it: a file that stays behind is taken away when the next lab opens.
    this.folder.removeEntry(this.name).catch(() => {});
  }
}

/** Take away files that a lab left behind when its window was closed; those still open elsewhere refuse. */
async function sweep(folder: FileSystemDirectoryHandle): Promise<void> {
  for await (const name of folder.keys()) await folder.removeEntry(name).catch(() => {});
}

/** @returns undefined where the browser has no such file system; swap then lies in memory */
export async function createOpfsSwapFile(): Promise<SwapFile | undefined> {
  try {
    const root = await navigator.storage.getDirectory();
    const folder = await root.getDirectoryHandle('gart-lab-swap', { create: true });
    if (made === 0) await sweep(folder);
    const name = `slots-${performance.timeOrigin}-${made++}`;
    const file = (await folder.getFileHandle(name, { create: true })) as unknown as {
      createSyncAccessHandle(): Promise<SyncAccessHandle>;
    };
    return new OpfsSwapFile(folder, name, await file.createSyncAccessHandle());
  } catch {
    return undefined;
  }
}
