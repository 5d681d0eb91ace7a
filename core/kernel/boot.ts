/**
 * Boot and shutdown: the steps of boot_steps.ts in order, unwound exactly when one fails.
 */
import { KernelError } from '../base/errno.ts';
import { PAGE_SIZE } from '../base/units.ts';
import { CommandQueue } from '../hw/command_queue.ts';
import type { MachineDescription } from '../hw/machine_description.ts';
import { MmContext } from '../mm/mm_context.ts';
import { PageFrames } from '../mm/page_frame.ts';
import { BOOT_STEP } from '../trace/events/kernel.ts';
import { TraceBuffer } from '../trace/trace_buffer.ts';
import { BOOT_STEPS } from './boot_steps.ts';
import { Kernel } from './kernel.ts';
import { eraByName } from './kernel_era.ts';

export interface BootOptions {
  /** Rows the event buffer keeps. */
  readonly traceBudget?: number;
  /** Name of a step that fails instead of running; for the check that boot unwinds. */
  readonly failAt?: string;
}

/**
 * A kernel with nothing in it yet: memory and trace, no files, no devices.
 */
export function newKernel(description: MachineDescription, options: BootOptions = {}): Kernel {
  const trace = new TraceBuffer(options.traceBudget);
  const queue = new CommandQueue(description);
  const frames = new PageFrames(description.ramBytes / PAGE_SIZE, queue);
  const context = new MmContext(trace, queue, frames);
  context.era = eraByName(description.era);
  return new Kernel(description, trace, queue, context);
}

/** Boot a machine. @throws KernelError what the failing step said; everything before it is undone */
export function bootKernel(description: MachineDescription, options: BootOptions = {}): Kernel {
  const kernel = newKernel(description, options);
  runBoot(kernel, options);
  return kernel;
}

/** Run the steps on a new kernel; the part of `bootKernel` that tests look at from outside. */
export function runBoot(kernel: Kernel, options: BootOptions = {}): void {
  for (const step of BOOT_STEPS) {
    try {
      if (step.name === options.failAt)
        throw new KernelError('ENOMEM', 'boot', `Step ${step.name} was told to fail.`);
      step.init(kernel);
    } catch (failure) {
      shutdownKernel(kernel);
      throw failure;
    }
    kernel.booted.push(step.name);
    kernel.trace.currentTask = 0;
    kernel.trace.emit(BOOT_STEP, kernel.booted.length, 0);
  }
}

/** Take everything down, last step first; afterwards nothing is left but the trace. */
export function shutdownKernel(kernel: Kernel): void {
  if (kernel.booted.includes('fences')) kernel.fences.releaseAll();
  for (let done = kernel.booted.length; done > 0; done--) {
    BOOT_STEPS[done - 1]!.exit(kernel);
    kernel.booted.pop();
    kernel.trace.currentTask = 0;
    kernel.trace.emit(BOOT_STEP, done, 1);
  }
}
