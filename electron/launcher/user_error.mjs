/** How the launcher's commands fail and end. */
import { endWithNpm } from './orphan.mjs';

/**
 * An error that a person can act on: one clear sentence and an exit code (1: the thing failed, 2: bad usage).
 * Anything else that is thrown is our own mistake and keeps its stack.
 */
export class UserError extends Error {
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Run a command's main function; print a UserError as its sentence and set the exit code. */
export async function runMain(main) {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    console.error(`GART Lab needs Node 20.19 or newer; this is Node ${process.versions.node}.`);
    process.exit(1);
  }
  endWithNpm();
  try {
    process.exitCode = (await main(process.argv.slice(2))) ?? 0;
  } catch (error) {
    console.error(error instanceof UserError ? error.message : error);
    process.exitCode = error instanceof UserError ? error.exitCode : 1;
  }
  await new Promise(done => process.stdout.write('', done));
  process.exit();
}
