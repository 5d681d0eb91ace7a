/** Swap slots in a temporary file of Node; made at the first write, deleted at the end. */
import { closeSync, ftruncateSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PAGE_SIZE } from '../base/units.ts';
import type { SwapFile } from '../hw/ports.ts';

class NodeSwapFile implements SwapFile {
  private file = -1;
  private folder = '';

  private open(): number {
    if (this.file < 0) {
      this.folder = mkdtempSync(join(tmpdir(), 'gart-lab-swap-'));
      this.file = openSync(join(this.folder, 'slots'), 'w+', 0o600);
    }
    return this.file;
  }

  read(firstSlot: number, into: Uint8Array): void {
    // A hole or the space behind the end reads as zeros.
    into.fill(0);
    if (this.file < 0) return;
    for (let done = 0; done < into.length; ) {
      const got = readSync(this.file, into, done, into.length - done, firstSlot * PAGE_SIZE + done);
      if (got === 0) return;
      done += got;
    }
  }

  write(firstSlot: number, bytes: Uint8Array): void {
    const file = this.open();
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(file, bytes, done, bytes.length - done, firstSlot * PAGE_SIZE + done);
    }
  }

  clear(): void {
    if (this.file >= 0) ftruncateSync(this.file, 0);
  }

  close(): void {
    if (this.file < 0) return;
    this.clear();
    closeSync(this.file);
    rmSync(this.folder, { recursive: true, force: true });
    this.file = -1;
  }
}

/** A swap file in the system's folder for temporary files. */
export function createNodeSwapFile(): SwapFile {
  return new NodeSwapFile();
}
