/**
 * The text of debugfs dma_buf/bufinfo, with the columns that the design of the inodes brings.
 *
 * Models     dma_buf_debug_show, drivers/dma-buf/dma-buf.c (Linux 4.12, 5.3, 6.12); dma_resv_describe
 * Units      bytes; size, count and inode number are decimal with leading zeros, flags and mode hexadecimal
 */
import { FENCE_DRIVERS, FENCE_TIMELINES } from '../trace/events/dma_buf.ts';
import { type DmaBuf, type DmaBufRegistry, dmaBufFileMode } from './dma_buf.ts';
import { type ResvEntry, USAGE_BOOKKEEP, USAGE_READ } from './dma_resv.ts';

/** FMODE_OPENED came with Linux 4.19, between the oldest columns and the others. */
const FMODE_OPENED = 0x80000;
const CLASS_WORDS = ['kernel', 'write', 'read'] as const;

function eight(value: number, base: 10 | 16): string {
  return value.toString(base).padStart(8, '0');
}

/** The whole text, newest buffer first; `count` is the number of references to the file. */
export function bufinfoText(registry: DmaBufRegistry): string {
  const { inodes, buffers } = registry;
  const heading = ['size', 'flags', 'mode', 'count'].map(word => word.padEnd(8)).concat('exp_name');
  if (inodes.bufinfo !== 'exp_name') heading.push('ino'.padEnd(8));
  if (inodes.bufinfo === 'ino and name') heading.push('name');
  const lines = ['', 'Dma-buf Objects:', heading.join('\t')];
  let bytes = 0;
  for (let i = buffers.length - 1; i >= 0; i--) {
    const buf = buffers[i]!;
    lines.push(objectLine(buf), ...fenceLines(buf), '\tAttached Devices:');
    for (const { device } of buf.attachments) lines.push(`\t${device}`);
    lines.push(`Total ${buf.attachments.length} devices attached`, '');
    bytes += buf.size;
  }
  lines.push('', `Total ${buffers.length} objects, ${bytes} bytes`, '');
  return lines.join('\n');
}

function objectLine(buf: DmaBuf): string {
  const { file, registry } = buf;
  const { bufinfo } = registry.inodes;
  const mode = bufinfo === 'exp_name' ? dmaBufFileMode(buf) & ~FMODE_OPENED : dmaBufFileMode(buf);
  const fields = [eight(buf.size, 10), eight(file.flags, 16), eight(mode, 16), eight(file.count, 10)];
  fields.push(buf.ops.exporterName);
  if (bufinfo !== 'exp_name') fields.push(eight(buf.ino, 10));
  if (bufinfo === 'ino and name') fields.push(buf.name === '' ? '<none>' : buf.name);
  if (bufinfo === 'ino, unannounced name') fields.push(buf.name);
  return fields.join('\t');
}

/** Fences up to class READ: kernels since 5.19 list them by class, older ones tell exclusive from shared. */
function fenceLines({ resv, registry }: DmaBuf): string[] {
  const shown = resv.list().filter(({ usage }) => usage < USAGE_BOOKKEEP);
  return [...shown].sort((a, b) => a.usage - b.usage).map(registry.inodes.fencesByClass ? recent : old);
}

function recent({ fence, usage }: ResvEntry): string {
  const { context, seqno, signalled } = fence;
  const driver = FENCE_DRIVERS[context.driver];
  const timeline = FENCE_TIMELINES[context.timeline];
  return `\t${CLASS_WORDS[usage as 0 | 1 | 2]} fence:${driver} ${timeline} seq ${seqno} ${signalled ? '' : 'un'}signalled`;
}

function old({ fence, usage }: ResvEntry): string {
  const { context, signalled } = fence;
  const kind = usage === USAGE_READ ? 'Shared' : 'Exclusive';
  return `\t${kind} fence: ${FENCE_DRIVERS[context.driver]} ${FENCE_TIMELINES[context.timeline]} ${signalled ? '' : 'un'}signalled`;
}
