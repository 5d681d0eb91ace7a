/** The input that sets the usable part of VRAM: the budget slider. */

import { PAGE_SIZE } from '../base/units.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Input } from '../session/input.ts';
import { shownDevice } from './object_views.ts';

/** @throws Error when the machine has no device with a memory manager */
export function budgetInput(kernel: Kernel, pages: number): Input {
  const device = shownDevice(kernel);
  if (!device)
    throw new Error('This machine has no device with memory of its own, so there is no budget to set.');
  return {
    task: 'K',
    call: 'gpu.setBudget',
    args: { device: device.description.name, bytes: pages * PAGE_SIZE },
  };
}
