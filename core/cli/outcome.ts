/**
 * How a command ends: exit code 0 (ok), 1 (the thing failed) or 2 (bad usage), with one sentence for people.
 */

/** Bad usage: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The thing that was asked for failed: exit code 1. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
}

/** Print a result as one JSON text on stdout. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** Print one line for people on stdout. */
export function printLine(line = ''): void {
  process.stdout.write(`${line}\n`);
}

/** Say something beside the result, on stderr, so that --json stays one JSON text. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
