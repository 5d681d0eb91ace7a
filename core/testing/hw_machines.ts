/** The machines that hw tests repeat on: host, webgpu paged, webgpu dedicated. Imported by tests only. */
import { readFileSync } from 'node:fs';
import { nodeClock } from '../cli/clock_node.ts';
import { createNodeGpuProvider } from '../cli/gpu_provider_node.ts';
import type { CommandQueue } from '../hw/command_queue.ts';
import { compareBytes, expectedBytes, type VramLayout } from '../hw/expected_bytes.ts';
import { GpuError } from '../hw/gpu_error.ts';
import { createHostMachine } from '../hw/host/host_machine.ts';
import type { Machine } from '../hw/machine.ts';
import { type MachineDescription, parseMachineDescription } from '../hw/machine_description.ts';
import type { GpuProvider } from '../hw/ports.ts';
import { createWebGpuMachine } from '../hw/webgpu/webgpu_machine.ts';

/** A shipped machine description. */
export function machineFile(name: string): MachineDescription {
  const url = new URL(`../../assets/machines/${name}.json`, import.meta.url);
  return parseMachineDescription(JSON.parse(readFileSync(url, 'utf8')), name);
}

/** The GPU of this process, or undefined with a loud message when there is none. */
export async function gpuForTests(): Promise<GpuProvider | undefined> {
  const provider = createNodeGpuProvider();
  try {
    await provider.requestAdapter();
    return provider;
  } catch (error) {
    if (!(error instanceof GpuError)) throw error;
    process.stderr.write(`\nSKIPPED: all tests on the webgpu machine. ${error.detail}\n\n`);
    return undefined;
  }
}

/** A kind of machine that a test body runs on. */
export interface MachineKind {
  readonly name: string;
  readonly layout: VramLayout;
  readonly kind: 'host' | 'webgpu';
  /** @param forgetDestroys buffers whose destruction is forgotten (hw/sabotage.ts) */
  create(description: MachineDescription, forgetDestroys?: number): Promise<Machine>;
}

/** All kinds that this place can run. */
export function machineKinds(provider: GpuProvider | undefined): MachineKind[] {
  const kinds: MachineKind[] = (['paged', 'dedicated'] as const).map(layout => ({
    name: `host ${layout}`,
    layout,
    kind: 'host',
    create: async (description, forgetDestroys = 0) =>
      createHostMachine(description, { layout, forgetDestroys }),
  }));
  if (provider === undefined) return kinds;
  for (const layout of ['paged', 'dedicated'] as const) {
    kinds.push({
      name: `webgpu ${layout}`,
      layout,
      kind: 'webgpu',
      create: (description, forgetDestroys = 0) =>
        createWebGpuMachine(description, provider, { layout, clock: nodeClock, forgetDestroys }),
    });
  }
  return kinds;
}

/** The kinds whose engines can reach memory through the GART: those with the paged layout. */
export function ringMachineKinds(provider: GpuProvider | undefined): MachineKind[] {
  return machineKinds(provider).filter(({ layout }) => layout === 'paged');
}

/** Sentences about GPU memory that is not as the model expects; empty when all is well. */
export function memoryDifferences(machine: Machine, queue: CommandQueue): string[] {
  const expected = expectedBytes(
    machine.description,
    machine.layout,
    queue.allocations.values(),
    machine.staging(),
  );
  return compareBytes(machine.ledger.live, expected);
}
