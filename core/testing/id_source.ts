/** Numbers and memory for a file system that stands alone. */
import { FaultAttr } from '../base/fault_attr.ts';
import type { IdSource } from '../fs/id_source.ts';

/** A fresh source that starts at 1. */
export function newIdSource(): IdSource {
  return { nextMappingId: 1, nextFileId: 1, faults: new FaultAttr() };
}
