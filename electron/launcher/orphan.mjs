/**
 * What npm starts ends with npm. `npm start` runs `sh -c node ...`; a SIGTERM to npm ends that shell, and not every shell
 * passes it on, so the command would live on without anybody who knows of it.
 */

const LOOK_MS = 500;

/**
 * When this process was started by npm and its parent ends, take that as a SIGTERM: whoever handles that signal cleans up.
 *
 * @param options.parent  id of the parent now; a test hands in its own
 * @param options.end     what to do then
 * @returns what ends the watching
 */
export function endWithNpm(
  env = process.env,
  { parent = () => process.ppid, end = () => process.kill(process.pid, 'SIGTERM'), lookMs = LOOK_MS } = {},
) {
  if (env.npm_lifecycle_event === undefined || process.platform === 'win32') return () => {};
  const first = parent();
  const looking = setInterval(() => {
    if (parent() === first) return;
    clearInterval(looking);
    end();
  }, lookMs);
  looking.unref();
  return () => clearInterval(looking);
}
