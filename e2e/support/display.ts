/** A display for the tests: the one that is there, or an Xvfb that lives as long as the run. */
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

function findXvfb(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders
    .map(folder => join(folder, 'Xvfb'))
    .find(path => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

function hasDisplay(): boolean {
  return process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
}

export function canHaveDisplay(): boolean {
  return hasDisplay() || findXvfb() !== undefined;
}

/** Start an Xvfb unless there is a display; sets DISPLAY. @returns what ends it */
export async function ensureDisplay(): Promise<() => void> {
  const xvfb = findXvfb();
  if (hasDisplay() || xvfb === undefined) return () => undefined;
  const server: ChildProcess = spawn(
    xvfb,
    ['-displayfd', '3', '-screen', '0', '1440x900x24', '-nolisten', 'tcp'],
    {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    },
  );
  const number = await new Promise<string>((resolve, reject) => {
    server.once('error', reject);
    server.once('exit', code => reject(new Error(`Xvfb ended with exit code ${code}`)));
    server.stdio[3]?.once('data', (data: Buffer) => resolve(data.toString().trim()));
  });
  process.env.DISPLAY = `:${number}`;
  return () => {
    server.removeAllListeners('exit');
    server.kill();
  };
}
