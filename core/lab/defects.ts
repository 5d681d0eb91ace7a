/**
 * Planted defects of the model: each is one wrong line, read from `MmContext.sabotage` at its site. Random histories and
 * scenarios must find every one of them; a check that stays green with a defect planted is no check.
 */

export interface Defect {
  readonly name: string;
  /** What is wrong when it is planted. */
  readonly about: string;
}

export const DEFECTS: readonly Defect[] = [
  {
    name: 'skip-zap-in-one-task',
    about: 'a shoot-down leaves out the task with the lowest id among those it meets',
  },
  { name: 'zap-misses-last-page', about: 'a shoot-down leaves the last page of each mapping' },
  { name: 'split-pgoff-off-by-one', about: 'the upper half of a split mapping shows the file one page too far on' },
  { name: 'leak-frame', about: 'clearing an entry does not give its frame back' },
  { name: 'fork-misses-tree', about: 'the mappings of a forked child are not linked to their file' },
  { name: 'fork-keeps-write', about: 'the entries of the parent stay writable when a fork shares private pages' },
  { name: 'unmap-keeps-entries', about: 'munmap removes the mapping but not its entries' },
  { name: 'forget-cow-copy', about: 'copy on write hands out a frame without copying into it' },
];
