/** Swap slots in a file of the origin's private file system; only a worker may have one. Deleted at the end. */
import { PAGE_SIZE } from '../base/units.ts';
import type { SwapFile } from '../hw/ports.ts';

/** What a worker's file handle opens; the libraries of windows do not declare it. */
interface SyncAccessHandle {
  read(into: Uint8Array, options: { at: number }): number;
  write(bytes: Uint8Array, options: { at: number }): number;
  truncate(size: number): void;
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

  clear(): void {
    this.handle.truncate(0);
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

/** Why the browser gave no private file, as a part of a sentence. */
export function whyNoFile(error: unknown): string {
  const name = error instanceof Error || error instanceof DOMException ? error.name : '';
  return (
    {
      NoModificationAllowedError: 'its file is open in another window of this browser',
      QuotaExceededError: 'the browser grants this page no more room on the disk',
      SecurityError: 'this browser gives a private window, or a page without cookies, no files',
      TypeError: 'this browser has no private file system for workers',
    }[name] ?? `the browser gave no file for it (${name || String(error)})`
  );
}

/** Why swap lies in memory, as a sentence with what it means. */
export function sentenceOfNoFile(error: unknown): string {
  return `Swap lies in memory: ${whyNoFile(error)}. Everything works; what is swapped out takes memory of this process.`;
}

async function openFile(): Promise<SwapFile> {
  const root = await navigator.storage.getDirectory();
  const folder = await root.getDirectoryHandle('gart-lab-swap', { create: true });
  if (made++ === 0) await sweep(folder);
  const name = `slots-${crypto.randomUUID()}`;
  const file = (await folder.getFileHandle(name, { create: true })) as unknown as {
    createSyncAccessHandle(): Promise<SyncAccessHandle>;
  };
  return new OpfsSwapFile(folder, name, await file.createSyncAccessHandle());
}

/**
 * A file of this lab's own. Labs of one origin (tabs, windows) take turns, so that none sweeps away what another is about to open.
 *
 * @returns without a file, the sentence why there is none; swap then lies in memory
 */
export async function createOpfsSwapFile(): Promise<{ file: SwapFile } | { file?: never; because: string }> {
  try {
    const file = navigator.locks
      ? await navigator.locks.request('gart-lab-swap', openFile)
      : await openFile();
    return { file };
  } catch (error) {
    return { because: sentenceOfNoFile(error) };
  }
}
