/**
 * `scenarios` and `machines`: what there is.
 */

import type { Command } from 'commander';
import { counted } from '../../base/words.ts';
import { machineHash, vramBytesOf } from '../../hw/machine_description.ts';
import { loadMachine, loadScenario, machineIds, scenarioIds } from '../assets.ts';
import { printJson, printLine } from '../outcome.ts';

const MIB = 1024 * 1024;

const widest = (rows: readonly { readonly id: string }[]) => Math.max(...rows.map(({ id }) => id.length));

export function addListCommands(program: Command): void {
  program
    .command('scenarios')
    .description('list the scenarios')
    .option('--json', 'print one JSON text')
    .action((options: { json?: boolean }) => {
      const scenarios = scenarioIds().map(id => {
        const { title, summary, machine, inputs, captions } = loadScenario(id);
        return { id, title, summary, machine, inputs: inputs.length, captions: captions.length };
      });
      if (options.json) return printJson({ scenarios });
      const width = widest(scenarios);
      for (const { id, title, machine, inputs } of scenarios) {
        printLine(`${id.padEnd(width)} ${title} (${counted(inputs, 'input')}, machine ${machine})`);
      }
    });

  program
    .command('machines')
    .description('list the machine descriptions')
    .option('--json', 'print one JSON text')
    .action((options: { json?: boolean }) => {
      const machines = machineIds().map(id => {
        const machine = loadMachine(id);
        return {
          id,
          title: machine.title,
          era: machine.era,
          ramBytes: machine.ramBytes,
          vramBytes: vramBytesOf(machine),
          gartEntries: machine.gartEntries,
          devices: machine.devices.map(device => device.name),
          hash: machineHash(machine),
        };
      });
      if (options.json) return printJson({ machines });
      const width = widest(machines);
      for (const { id, title, vramBytes, ramBytes, hash } of machines) {
        printLine(
          `${id.padEnd(width)} ${title} (VRAM ${vramBytes / MIB} MiB, RAM ${ramBytes / MIB} MiB, ${hash})`,
        );
      }
    });
}
