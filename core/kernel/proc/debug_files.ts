/** Files of debugfs about shared buffers. Models dma_buf_init_debugfs, drivers/dma-buf/dma-buf.c (Linux 6.12). */
import { snapshotConstant } from '../../base/snapshot.ts';
import { bufinfoText } from '../../dma_buf/bufinfo.ts';
import type { TextFileOperations } from '../../fs/text_registry.ts';
import type { Kernel } from '../kernel.ts';

const BUFINFO_PATH = '/sys/kernel/debug/dma_buf/bufinfo';

const BUFINFO: TextFileOperations = snapshotConstant('kernel.debugfs.bufinfo', {
  name: 'bufinfo',
  show: (owner: object): string => bufinfoText((owner as Kernel).dmaBufs),
});

/** Make the files. */
export function addDebugFiles(kernel: Kernel): void {
  kernel.debugfs.add(BUFINFO_PATH, BUFINFO, kernel);
}

/** Remove them. */
export function removeDebugFiles(kernel: Kernel): void {
  kernel.debugfs.remove(BUFINFO_PATH);
}
