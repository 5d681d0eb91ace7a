/**
 * Values of options: checked when they come in, written whole when they name a file.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { CommandFailed, UsageError } from './outcome.ts';

/** A whole number from an option. @throws UsageError */
export function wholeNumber(text: string, option: string, atLeast: number): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < atLeast) {
    throw new UsageError(
      `${option} takes a whole number of at least ${atLeast} (it is ${JSON.stringify(text)}).`,
    );
  }
  return value;
}

/** Write a file whole or not at all. @throws CommandFailed */
export function writeWhole(path: string, text: string): void {
  try {
    writeFileSync(`${path}.part`, text);
    renameSync(`${path}.part`, path);
  } catch (error) {
    throw new CommandFailed(`${path} cannot be written (${(error as Error).message}).`);
  }
}
