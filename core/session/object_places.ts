/** Where objects lie and which entries lead to them, read from the kernel as it is. */
import type { DrmDevice } from '../drm/drm_device.ts';
import { GemObject } from '../drm/gem_object.ts';
import { TtmBo } from '../drm/ttm/ttm_bo.ts';
import { PL_PRIV, PL_TT, PL_VRAM } from '../drm/ttm/ttm_placement.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { isPtePresent, LEAF_PAGES, pfnOfPte } from '../mm/page_table.ts';
import type { VmArea } from '../mm/vm_area.ts';

/** Where an object's bytes are; an object without a resource yet counts as SYSTEM. */
export function placementOf(bo: TtmBo): 'VRAM' | 'TT' | 'SYSTEM' | 'SWAP' {
  if (bo.tt?.swapped) return 'SWAP';
  switch (bo.resource?.memType) {
    case PL_VRAM:
    case PL_PRIV:
      return 'VRAM';
    case PL_TT:
      return 'TT';
    default:
      return 'SYSTEM';
  }
}

/** Objects of all devices, by id. */
export function shownObjects(kernel: Kernel): TtmBo[] {
  const objects: TtmBo[] = [];
  for (const { device } of kernel.devices.values()) {
    for (const object of (device as DrmDevice).objects) if (object instanceof TtmBo) objects.push(object);
  }
  // A device lists its objects oldest first: of one device there is nothing to sort.
  const inOrder = objects.every((object, i) => i === 0 || objects[i - 1]!.id < object.id);
  return inOrder ? objects : objects.sort((a, b) => a.id - b.id);
}

/** The object of this id, or undefined. */
export function objectOfId(kernel: Kernel, id: number): TtmBo | undefined {
  for (const { device } of kernel.devices.values()) {
    for (const object of (device as DrmDevice).objects)
      if (object.id === id && object instanceof TtmBo) return object;
  }
  return undefined;
}

/** The object that a mapping shows, or null. */
export function objectOfVma(vma: { readonly privateData: object | null }): GemObject | null {
  return vma.privateData instanceof GemObject ? vma.privateData : null;
}

/** Present entries of a VMA, and the frame behind the first one. */
export function presentPtesOf(vma: VmArea): { readonly count: number; readonly firstPfn: number | null } {
  const { pageTable } = vma.mm;
  let count = 0;
  let firstPfn: number | null = null;
  for (let page = vma.start; page < vma.end; ) {
    const leafEnd = Math.min(vma.end, (Math.floor(page / LEAF_PAGES) + 1) * LEAF_PAGES);
    const leaf = pageTable.leafOf(page);
    if (leaf !== null && leaf.nrPtes > 0) {
      for (let at = page; at < leafEnd; at++) {
        const word = leaf.words[at & (LEAF_PAGES - 1)]!;
        if (!isPtePresent(word)) continue;
        count++;
        firstPfn ??= pfnOfPte(word);
      }
    }
    page = leafEnd;
  }
  return { count, firstPfn };
}
