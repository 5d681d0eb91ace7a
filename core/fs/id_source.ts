import type { FaultAttr } from '../base/fault_attr.ts';

/** Where the file system takes its dense numbers from, and asks for memory; mm/mm_context.ts is one, so that both are shared with it. */
export interface IdSource {
  /** Next number of an address space. */
  nextMappingId: number;
  /** Next number of an open file. */
  nextFileId: number;
  /** Injected failures of allocations. */
  readonly faults: FaultAttr;
}
