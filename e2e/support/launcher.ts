/** Runs the launcher as a person would, and gives what it said. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../../electron/launcher/paths.mjs';

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function start(script: string, args: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
  return spawn(process.execPath, [join(ROOT, 'electron', 'launcher', script), ...args], { cwd: ROOT, env });
}

/** Without a display, as on a server. */
function bareEnvironment(): NodeJS.ProcessEnv {
  const { DISPLAY: _x, WAYLAND_DISPLAY: _wayland, ...env } = process.env;
  return env;
}

/** Run `npm start` or `npm run lab` (by its script) to its end. */
export function runLauncher(script: 'start.mjs' | 'lab.mjs' | 'test.mjs', ...args: string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = start(script, args, bareEnvironment());
    let stdout = '';
    let stderr = '';
    child.stdout?.on('data', data => {
      stdout += data;
    });
    child.stderr?.on('data', data => {
      stderr += data;
    });
    child.on('error', reject);
    child.on('close', code => resolve({ code: code ?? -1, stdout, stderr }));
  });
}

/** Start `npm start -- --serve`, by its script or through npm itself, and wait for its URL. @returns with what ends it by SIGTERM */
export function startServing(through?: 'npm'): Promise<{ url: string; end: () => Promise<number> }> {
  const env = bareEnvironment();
  const child =
    through === 'npm'
      ? spawn('npm', ['start', '--silent', '--', '--serve'], { cwd: ROOT, env })
      : start('start.mjs', ['--serve'], env);
  const ended = new Promise<number>(resolve => child.on('exit', code => resolve(code ?? -1)));
  return new Promise((resolve, reject) => {
    let said = '';
    child.stdout?.on('data', data => {
      said += data;
      const url = /http:\/\/127\.0\.0\.1:\d+\//.exec(said)?.[0];
      if (url) {
        resolve({
          url,
          end: () => {
            child.kill('SIGTERM');
            return ended;
          },
        });
      }
    });
    ended.then(code => reject(new Error(`--serve ended with exit code ${code}: ${said}`)));
  });
}
