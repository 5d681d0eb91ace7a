/** How /proc names and describes one VMA: permissions, name, flags. Models fs/proc/task_mmu.c (Linux 6.12). */
import { filePath } from '../../fs/open_file.ts';
import { VM_EXEC, VM_MAYSHARE, VM_READ, VM_WRITE, type VmArea } from '../../mm/vm_area.ts';

/** `rw-s` */
export function vmaPermissions(vma: VmArea): string {
  const { flags } = vma;
  return (
    (flags & VM_READ ? 'r' : '-') +
    (flags & VM_WRITE ? 'w' : '-') +
    (flags & VM_EXEC ? 'x' : '-') +
    (flags & VM_MAYSHARE ? 's' : 'p')
  );
}

/** The path of the mapped file, what its operations say, or nothing for anonymous memory. */
export function vmaName(vma: VmArea): string {
  if (vma.ops?.showName) return vma.ops.showName(vma);
  return vma.file ? filePath(vma.file) : '';
}

/** The file page that maps prints; anonymous memory prints 0. */
export function vmaFilePage(vma: VmArea): number {
  return vma.file ? vma.pgoff : 0;
}

/** Two letters by bit of vm_flags, as show_smap_vma_flags() prints them. */
const MNEMONICS: readonly (string | null)[] = [
  'rd',
  'wr',
  'ex',
  'sh',
  'mr',
  'mw',
  'me',
  'ms',
  'gd',
  null,
  'pf',
  null,
  null,
  'lo',
  'io',
  'sr',
  'rr',
  'dc',
  'de',
  'lf',
  'ac',
  'nr',
  'ht',
  'sf',
  'ar',
  'wf',
  'dd',
  'sd',
  'mm',
  'hg',
  'nh',
  'mg',
];

/** `rd wr mr mw me ac sd` */
export function vmaFlags(vma: VmArea): string {
  const words: string[] = [];
  MNEMONICS.forEach((word, bit) => {
    if (word && (vma.flags >>> bit) & 1) words.push(word);
  });
  return words.join(' ');
}
