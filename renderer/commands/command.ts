/**
 * Commands: everything a person can do in the window, once, as data. Buttons, keys, menus and the palette run the same ones,
 * and the console prints the line of each that ran.
 */
import { signal } from '@preact/signals';

export interface Command {
  /** Stable, `lab.run`. */
  readonly id: string;
  /** As the palette shows it, `Run`. */
  readonly title: string;
  /** Heading of the palette and the menus. */
  readonly group: 'Lab' | 'View' | 'Panels' | 'Scenes' | 'Help' | 'Session';
  /** Other words that find it. */
  readonly also?: string;
  /** As Playwright and people write keys: `r`, `Ctrl+K`, `F6`. `Ctrl` is Cmd on a Mac. */
  readonly keys?: readonly string[];
  /** What the console prints when it ran, `run`; absent for what only changes the look of the window. */
  readonly line?: string;
  /** False while it can do nothing. */
  readonly enabled?: () => boolean;
  readonly run: () => void | Promise<void>;
}

const commands = new Map<string, Command>();
/** Counts changes of the list, so that what shows it is drawn again. */
export const commandListVersion = signal(0);

/** Lines that the console shows of commands that ran, oldest first. */
export const commandLines = signal<readonly string[]>([]);
const MOST_LINES = 500;

/** Make commands known; one of the same id is replaced. */
export function addCommands(more: readonly Command[]): void {
  for (const command of more) commands.set(command.id, command);
  commandListVersion.value++;
}

/** Every command, in the order of being added. */
export function allCommands(): readonly Command[] {
  return [...commands.values()];
}

/** Say in the console what was done, as a line that does it again. */
export function sayLine(line: string): void {
  commandLines.value = [...commandLines.peek(), line].slice(-MOST_LINES);
}

const isOff = (command: Command | undefined) => !command || command.enabled?.() === false;

/** Run a command, if it can do something now, and print its line. */
export async function runCommand(id: string): Promise<void> {
  const command = commands.get(id);
  if (isOff(command)) return;
  if (command!.line !== undefined) sayLine(command!.line);
  await command!.run();
}

/** Run a command whose line was typed. @throws Error when it can do nothing now */
export async function doCommand(id: string): Promise<void> {
  const command = commands.get(id);
  if (isOff(command)) throw new Error(`There is nothing now for: ${command?.title ?? id}.`);
  await command!.run();
}
