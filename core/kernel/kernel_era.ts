/** The kernels and eras that a machine description can ask for, by name. */
import { KernelError } from '../base/errno.ts';
import {
  DMA_BUF_ERAS,
  FIRST_OPEN_2_6_32,
  FIRST_OPEN_3_6,
  HISTORIC_ERAS,
  type KernelEra,
  LINUX_6_1,
  LINUX_6_12,
  PER_NODE,
} from '../fs/kernel_era.ts';

/** All eras, newest first. */
export const KERNEL_ERAS: readonly KernelEra[] = [
  LINUX_6_12,
  LINUX_6_1,
  ...DMA_BUF_ERAS,
  FIRST_OPEN_3_6,
  FIRST_OPEN_2_6_32,
  PER_NODE,
  ...HISTORIC_ERAS,
];

/** The era of this name. @throws KernelError EINVAL naming the known ones */
export function eraByName(name: string): KernelEra {
  const era = KERNEL_ERAS.find(candidate => candidate.name === name);
  if (era) return era;
  const known = KERNEL_ERAS.map(candidate => candidate.name).join(', ');
  throw new KernelError('EINVAL', 'boot', `There is no era ${name}; known are ${known}.`);
}
