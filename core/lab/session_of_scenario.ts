/** The header of a session that records a scenario. */
import type { Machine } from '../hw/machine.ts';
import { machineHash } from '../hw/machine_description.ts';
import { eventTypeLines, type SessionHeader } from '../session/file/session_header.ts';
import type { Scenario } from './scenario.ts';

/** @param flags how it was made, in words */
export function sessionHeader(
  scenario: Pick<Scenario, 'id' | 'title' | 'seed'>,
  machine: Machine,
  appVersion: string,
  flags: readonly string[],
): SessionHeader {
  const { adapter, description, kind, layout } = machine;
  return {
    format: 'gart-lab-session',
    appVersion,
    title: scenario.title,
    scene: scenario.id,
    seed: scenario.seed,
    flags: [...flags],
    machine: kind,
    vram: layout,
    adapter: {
      name: adapter.name,
      software: adapter.software,
      vendor: adapter.vendor,
      architecture: adapter.architecture,
    },
    machineHash: machineHash(description),
    description,
    eventTypes: eventTypeLines(),
    origin: {},
  };
}
