/**
 * Tracepoints of the room dax. `lab_dax:huge_fault` and `lab_dax:kill_dev_dax` are emitted where dev_dax_huge_fault() and
 * kill_dev_dax() are entered, so recordings can be compared.
 */
import { declareEvent } from '../event.ts';
// Ids follow the order of declaration: whoever imports this file gets those before it first.
import './kernel.ts';

/** A fault handler of device-dax was entered. `order` is 0 (4 KiB), 9 (2 MiB) or 18 (1 GiB). */
export const DAX_HUGE_FAULT = declareEvent('lab_dax:huge_fault', ['minor', 'page', 'order', 'write']);

/** A device is declared dead; its mappings are emptied next. */
export const DAX_KILL = declareEvent('lab_dax:kill_dev_dax', ['minor']);

/** An inode of the dax file system began to live in a slab object, or was unhashed and waits for its grace period. */
export const DAX_INODE_NEW = declareEvent('lab_dax:inode_new', ['minor', 'slabObject', 'mappingId']);
export const DAX_INODE_DESTROY = declareEvent('lab_dax:inode_destroy', ['minor', 'slabObject', 'mappingId']);

/** A grace period is over and the slab object may be used again. */
export const DAX_INODE_FREE = declareEvent('lab_dax:inode_free', ['slabObject']);

/** A device got another size, in pages. */
export const DAX_RESIZE = declareEvent('lab_dax:resize', ['minor', 'fromPages', 'toPages']);
