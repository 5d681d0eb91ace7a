/** Files of /proc that are about the whole system: memory, mounts, devices. Models fs/proc/meminfo.c, mounts, devices (Linux 6.12). */
import { snapshotConstant } from '../../base/snapshot.ts';
import { PAGE_SIZE } from '../../base/units.ts';
import type { TextFileOperations } from '../../fs/text_registry.ts';
import type { Kernel } from '../kernel.ts';

const MEMINFO: TextFileOperations = snapshotConstant('kernel.proc.meminfo', {
  name: 'meminfo',
  show(owner: object): string {
    const { frames } = (owner as Kernel).context;
    const line = (name: string, pages: number) =>
      `${`${name}:`.padEnd(16)}${String((pages * PAGE_SIZE) / 1024).padStart(8)} kB\n`;
    return line('MemTotal', frames.nrPages) + line('MemFree', frames.nrFree);
  },
});

const MOUNTS: TextFileOperations = snapshotConstant('kernel.proc.mounts', {
  name: 'mounts',
  /** Also what only the kernel mounted: its device number, mount number, type and how many inodes live there. */
  show(owner: object): string {
    const lines = [...(owner as Kernel).vfs.superBlocks.values()].map(
      ({ dev, mntId, name, liveInodes }) => `0:${dev} ${mntId} ${name} ${liveInodes} inodes\n`,
    );
    return lines.join('');
  },
});

const DEVICES: TextFileOperations = snapshotConstant('kernel.proc.devices', {
  name: 'devices',
  show(owner: object): string {
    const lines = ['Character devices:\n'];
    for (const { major, firstMinor, nrMinors, ops } of (owner as Kernel).vfs.charDevices.list()) {
      lines.push(
        `${String(major).padStart(3)} ${ops.name} (minors ${firstMinor} to ${firstMinor + nrMinors - 1})\n`,
      );
    }
    return lines.join('');
  },
});

const FILES: readonly (readonly [string, TextFileOperations])[] = [
  ['/proc/meminfo', MEMINFO],
  ['/proc/mounts', MOUNTS],
  ['/proc/devices', DEVICES],
];

/** Make the files. */
export function addSystemFiles(kernel: Kernel): void {
  for (const [path, ops] of FILES) kernel.proc.add(path, ops, kernel);
}

/** Remove them. */
export function removeSystemFiles(kernel: Kernel): void {
  for (const [path] of FILES) kernel.proc.remove(path);
}
