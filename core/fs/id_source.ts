/** Where the file system takes its dense numbers from; mm/mm_context.ts is one, so that ids are shared with it. */
export interface IdSource {
  /** Next number of an address space. */
  nextMappingId: number;
  /** Next number of an open file. */
  nextFileId: number;
}
