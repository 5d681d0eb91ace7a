/** The input that sets the usable part of VRAM, and what a refusal of it means. */
import type { Input } from '../session/input.ts';

export function budgetInput(pages: number): Input {
  return { task: 'K', call: 'lab.setBudget', args: { pages } };
}

/** What to tell a person: the kernel's sentence, and what became of the budget. */
export function budgetRefusal(refused: string): string {
  return `${refused} The budget is as it was.`;
}
