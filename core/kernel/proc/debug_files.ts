/** Files of debugfs about shared buffers. Models dma_buf_debug_show, drivers/dma-buf/dma-buf.c (Linux 6.12). */
import { snapshotConstant } from '../../base/snapshot.ts';
import { dmaBufFileMode } from '../../dma_buf/dma_buf.ts';
import type { TextFileOperations } from '../../fs/text_registry.ts';
import type { Kernel } from '../kernel.ts';

const BUFINFO_PATH = '/sys/kernel/debug/dma_buf/bufinfo';

const BUFINFO: TextFileOperations = snapshotConstant('kernel.debugfs.bufinfo', {
  name: 'bufinfo',
  /** Newest buffer first; sizes in bytes; `count` is the number of references to the file. */
  show(owner: object): string {
    const { buffers } = (owner as Kernel).dmaBufs;
    const number = (value: number, base: number) => value.toString(base).padStart(8, '0');
    const heading = ['size', 'flags', 'mode', 'count'].map(word => word.padEnd(8));
    const lines = ['', 'Dma-buf Objects:', [...heading, 'exp_name', 'ino'.padEnd(8), 'name'].join('\t')];
    let bytes = 0;
    for (const buf of [...buffers].reverse()) {
      const { file, ops, size, ino, name, attachments } = buf;
      lines.push(
        [
          number(size, 10),
          number(file.flags, 16),
          number(dmaBufFileMode(buf), 16),
          number(file.count, 10),
          ops.exporterName,
          number(ino, 10),
          name === '' ? '<none>' : name,
        ].join('\t'),
        '\tAttached Devices:',
        ...attachments.map(attachment => `\t${attachment.device}`),
        `Total ${attachments.length} devices attached`,
        '',
      );
      bytes += size;
    }
    lines.push('', `Total ${buffers.length} objects, ${bytes} bytes`, '');
    return lines.join('\n');
  },
});

/** Make the files. */
export function addDebugFiles(kernel: Kernel): void {
  kernel.debugfs.add(BUFINFO_PATH, BUFINFO, kernel);
}

/** Remove them. */
export function removeDebugFiles(kernel: Kernel): void {
  kernel.debugfs.remove(BUFINFO_PATH);
}
