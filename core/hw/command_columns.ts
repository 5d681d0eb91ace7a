/**
 * The growing columns that commands are appended to (command_ops.ts); nothing is allocated per command.
 */
import { COMMAND_WORDS } from './command_ops.ts';

export abstract class CommandColumns {
  /** Commands appended since the last barrier; read by machines. */
  commands = new Uint32Array(4096 * COMMAND_WORDS);
  nrCommands = 0;
  /** Frames, runs and entries that commands name; read by machines. */
  lists = new Uint32Array(16_384);
  listLength = 0;

  protected append(op: number, a: number, b: number, c: number, d: number): void {
    const base = this.nrCommands * COMMAND_WORDS;
    if (base === this.commands.length) this.growCommands();
    const commands = this.commands;
    commands[base] = op;
    commands[base + 1] = a;
    commands[base + 2] = b;
    commands[base + 3] = c;
    commands[base + 4] = d;
    this.nrCommands++;
  }

  protected growCommands(): void {
    const larger = new Uint32Array(this.commands.length * 2);
    larger.set(this.commands);
    this.commands = larger;
  }

  /** Make room for `words` more list words and return where they start. */
  protected listSpace(words: number): number {
    const start = this.listLength;
    this.listLength += words;
    if (this.listLength > this.lists.length) {
      const larger = new Uint32Array(Math.max(this.lists.length * 2, this.listLength));
      larger.set(this.lists);
      this.lists = larger;
    }
    return start;
  }

  /** No command and no list word. */
  protected startColumns(): void {
    this.commands = new Uint32Array(4096 * COMMAND_WORDS);
    this.nrCommands = 0;
    this.lists = new Uint32Array(16_384);
    this.listLength = 0;
  }
}
