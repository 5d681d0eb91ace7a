/** The arguments of `npm start`, read and checked before anything is installed, built or written. */
import { readdirSync, statSync } from 'node:fs';
import { basename, extname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT, SCENARIOS } from './paths.mjs';
import { UserError } from './user_error.mjs';

/** What plays when no scene is named. */
export const FIRST_SCENE = 'evict-refault';

export const USAGE = `Usage: npm start -- [options] [file.gartlab]

Opens GART Lab in Electron, or in a window of an installed Chromium, Chrome or Edge. Without a display it plays a scene
headless and writes a report. A session file is opened in the window.

  --scene <id>       the scene to open or play (default ${FIRST_SCENE})
  --headless         play headless and write a report even where there is a display
  --serve            only serve the app on loopback and print its URL
  --port <n>         port for --serve (default: any free one)
  --adapter <kind>   auto, hardware or software (default auto: hardware where it draws, else software)
  --shell <kind>     auto, electron or browser (default auto)
  --lab-mode         with developer flags of WebGPU: finer timestamps, features that are not final
  --out <folder>     where the report goes (default out/)
  --help             this text`;

const KINDS = { adapter: ['auto', 'hardware', 'software'], shell: ['auto', 'electron', 'browser'] };

/** Ids of the scenes that ship, in alphabetical order. */
export function sceneIds(folder = SCENARIOS) {
  try {
    const names = readdirSync(folder).filter(name => name.endsWith('.json'));
    return names.map(name => name.slice(0, -'.json'.length)).sort();
  } catch {
    return [];
  }
}

/** The session file among the arguments, if there is one. @throws UserError */
function sessionFile(given, cwd) {
  if (given.length === 0) return undefined;
  if (given.length > 1) throw new UserError(`One file at a time; given are ${given.join(', ')}.`, 2);
  const file = resolve(cwd, given[0]);
  if (extname(file).toLowerCase() !== '.gartlab')
    throw new UserError(`${given[0]} is no option and no session file (*.gartlab).\n\n${USAGE}`, 2);
  if (!statSync(file, { throwIfNoEntry: false })?.isFile())
    throw new UserError(`There is no file ${given[0]}.`, 2);
  return file;
}

/** @throws UserError with exit code 2 that names what was wrong and what would be right */
export function readOptions(args, cwd = process.cwd()) {
  let values;
  let positionals;
  try {
    ({ values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        scene: { type: 'string' },
        headless: { type: 'boolean' },
        serve: { type: 'boolean' },
        port: { type: 'string' },
        adapter: { type: 'string' },
        shell: { type: 'string' },
        'lab-mode': { type: 'boolean' },
        out: { type: 'string' },
        help: { type: 'boolean' },
      },
    }));
  } catch (error) {
    throw new UserError(`${error.message.split('. ')[0].replace(/\.$/, '')}.\n\n${USAGE}`, 2);
  }
  for (const [name, kinds] of Object.entries(KINDS)) {
    if (values[name] !== undefined && !kinds.includes(values[name])) {
      throw new UserError(`--${name} ${values[name]}: choose one of ${kinds.join(', ')}.`, 2);
    }
  }
  if (values.port !== undefined) {
    if (!values.serve) throw new UserError('--port goes with --serve.', 2);
    if (!/^\d{1,5}$/.test(values.port) || Number(values.port) > 65_535) {
      throw new UserError(`--port ${values.port}: give a number from 0 (any free port) to 65535.`, 2);
    }
  }
  if (values.serve && values.headless) throw new UserError('--serve and --headless exclude each other.', 2);
  const file = sessionFile(positionals, cwd);
  if (file && values.headless)
    throw new UserError(
      `A session file opens in a window. Headless: npm run lab -- replay ${basename(file)}`,
      2,
    );
  const scene = values.scene ?? FIRST_SCENE;
  if (!values.help && !sceneIds().includes(scene)) {
    throw new UserError(`There is no scene "${scene}". Scenes: ${sceneIds().join(', ') || 'none found'}.`, 2);
  }
  return {
    scene,
    file,
    headless: values.headless === true,
    serve: values.serve === true,
    port: Number(values.port ?? 0),
    adapter: values.adapter ?? 'auto',
    labMode: values['lab-mode'] === true,
    shell: values.shell ?? 'auto',
    out: values.out === undefined ? join(ROOT, 'out') : resolve(cwd, values.out),
    help: values.help === true,
  };
}
