/**
 * Records a session without end into a file until somebody kills the process: for the test of crashes. Writes a line for each input
 * batch: wall time in ms and inputs executed.
 *
 * Arguments   file of the machine, file of the session, file of the lines
 */
import { appendFileSync, openSync, readFileSync, writeSync } from 'node:fs';
import { createHostMachine } from '../hw/host/host_machine.ts';
import { parseMachineDescription } from '../hw/machine_description.ts';
import { bootKernel } from '../kernel/boot.ts';
import { eventfulInputs } from '../lab/eventful_inputs.ts';
import { sessionHeader } from '../lab/session_of_scenario.ts';
import '../session/calls/all.ts';
import { Player } from '../session/player.ts';
import { recordedBy, SessionRecorder } from '../session/recorder.ts';

const [machinePath, sessionPath, linesPath] = process.argv.slice(2);
const description = parseMachineDescription(JSON.parse(readFileSync(machinePath!, 'utf8')), 'killed');
const machine = createHostMachine(description);
const file = openSync(sessionPath!, 'w');
const scene = { id: 'killed', title: 'killed', seed: 1 };
const recorder = new SessionRecorder(
  {
    write: bytes => {
      for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
    },
  },
  {
    header: sessionHeader(scene, machine, '0', []),
    nowMs: () => performance.now(),
    breathe: () => new Promise(resolve => setImmediate(resolve)),
  },
);
const player = new Player(bootKernel(description), machine);
let told = 0;
await recorder.begin();
const taking = recordedBy(recorder, player);
await player.play(eventfulInputs(Number.POSITIVE_INFINITY), {
  ...taking,
  afterInput: (position, input, ret) => {
    taking.afterInput?.(position, input, ret);
    const now = performance.now();
    if (now - told < 10) return;
    told = now;
    appendFileSync(linesPath!, `${now} ${position + 1}\n`);
  },
});
