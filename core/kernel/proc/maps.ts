/** /proc/<pid>/maps. Models show_map_vma, fs/proc/task_mmu.c (Linux 6.12). */
import { PAGE_SIZE } from '../../base/units.ts';
import type { ProcessMm } from '../../mm/process_mm.ts';
import type { VmArea } from '../../mm/vm_area.ts';
import { vmaFilePage, vmaName, vmaPermissions } from './vma_text.ts';

/** One line: `7c0000000000-7c0000001000 rw-p 00000000 00:00 0    name`. */
export function mapsLine(mm: ProcessMm, vma: VmArea): string {
  const hex = (n: number) => n.toString(16);
  const inode = vma.file?.inode;
  const device = inode ? inode.superBlock.dev : 0;
  const fields = [
    `${hex(mm.addressOf(vma.start))}-${hex(mm.addressOf(vma.end))}`,
    vmaPermissions(vma),
    hex(vmaFilePage(vma) * PAGE_SIZE).padStart(8, '0'),
    `00:${hex(device).padStart(2, '0')}`,
    String(inode?.ino ?? 0),
  ].join(' ');
  const name = vmaName(vma);
  return name === '' ? fields : `${fields.padEnd(73)}${name}`;
}

/** The whole text. */
export function mapsText(mm: ProcessMm): string {
  return mm.vmas.map(vma => `${mapsLine(mm, vma)}\n`).join('');
}
