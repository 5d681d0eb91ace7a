/**
 * The diagnostics file of `doctor --bundle`: what a bug report needs of this machine, without personal paths and names.
 *
 * Left out   the machine's name, the environment beyond what changes WebGPU, contents of files
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { arch, cpus, homedir, release, type as systemType, totalmem, userInfo } from 'node:os';
import { join } from 'node:path';
import { runScenario } from '../lab/run_scenario.ts';
import { adapterFacts, DIAGNOSTICS_FORMAT, withoutPersonalIn } from '../public/diagnostics.ts';
import { sessionInfo } from '../session/session_info.ts';
import { versionOf } from './app_version.ts';
import { loadMachine, loadScenario, packageRoot } from './assets.ts';
import { openSessionFile } from './commands/session.ts';
import { createNodeGpuProvider } from './gpu_provider_node.ts';
import { makeMachine } from './make_machine.ts';

/** Played on both machines; short, and with evictions. */
const SCENE = 'evict-refault';
/** Variables that decide which shell, display or driver is taken. */
const ENVIRONMENT =
  /^(GART_LAB_|VK_|DISPLAY$|WAYLAND_DISPLAY$|XDG_SESSION_TYPE$|ELECTRON_|LIBGL_|MESA_|DAWN_|ANGLE_|NODE_OPTIONS$)/;

/** Hash of the lock file, so that a report names every package at once. */
function lockDigest(): string {
  const file = join(packageRoot(), 'package-lock.json');
  return existsSync(file) ? createHash('sha256').update(readFileSync(file)).digest('hex') : 'no lock file';
}

function environment(): Record<string, string> {
  const named = Object.entries(process.env).filter(([name]) => ENVIRONMENT.test(name));
  return Object.fromEntries(named.map(([name, value]) => [name, value ?? '']));
}

/** The adapter that Node's WebGPU offers, with everything it says of itself. */
async function nodeWebGpu(): Promise<unknown> {
  const provider = createNodeGpuProvider();
  try {
    const adapter = await provider.requestAdapter();
    return adapter ? adapterFacts(adapter) : { missing: `${provider.name} offers no adapter.` };
  } catch (error) {
    return { missing: (error as Error).message };
  } finally {
    provider.release();
  }
}

/** The first scene on one machine: what came out, or why nothing did. */
async function playOn(kind: 'host' | 'webgpu'): Promise<Record<string, unknown>> {
  const scenario = loadScenario(SCENE);
  const began = performance.now();
  try {
    const { machine, provider, because } = await makeMachine(loadMachine(scenario.machine), {
      kind,
      layout: 'paged',
      sabotage: null,
    });
    try {
      const { ok, problems, eventDigest, contentDigest, gpu, objects, contentsVerified } = await runScenario(
        scenario,
        { machine },
      );
      const ms = Math.round(performance.now() - began);
      return { ok, problems, eventDigest, contentDigest, objects, contentsVerified, gpu, because, ms };
    } finally {
      provider?.release();
    }
  } catch (error) {
    return { ok: false, problems: [(error as Error).message] };
  }
}

/** What the last headless run left in out/, without its inputs. */
function lastRun(): unknown {
  try {
    return JSON.parse(readFileSync(join(packageRoot(), 'out', 'result.json'), 'utf8'));
  } catch {
    return null;
  }
}

async function sessionFacts(path: string): Promise<unknown> {
  const { session, source } = await openSessionFile(path);
  try {
    return await sessionInfo(session, source.size);
  } finally {
    source.close();
  }
}

export interface DiagnosticsOptions {
  /** What `doctor` found, and what the launcher's shells say. */
  readonly doctor: unknown;
  readonly browser: unknown;
  /** A session that the report is about. */
  readonly session?: string;
  readonly now: Date;
}

/** Everything as one value of JSON; two texts of it differ only in what changed on the machine and in times. */
export async function gatherDiagnostics(options: DiagnosticsOptions): Promise<unknown> {
  const [host, webgpu] = [await playOn('host'), await playOn('webgpu')];
  const processor = cpus()[0];
  const all = {
    ...DIAGNOSTICS_FORMAT,
    made: options.now.toISOString(),
    app: { version: versionOf(), packageLock: lockDigest() },
    packages: Object.fromEntries(
      ['webgpu', 'electron', 'three', 'playwright', 'vite'].map(name => [
        name,
        versionOf('node_modules', name),
      ]),
    ),
    system: {
      type: systemType(),
      release: release(),
      arch: arch(),
      processor: processor?.model ?? 'unknown',
      cores: cpus().length,
      memoryBytes: totalmem(),
      root: process.getuid?.() === 0,
    },
    node: { ...process.versions, flags: process.execArgv },
    environment: environment(),
    doctor: options.doctor,
    nodeWebGpu: await nodeWebGpu(),
    browser: options.browser,
    gpuTest: { scene: SCENE, host, webgpu, sameDigest: host.eventDigest === webgpu.eventDigest },
    lastRun: lastRun(),
    session: options.session === undefined ? null : await sessionFacts(options.session),
  };
  return withoutPersonalIn(all, { home: homedir(), user: userInfo().username, root: packageRoot() });
}
