/**
 * The kernel reads user memory on behalf of a driver, and may fault while it does: in the middle of another device's call.
 *
 * Models     copyin (F9.3, amd64)
 */
import type { PageIndex } from '../base/units.ts';
import { isPtePresent } from '../mm/page_table.ts';
import type { ProcessMm } from '../mm/process_mm.ts';
import { handleMmFault } from '../mm/vm_fault_handler.ts';

/** Make one page readable for the kernel. @returns 0, or EFAULT when the fault ends in a signal */
export function copyin(mm: ProcessMm, page: PageIndex): 0 | 'EFAULT' {
  if (isPtePresent(mm.pageTable.get(page))) return 0;
  const { reason } = handleMmFault(mm, page, false);
  return reason === 'NOPAGE' ? 0 : 'EFAULT';
}
