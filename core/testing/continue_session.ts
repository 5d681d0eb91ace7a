/**
 * A process of its own that goes on where another one stopped: reads a session file and a list of inputs, plays them, prints the
 * digest of events and the hash of all written pages.
 *
 *   node continue_session.mjs <session file> <inputs as JSON> <machine description as JSON>
 */
import { readFileSync } from 'node:fs';
import { createHostMachine } from '../hw/host/host_machine.ts';
import type { MachineDescription } from '../hw/machine_description.ts';
import '../session/calls/all.ts';
import type { Input } from '../session/input.ts';
import { decodeSession } from '../session/session_file.ts';
import { restoreSessionImage, takeSessionImage } from '../session/session_image.ts';

const [sessionFile, inputsFile, descriptionFile] = process.argv.slice(2) as [string, string, string];
const description = JSON.parse(readFileSync(descriptionFile, 'utf8')) as MachineDescription;
const inputs = JSON.parse(readFileSync(inputsFile, 'utf8')) as Input[];
const machine = createHostMachine(description);
const player = await restoreSessionImage(decodeSession(readFileSync(sessionFile)), machine);
const steps = await player.play(inputs);
const { contentHashes } = await takeSessionImage(player);
process.stdout.write(
  JSON.stringify({
    digest: player.kernel.trace.digest(),
    events: player.kernel.trace.count,
    contentHashes,
    violations: player.kernel.check(),
    answers: steps.map(step => step.answer),
  }),
);
