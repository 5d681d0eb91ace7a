/** Plays a scene with the command line and gives its numbers. */
import { existsSync, readFileSync } from 'node:fs';
import { runChild } from './child.mjs';
import { LAB_BUNDLE } from './paths.mjs';
import { UserError } from './user_error.mjs';

const LIMIT_MS = 10 * 60_000;

/**
 * Play on WebGPU; the command line goes over to the host machine by itself where there is none, and says so.
 *
 * @param log file that the inputs go to, as JSON lines
 * @returns {Promise<{code: number, numbers: object, inputs: string, said: string, ms: number}>} `said` is what the run had
 *   to say beside its numbers
 * @throws UserError when there are no numbers: bad usage, or no machine that could play it
 */
export async function runScene(scene, adapter, log) {
  const args = [LAB_BUNDLE, 'run', scene, '--machine', 'webgpu', '--json', '--record', log];
  if (adapter !== 'auto') args.push('--adapter', adapter);
  const result = await runChild(process.execPath, args, { limitMs: LIMIT_MS });
  if (result.timedOut) throw new UserError(`Playing ${scene} ran past ${LIMIT_MS / 60_000} minutes.`);
  const said = wordsOf(result.stderr);
  try {
    const inputs = existsSync(log) ? readFileSync(log, 'utf8') : '';
    return { code: result.code, numbers: JSON.parse(result.stdout), inputs, said, ms: result.ms };
  } catch {
    throw new UserError(said || `Playing ${scene} gave no result.`, result.code === 2 ? 2 : 1);
  }
}

/** What the command line said, without what the Vulkan loader mutters while drivers are tried. */
function wordsOf(stderr) {
  return stderr
    .split('\n')
    .filter(
      line =>
        line.trim() !== '' && !/^(Warning: |error: XDG_RUNTIME_DIR| - While | +at .*\.cpp:\d+\))/.test(line),
    )
    .join('\n');
}
