/** Plays a scene with the command line and gives its numbers. */
import { existsSync, readFileSync } from 'node:fs';
import { runChild } from './child.mjs';
import { LAB_BUNDLE } from './paths.mjs';
import { UserError } from './user_error.mjs';

const LIMIT_MS = 10 * 60_000;

/**
 * @param options.machine 'webgpu' or 'host'
 * @param options.log     file that the inputs go to, as JSON lines
 * @returns {Promise<{code: number, numbers: object | null, inputs: string, said: string, ms: number}>}
 */
export async function runScene(scene, { machine, adapter, log }) {
  const args = [LAB_BUNDLE, 'run', scene, '--machine', machine, '--json', '--log', log];
  if (machine === 'webgpu' && adapter !== 'auto') args.push('--adapter', adapter);
  const result = await runChild(process.execPath, args, { limitMs: LIMIT_MS });
  if (result.timedOut) throw new UserError(`Playing ${scene} ran past ${LIMIT_MS / 60_000} minutes.`);
  let numbers = null;
  try {
    numbers = JSON.parse(result.stdout);
  } catch {
    // The command said on stderr what went wrong.
  }
  const inputs = existsSync(log) ? readFileSync(log, 'utf8') : '';
  return { code: result.code, numbers, inputs, said: result.stderr.trim(), ms: result.ms };
}
