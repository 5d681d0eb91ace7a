/** What the launcher tells while it works: one line per step with its duration, on one stream. */
import { UserError } from './user_error.mjs';

export function seconds(ms) {
  return ms < 100 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

export class Progress {
  /** @param stream where lines go; `npm run lab` uses stderr so that --json on stdout stays clean */
  constructor(stream = process.stdout) {
    this.stream = stream;
    /** Milliseconds by kind: 'download', 'build', 'run'. */
    this.spent = { download: 0, build: 0, run: 0 };
  }

  line(text) {
    this.stream.write(`${text}\n`);
  }

  /** Do one step of a kind; prints its title when it begins and its duration when it ends. */
  async step(kind, title, work) {
    const begin = Date.now();
    const inPlace = this.stream.isTTY === true;
    this.stream.write(inPlace ? `  ${title} ...` : `  ${title}\n`);
    let end = 'failed after';
    try {
      const result = await work();
      end = 'done after';
      return result;
    } finally {
      const ms = Date.now() - begin;
      this.spent[kind] += ms;
      this.stream.write(`${inPlace ? '\r' : ''}  ${title}: ${end} ${seconds(ms)}\n`);
    }
  }

  /** One line: how long downloads, build and run took. */
  durations() {
    const { download, build, run } = this.spent;
    this.line(
      `Durations: build and run ${seconds(build + run)} (build ${seconds(build)}, run ${seconds(run)}), downloads ${seconds(download)}.`,
    );
  }
}

/** What a failed command said, as a UserError: its first and last lines without warnings. */
export function failed(what, result, hint = '') {
  const lines = `${result.stdout}\n${result.stderr}`
    .split('\n')
    .filter(line => line.trim() !== '' && !/^npm warn/i.test(line));
  const shown = lines.length <= 40 ? lines : [...lines.slice(0, 20), '...', ...lines.slice(-15)];
  const why = result.timedOut ? 'ran past its time limit' : `failed with exit code ${result.code}`;
  return new UserError([`${what} ${why}.${hint ? ` ${hint}` : ''}`, ...shown].join('\n'));
}
