/**
 * One installer or builder at a time: a directory that names the process that holds it. Two commands started together
 * wait for each other instead of tearing the other's files away; a dead holder is noticed.
 */
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DIST } from './paths.mjs';
import { UserError } from './user_error.mjs';

const LIMIT_MS = 15 * 60_000;

function holderIsAlive(path) {
  try {
    process.kill(Number(readFileSync(join(path, 'pid'), 'utf8')), 0);
    return true;
  } catch (error) {
    if (error.code === 'EPERM') return true;
    // No pid written yet: give the holder a moment before calling it dead.
    if (error.code === 'ENOENT')
      return statSync(path, { throwIfNoEntry: false })?.mtimeMs > Date.now() - 5000;
    return false;
  }
}

export async function withLock(name, work, onWait = () => {}) {
  mkdirSync(DIST, { recursive: true });
  const path = join(DIST, `.${name}.lock`);
  const begin = Date.now();
  for (let waited = false; ; ) {
    try {
      mkdirSync(path);
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (!holderIsAlive(path)) {
      rmSync(path, { recursive: true, force: true });
      continue;
    }
    if (Date.now() - begin > LIMIT_MS)
      throw new UserError(`Another process holds ${path}; remove it if none is running.`);
    if (!waited) onWait();
    waited = true;
    await sleep(200);
  }
  writeFileSync(join(path, 'pid'), String(process.pid));
  try {
    return await work();
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
}
