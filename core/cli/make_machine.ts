/**
 * Makes the machine that a command runs on: `host`, or `webgpu` with the host taking over when there is no adapter, named as such.
 */
import { createHostMachine } from '../hw/host/host_machine.ts';
import type { Machine } from '../hw/machine.ts';
import type { MachineDescription } from '../hw/machine_description.ts';

/** A fresh host machine without a swap file of its own; for tests, fuzzing and conformance. */
export function newHostMachine(description: MachineDescription): Machine {
  return createHostMachine(description);
}
