/** Looks at graphics memory from outside: the VRAM range manager, all shared buffers; and the naming of buffers. */
import { KernelError } from '../../base/errno.ts';
import { dmaBufOfFile, setDmaBufName } from '../../dma_buf/dma_buf.ts';
import type { DrmDevice } from '../../drm/drm_device.ts';
import { holeStart } from '../../drm/mm/drm_mm.ts';
import { PL_VRAM } from '../../drm/ttm/ttm_placement.ts';
import { registerCalls, textArg } from '../call_table.ts';
import type { Json } from '../input.ts';
import { BadArgument, fileArg } from './arguments.ts';

function hex8(value: number): string {
  return value.toString(16).padStart(8, '0');
}

registerCalls({
  /** {dev}: ranges of pages [start, end, used | free] of the VRAM manager. */
  vramManager({ kernel }, args) {
    const bound = kernel.devices.get(textArg(args, 'dev'));
    if (!bound) throw new BadArgument(`The machine has no device ${textArg(args, 'dev')}.`);
    const manager = (bound.device as DrmDevice).ttm!.managers[PL_VRAM]!;
    const mm = manager.mm!;
    const ranges: Json[] = [];
    if (mm.head.holeSize > 0) ranges.push([mm.start, mm.start + mm.head.holeSize, 'free']);
    for (const node of mm.nodes()) {
      ranges.push([node.start, node.end, 'used']);
      if (node.holeSize > 0) ranges.push([holeStart(node), holeStart(node) + node.holeSize, 'free']);
    }
    return { pages: manager.sizePages, ranges };
  },

  /** All shared buffers, newest first; `count` is the number of references to the file. */
  bufinfo({ kernel }) {
    return [...kernel.dmaBufs.buffers].reverse().map(buf => ({
      size: buf.size,
      flags: hex8(buf.file.flags),
      // FMODE_OPENED, LSEEK, READ and, if so, WRITE.
      mode: hex8(buf.file.writable ? 0x80007 : 0x80005),
      count: buf.file.count,
      exporter: buf.ops.exporterName,
      ino: `ino:${buf.file.inode.superBlock.dev}:${buf.ino}`,
      name: buf.name,
      attached: [],
    }));
  },

  /** {fd, name}: `len:N` is a name of N letters. */
  'dmabuf.setName'(context, args) {
    const file = fileArg(context, args);
    const buf = dmaBufOfFile(file);
    if (!buf) throw new KernelError('ENOTTY', 'DMA_BUF_SET_NAME', `${file.ops.name} is no dma-buf.`);
    const text = textArg(args, 'name');
    const length = /^len:(\d+)$/.exec(text);
    setDmaBufName(buf, length ? 'n'.repeat(Number(length[1])) : text);
    return 0;
  },
});
