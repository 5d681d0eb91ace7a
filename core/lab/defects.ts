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
  {
    name: 'split-pgoff-off-by-one',
    about: 'the upper half of a split mapping shows the file one page too far on',
  },
  { name: 'leak-frame', about: 'clearing an entry does not give its frame back' },
  { name: 'fork-misses-tree', about: 'the mappings of a forked child are not linked to their file' },
  {
    name: 'fork-keeps-write',
    about: 'the entries of the parent stay writable when a fork shares private pages',
  },
  { name: 'unmap-keeps-entries', about: 'munmap removes the mapping but not its entries' },
  { name: 'forget-cow-copy', about: 'copy on write hands out a frame without copying into it' },
  { name: 'move-keeps-mappings', about: 'an object moves without a shoot-down of its mappings' },
  { name: 'evict-forgets-copy', about: 'an eviction takes the new place without copying the bytes there' },
  { name: 'prefault-repeats-page', about: 'a fault maps the pages ahead one page too early' },
  { name: 'handle-keeps-permission', about: 'a file may still map an object whose handle it has closed' },
  { name: 'prime-forgets-put', about: 'a closed handle keeps its reference of the shared buffer' },
  {
    name: 'unpinned-stays-unevictable',
    about: 'an object that is unpinned does not return to the order of use',
  },
  { name: 'unbind-keeps-entries', about: 'GART entries of an object that moved away stay valid' },
  { name: 'job-forgets-flush', about: 'a job sees bound system pages as they were at an earlier flush' },
  { name: 'swap-in-backwards', about: 'swapped-out pages come back in the wrong order' },
  {
    name: 'forget-file-copy',
    about: 'the first private write to a page of a file hands out a frame without copying into it',
  },
  { name: 'dead-dax-keeps-entries', about: 'a dax device is unbound and its mappings keep their entries' },
  {
    name: 'unplug-keeps-entries',
    about: 'a graphics device is pulled out and its mappings keep their entries',
  },
  { name: 'heap-leaks-page', about: 'a buffer of the system heap gives all its pages back but the first' },
  { name: 'destructor-forgotten', about: 'a private record of a FreeBSD file ends without its destructor' },
];

/** Defects around the ring: found by its tests, reported with the address, and recovered from. Random histories have no batches. */
export const ENGINE_DEFECTS: readonly Defect[] = [
  {
    name: 'bind-forgets-tlb-flush',
    about: 'the streamer keeps its old translations when an object is bound',
  },
  { name: 'bind-writes-bad-entry', about: 'one GART entry of an object that is bound stays invalid' },
  { name: 'batch-never-ends', about: 'where the commands of a batch should end they begin again' },
];
