/** The options that say what the bytes of a command live on; the same words in every command that makes a machine. */
import { Option } from 'commander';
import { VRAM_LAYOUTS } from '../hw/expected_bytes.ts';
import { ADAPTER_KINDS, MACHINE_KINDS, type MachineKind } from './make_machine.ts';

/** `--machine`. @param otherwise the kind without it */
export function machineOption(otherwise: MachineKind = 'auto'): Option {
  return new Option('--machine <kind>', 'what the bytes live on').choices(MACHINE_KINDS).default(otherwise);
}

/** `--adapter`: auto without it. */
export function adapterOption(): Option {
  return new Option('--adapter <kind>', 'kind of adapter to insist on')
    .choices(ADAPTER_KINDS)
    .default('auto');
}

/** `--vram`: paged without it. */
export function vramOption(): Option {
  return new Option('--vram <layout>', 'layout of VRAM').choices(VRAM_LAYOUTS).default('paged');
}
