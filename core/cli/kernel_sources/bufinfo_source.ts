/**
 * All shared buffers of the kernel, read from debugfs while the lab runs; usually only root may.
 *
 * Units      bytes by exporter
 */
import { readFileSync } from 'node:fs';
import type { KernelSource } from '../../lab/profile/profile_setup.ts';
import { parseBufinfo } from '../../session/import/dma_buf_bufinfo.ts';

export function bufinfoSource(path = '/sys/kernel/debug/dma_buf/bufinfo'): KernelSource {
  const read = (): { readonly text: string } | { readonly why: string } => {
    try {
      return { text: readFileSync(path, 'utf8') };
    } catch (error) {
      return { why: `${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)})` };
    }
  };
  return {
    name: 'shared buffers (dma_buf bufinfo)',
    absent: () => {
      const seen = read();
      return 'why' in seen ? seen.why : null;
    },
    sample: () => {
      const seen = read();
      const sums = new Map<string, number>();
      if ('why' in seen) return sums;
      let all = 0;
      for (const { exporter, size } of parseBufinfo(seen.text).objects) {
        const name = exporter || 'unnamed exporter';
        sums.set(name, (sums.get(name) ?? 0) + size);
        all += size;
      }
      return sums.set('all', all);
    },
  };
}
