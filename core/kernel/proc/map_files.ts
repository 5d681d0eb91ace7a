/** /proc/<pid>/map_files: one link for each VMA with a file. Models fs/proc/base.c: map_files_readdir (Linux 6.12). */
import { filePath } from '../../fs/open_file.ts';
import type { VmArea } from '../../mm/vm_area.ts';

/** Name of the link, `7c0000000000-7c0000001000`, and where it leads. */
export interface MapFile {
  readonly name: string;
  readonly target: string;
}

/** The link of a VMA, or null for anonymous memory. */
export function mapFileOf(vma: VmArea): MapFile | null {
  if (!vma.file) return null;
  const { mm } = vma;
  const name = `${mm.addressOf(vma.start).toString(16)}-${mm.addressOf(vma.end).toString(16)}`;
  return { name, target: filePath(vma.file) };
}
