/**
 * Makes the machine that a command runs on: `host`, or `webgpu` with the host taking over where there is no adapter, named as
 * such. Whoever asks disposes of the machine and releases the provider.
 */
import type { VramLayout } from '../hw/expected_bytes.ts';
import { GpuError } from '../hw/gpu_error.ts';
import { createHostMachine } from '../hw/host/host_machine.ts';
import type { Machine } from '../hw/machine.ts';
import type { MachineDescription } from '../hw/machine_description.ts';
import type { GpuProvider } from '../hw/ports.ts';
import { destroysToForget, MACHINE_SABOTAGES, sabotageMachine } from '../hw/sabotage.ts';
import { createWebGpuMachine } from '../hw/webgpu/webgpu_machine.ts';
import { nodeClock } from './clock_node.ts';
import { createNodeGpuProvider } from './gpu_provider_node.ts';
import { createNodeSwapFile } from './swap_file_node.ts';

export const MACHINE_KINDS = ['auto', 'webgpu', 'host'] as const;
/** `auto` is `webgpu` where there is an adapter. */
export type MachineKind = (typeof MACHINE_KINDS)[number];

export const ADAPTER_KINDS = ['auto', 'hardware', 'software'] as const;
export type AdapterKind = (typeof ADAPTER_KINDS)[number];

export interface MachineChoice {
  readonly kind: MachineKind;
  readonly layout: VramLayout;
  /** Insist on one kind of adapter; without it hardware is preferred. */
  readonly adapter?: AdapterKind;
  /** A negative control of the machine; others are ignored here. */
  readonly sabotage?: string | null;
}

export interface ChosenMachine {
  readonly machine: Machine;
  readonly provider: GpuProvider | null;
  /** Why it is not what was asked for, a sentence; empty when it is. */
  readonly because: string;
}

/** A fresh host machine with swap in memory; for tests, fuzzing and conformance. */
export function newHostMachine(description: MachineDescription): Machine {
  return createHostMachine(description);
}

/**
 * A machine of the wanted kind.
 *
 * @throws GpuError when WebGPU is there but refuses: an adapter that is too small is said, never silently replaced
 */
export async function makeMachine(
  description: MachineDescription,
  choice: MachineChoice,
): Promise<ChosenMachine> {
  const { layout, adapter = 'auto' } = choice;
  const sabotage = MACHINE_SABOTAGES.find(name => name === choice.sabotage);
  const forgetDestroys = destroysToForget(sabotage);
  const swapFile = createNodeSwapFile();
  const host = (because: string): ChosenMachine => ({
    machine: sabotageMachine(createHostMachine(description, { layout, swapFile, forgetDestroys }), sabotage),
    provider: null,
    because,
  });
  if (choice.kind === 'host') return host('');
  const provider = createNodeGpuProvider(adapter === 'auto' ? {} : { prefer: adapter });
  try {
    await provider.requestAdapter();
  } catch (error) {
    provider.release();
    if (!(error instanceof GpuError) || adapter !== 'auto') throw error;
    return host(`${error.detail} The host machine takes over.`);
  }
  try {
    const options = { layout, clock: nodeClock, swapFile, forgetDestroys };
    const machine = await createWebGpuMachine(description, provider, options);
    return { machine: sabotageMachine(machine, sabotage), provider, because: '' };
  } catch (error) {
    provider.release();
    throw error;
  }
}
