/**
 * Write dwords into an object on behalf of a task, wherever its bytes lie.
 *
 * Models     i915_gem_pwrite_ioctl, drivers/gpu/drm/i915/i915_gem.c (Linux 6.18): range, wait for all work, write
 */
import { KernelError } from '../../base/errno.ts';
import { type Bytes, PAGE_SIZE } from '../../base/units.ts';
import { WouldBlock } from '../../base/would_block.ts';
import { USAGE_BOOKKEEP } from '../../dma_buf/dma_resv.ts';
import type { TtmBo } from '../ttm/ttm_bo.ts';
import { populate } from '../ttm/ttm_populate.ts';

/**
 * @param offset byte of the object; a multiple of 4
 * @throws KernelError EINVAL the words do not lie in the object; ENOMEM no pages for it
 * @throws WouldBlock while work on the object is in flight, or work that keeps the pages it needs
 */
export function writeObjectWords(bo: TtmBo, offset: Bytes, words: readonly number[], op: string): void {
  if (words.length === 0) return;
  if (offset % 4 !== 0 || offset < 0 || offset + words.length * 4 > bo.sizeBytes) {
    throw new KernelError(
      'EINVAL',
      op,
      `${words.length} dwords from byte ${offset} do not lie in object ${bo.id} of ${bo.sizeBytes} bytes.`,
    );
  }
  const fence = bo.resv.lastUnsignaled(USAGE_BOOKKEEP);
  if (fence !== null) throw new WouldBlock(fence, op);
  if (bo.resource!.manager.useTt && !populate(bo))
    throw new KernelError('ENOMEM', op, `Object ${bo.id} finds no ${bo.nrPages} pages of system memory.`);
  for (let done = 0; done < words.length; ) {
    const byte = offset + done * 4;
    const count = Math.min(words.length - done, (PAGE_SIZE - (byte % PAGE_SIZE)) / 4);
    bo.device.core.plane.storeWords(
      bo.pfnOfPage(Math.floor(byte / PAGE_SIZE)),
      byte % PAGE_SIZE,
      words.slice(done, done + count),
    );
    done += count;
  }
}
