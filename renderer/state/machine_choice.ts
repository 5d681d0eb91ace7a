/** Which machine the window asks for: it stands in the window's address, so choosing another loads the window again. */
import { readWishes } from './wishes.ts';

export const MACHINE_CHOICES = [
  { machine: 'auto', power: 'high-performance', says: 'WebGPU if there is one: the faster GPU' },
  { machine: 'auto', power: 'low-power', says: 'WebGPU if there is one: the frugal GPU' },
  { machine: 'webgpu', power: 'high-performance', says: 'WebGPU, or nothing' },
  { machine: 'host', power: 'high-performance', says: 'Host memory, no GPU' },
] as const;
export type MachineChoice = (typeof MACHINE_CHOICES)[number];

/** The choice that the address makes. */
export function machineChoiceOf(search: string): MachineChoice {
  const wishes = readWishes(search);
  return (
    MACHINE_CHOICES.find(each => each.machine === wishes.machine && each.power === wishes.power) ??
    MACHINE_CHOICES.find(each => each.machine === wishes.machine)!
  );
}

/** The address with another choice and the scene that is open; everything else stays. */
export function searchWith(search: string, choice: MachineChoice, scene: string | null): string {
  const query = new URLSearchParams(search);
  query.set('machine', choice.machine);
  query.set('power', choice.power);
  if (scene !== null) query.set('scene', scene);
  return `?${query}`;
}
