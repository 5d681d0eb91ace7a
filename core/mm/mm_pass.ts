/** What several rules of this room look at, walked once for all of them: made for one check and dropped behind it. */
import { checkIntervalTree, type TreeFindings } from '../base/interval_tree_check.ts';
import type { AddressSpace } from '../fs/address_space.ts';
import { EntryWalk } from './entry_walk.ts';
import type { MmContext } from './mm_context.ts';
import type { VmArea } from './vm_area.ts';

export class MmPass {
  private walked: EntryWalk | null = null;
  private found: ReadonlyMap<AddressSpace, TreeFindings<VmArea>> | null = null;
  private live: Uint8Array | null = null;

  constructor(readonly context: MmContext) {}

  /** Every page-table entry of every task. */
  get entries(): EntryWalk {
    this.walked ??= EntryWalk.overAll(this.context);
    return this.walked;
  }

  /** Every tree of mappings, with its ranges in key order. */
  get trees(): ReadonlyMap<AddressSpace, TreeFindings<VmArea>> {
    if (this.found !== null) return this.found;
    const found = new Map<AddressSpace, TreeFindings<VmArea>>();
    for (const mapping of this.context.mappings) {
      found.set(mapping, checkIntervalTree(mapping.mmapTree) as TreeFindings<VmArea>);
    }
    this.found = found;
    return found;
  }

  /** True for a VMA that a task has. Ids of VMAs are dense and never used again. */
  isLive({ id }: VmArea): boolean {
    if (this.live === null) {
      this.live = new Uint8Array(this.context.nextVmaId);
      for (const mm of this.context.mms.values()) for (const vma of mm.vmas) this.live[vma.id] = 1;
    }
    return this.live[id] === 1;
  }
}
