/** A recording whose process is killed at random moments: the file opens, replays, and lacks at most the last second. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SeededRandom } from '../base/random.ts';
import { createHostMachine } from '../hw/host/host_machine.ts';
import { memorySource } from './file/container_reader.ts';
import { RecordedSession } from './recorded_session.ts';
import { replaySession } from './replay.ts';

const KILLS = 20;
/** Wall time after the first input in which the process is killed. */
const KILLED_WITHIN_MS = 900;
const MOST_LOST_MS = 1000;
/** Files that are replayed as well, of those killed. */
const REPLAYED = 3;

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'gart-lab-killed-'));
const entry = join(folder, 'record.mjs');

beforeAll(() => {
  buildSync({
    entryPoints: [path('../testing/record_until_killed.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    outfile: entry,
    logLevel: 'silent',
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const sleep = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));
const ended = (child: ChildProcess) => new Promise(resolve => child.once('exit', resolve));

test(`killed ${KILLS} times: every file opens and lacks at most the last second`, async () => {
  const random = new SeededRandom(20);
  for (let kill = 0; kill < KILLS; kill++) {
    const [session, lines] = [join(folder, `${kill}.gartlab`), join(folder, `${kill}.lines`)];
    const machine = path('../../assets/machines/lab-16m.json');
    const child = spawn(process.execPath, [entry, machine, session, lines], { stdio: 'ignore' });
    const exit = ended(child);
    while (!existsSync(lines)) await sleep(5);
    await sleep(random.below(KILLED_WITHIN_MS));
    child.kill('SIGKILL');
    await exit;
    const told = readFileSync(lines, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map(line => line.split(' ').map(Number) as [ms: number, inputs: number]);
    const recorded = await RecordedSession.open(memorySource(new Uint8Array(readFileSync(session))));
    expect(recorded.report.finished).toBe(false);
    const lastMs = told.at(-1)![0];
    const firstLost = told.find(([, inputs]) => inputs > recorded.inputs.length);
    expect(firstLost ? lastMs - firstLost[0] : 0).toBeLessThanOrEqual(MOST_LOST_MS);
    if (kill < REPLAYED) {
      const host = createHostMachine(recorded.header.description);
      const result = await replaySession(recorded, { machine: host });
      await host.dispose();
      expect(result.difference).toBeNull();
    }
    rmSync(session);
  }
}, 120_000);
