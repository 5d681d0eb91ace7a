/**
 * Shuts a kernel down and says what it left behind: teardown must return everything.
 */
import { ModelBug } from '../base/invariant.ts';
import { shutdownKernel } from '../kernel/boot.ts';
import type { Kernel } from '../kernel/kernel.ts';

/** Frames that nobody can allocate: the null frame and the shared page of zeros (mm/page_frame.ts). */
const RESERVED_FRAMES = 2;

/** @returns one sentence per thing that is still there; empty after a clean shutdown */
export function shutdownAndFindLeaks(kernel: Kernel): string[] {
  try {
    shutdownKernel(kernel);
  } catch (error) {
    if (error instanceof ModelBug) return [`Shutdown failed: ${error.message}`];
    throw error;
  }
  const left: string[] = [];
  const { frames } = kernel.context;
  const used = frames.nrPages - RESERVED_FRAMES - frames.nrFree;
  if (used !== 0) left.push(`${used} page frames are still in use after shutdown.`);
  if (kernel.queue.allocations.size !== 0) {
    left.push(`${kernel.queue.allocations.size} VRAM allocations are still alive after shutdown.`);
  }
  const bound = kernel.queue.gart.reduce((sum, entry) => sum + (entry & 1), 0);
  if (bound !== 0) left.push(`${bound} GART entries are still bound after shutdown.`);
  if (kernel.tasks.size !== 0) left.push(`${kernel.tasks.size} tasks are still alive after shutdown.`);
  return left;
}
