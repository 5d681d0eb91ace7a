/** Looks at graphics memory from outside: the VRAM range manager, all shared buffers. */
import { dmaBufFileMode } from '../../dma_buf/dma_buf.ts';
import type { DrmDevice } from '../../drm/drm_device.ts';
import { holeStart } from '../../drm/mm/drm_mm.ts';
import { PL_VRAM } from '../../drm/ttm/ttm_placement.ts';
import { registerCalls, textArg } from '../call_table.ts';
import type { Json } from '../input.ts';
import { BadArgument } from './arguments.ts';

function hex8(value: number): string {
  return value.toString(16).padStart(8, '0');
}

registerCalls({
  /** {dev}: ranges of pages [start, end, used | free] of the VRAM manager. */
  vramManager({ kernel }, args) {
    const bound = kernel.devices.get(textArg(args, 'dev'));
    if (!bound) throw new BadArgument(`The machine has no device ${textArg(args, 'dev')}.`);
    const manager = (bound.device as DrmDevice).ttm?.managers[PL_VRAM];
    if (!manager) throw new BadArgument(`The device ${textArg(args, 'dev')} has no video memory.`);
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
      mode: hex8(dmaBufFileMode(buf)),
      count: buf.file.count,
      exporter: buf.ops.exporterName,
      ino: `ino:${buf.file.inode.superBlock.dev}:${buf.ino}`,
      name: buf.name,
      attached: buf.attachments.map(attachment => attachment.device),
    }));
  },
});
