/** Types of source_rules.mjs, for its test. */
export interface Problem {
  readonly rule: string;
  readonly path: string;
  readonly line: number;
  readonly message: string;
}
export interface RuleException {
  readonly rule: string;
  readonly path: string;
  readonly count: number;
  readonly reason: string;
}
export function checkFile(path: string, text: string, table: unknown): Problem[];
export function checkTable(table: unknown): string[];
export function applyExceptions(
  problems: readonly Problem[],
  exceptions: readonly RuleException[],
): { open: Problem[]; ratchet: string[] };
