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

/** Characters that make a terminal do something, or turn the direction of writing: files that people open may hold them. */
const CONTROL = /[^\P{C}\n\t]/gu;

/** A text that a terminal only shows. */
export function harmless(text: string): string {
  return text.replace(CONTROL, '\ufffd');
}

/** Print one line for people on stdout. */
export function printLine(line = ''): void {
  process.stdout.write(`${harmless(line)}\n`);
}

/** Say something beside the result, on stderr, so that --json stays one JSON text. */
export function say(line: string): void {
  process.stderr.write(`${harmless(line)}\n`);
}
