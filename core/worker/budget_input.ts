/** The input that sets the usable part of VRAM, and what a refusal of it means. */
import type { Input } from '../session/input.ts';

export function budgetInput(pages: number): Input {
  return { task: 'K', call: 'lab.setBudget', args: { pages } };
}

const REFUSALS: Readonly<Record<string, string>> = {
  EINVAL: 'the memory does not have so many pages, or none were asked for',
  ENOSPC: 'a pinned object lies behind the new end and cannot leave',
  ENOMEM: 'not everything behind the new end found another place; what left stays evicted',
};

/** A sentence for an errno that setting the budget answered. */
export function budgetRefusal(pages: number, errno: string): string {
  return `lab.setBudget: ${errno}, ${pages} pages: ${REFUSALS[errno] ?? 'the kernel refused'}. The budget is as it was.`;
}
