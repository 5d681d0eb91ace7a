/** What the shell remembers between two starts: the window's place and the files opened last. One JSON file, written whole. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import * as v from 'valibot';

const MOST_RECENT = 10;

const Pixels = v.pipe(v.number(), v.integer(), v.minValue(-100_000), v.maxValue(100_000));
const Kept = v.object({
  window: v.nullable(
    v.object({ x: Pixels, y: Pixels, width: Pixels, height: Pixels, maximized: v.boolean() }),
  ),
  recent: v.pipe(v.array(v.string()), v.maxLength(100)),
});
export type KeptState = v.InferOutput<typeof Kept>;
export type KeptWindow = NonNullable<KeptState['window']>;

const NOTHING: KeptState = { window: null, recent: [] };

export class KeptStateFile {
  private state: KeptState;

  /** A file that is not there, or is not ours any more, means a first start. */
  constructor(private readonly path: string) {
    this.state = NOTHING;
    try {
      const read = v.safeParse(Kept, JSON.parse(readFileSync(path, 'utf8')));
      if (read.success) this.state = read.output;
    } catch {
      // As said: a first start.
    }
  }

  get window(): KeptWindow | null {
    return this.state.window;
  }

  /** Files opened last, newest first. */
  get recent(): readonly string[] {
    return this.state.recent;
  }

  keepWindow(window: KeptWindow): void {
    this.change({ ...this.state, window });
  }

  addRecent(path: string): void {
    const others = this.state.recent.filter(each => each !== path);
    this.change({ ...this.state, recent: [path, ...others].slice(0, MOST_RECENT) });
  }

  removeRecent(path: string): void {
    this.change({ ...this.state, recent: this.state.recent.filter(each => each !== path) });
  }

  clearRecent(): void {
    this.change({ ...this.state, recent: [] });
  }

  /** Written beside its place and renamed into it; a disk that refuses costs the memory, not the session. */
  private change(state: KeptState): void {
    this.state = state;
    try {
      mkdirSync(dirname(this.path), { recursive: true });
      writeFileSync(`${this.path}.new`, `${JSON.stringify(state, null, 2)}\n`);
      renameSync(`${this.path}.new`, this.path);
    } catch {
      // As said.
    }
  }
}
