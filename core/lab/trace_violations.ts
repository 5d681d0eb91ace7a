/**
 * The invariants of chapter 8 that are statements about the trace: checked once, at the end of a run.
 */
import { holdsIn } from '../base/invariant_entry.ts';
import { invariantEntries } from '../kernel/invariants.ts';
import type { Kernel } from '../kernel/kernel.ts';

/** @returns one sentence per violation, with number and name */
export function traceViolations(kernel: Kernel): string[] {
  const violations: string[] = [];
  for (const entry of invariantEntries()) {
    if (entry.kind !== 'trace') continue;
    if (!holdsIn(entry, kernel.context.era.name)) continue;
    for (const says of entry.check(kernel)) violations.push(`${entry.number} ${entry.name}: ${says}`);
  }
  return violations;
}
