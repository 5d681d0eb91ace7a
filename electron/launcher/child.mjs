/**
 * Child processes with a time limit. A child gets its own process group, so that a limit or an interrupt ends what it
 * started too; nothing outlives the launcher.
 */
import { spawn } from 'node:child_process';
import { UserError } from './user_error.mjs';

const living = new Set();
let watching = false;

function endGroup(child, signal) {
  try {
    if (process.platform === 'win32') child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // It has ended already.
  }
}

/** Exit code of the signal that ended the launcher, or 0. */
let interrupted = 0;

/** A first signal ends the children and lets their callers clean up; no new child starts after it. */
function watchSignals() {
  if (watching) return;
  watching = true;
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ]) {
    process.on(signal, () => {
      if (living.size === 0 && process.listenerCount(signal) > 1) return;
      if (interrupted || living.size === 0) process.exit(code);
      interrupted = code;
      for (const child of living) endGroup(child, 'SIGTERM');
      setTimeout(() => process.exit(code), 3000).unref();
    });
  }
  process.on('exit', () => {
    for (const child of living) endGroup(child, 'SIGKILL');
  });
}

/** Start a child in its own group; it ends with the launcher. */
export function startChild(command, args, options = {}) {
  watchSignals();
  if (interrupted) throw new UserError('Interrupted.', interrupted);
  const child = spawn(command, args, { detached: process.platform !== 'win32', ...options });
  living.add(child);
  const gone = () => living.delete(child);
  child.on('exit', gone);
  child.on('error', gone);
  return child;
}

/** End a child and what it started; SIGKILL after `graceMs`. */
export function endChild(child, graceMs = 3000) {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise(resolve => {
    const hard = setTimeout(() => endGroup(child, 'SIGKILL'), graceMs);
    child.once('exit', () => {
      clearTimeout(hard);
      resolve();
    });
    endGroup(child, 'SIGTERM');
  });
}

/**
 * Run a command to its end.
 * @param options.limitMs    end it after so long (then `timedOut` is true)
 * @param options.stdout     'capture' (default), 'inherit', or 'stderr' to show it on our stderr
 * @param options.stderr     'capture' (default) or 'inherit'
 * @param options.onLine     called with each line of captured stderr as it comes
 * @returns {Promise<{code: number, stdout: string, stderr: string, timedOut: boolean, ms: number}>}
 *   code 127: the command does not exist
 */
export function runChild(command, args, options = {}) {
  const { limitMs = 600_000, stdout = 'capture', stderr = 'capture', onLine, ...rest } = options;
  const begin = Date.now();
  return new Promise(resolve => {
    const result = { code: 127, stdout: '', stderr: '', timedOut: false, ms: 0 };
    const wire = { capture: 'pipe', inherit: 'inherit', stderr: 2 };
    const child = startChild(command, args, {
      ...rest,
      stdio: ['ignore', wire[stdout], wire[stderr]],
    });
    const limit = setTimeout(() => {
      result.timedOut = true;
      endGroup(child, 'SIGKILL');
    }, limitMs);
    let tail = '';
    child.stdout?.setEncoding('utf8').on('data', text => {
      result.stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', text => {
      result.stderr += text;
      if (!onLine) return;
      const lines = (tail + text).split(/\r?\n|\r/);
      tail = lines.pop() ?? '';
      for (const line of lines) onLine(line);
    });
    const finish = code => {
      clearTimeout(limit);
      result.code = code;
      result.ms = Date.now() - begin;
      resolve(result);
    };
    child.on('error', error => {
      result.stderr += String(error.message);
      finish(127);
    });
    child.on('close', (code, signal) => finish(code ?? (signal ? 128 : 1)));
  });
}
