/** All experiments, by name; the command line lists and runs them. */
import { DEVICE_DAX_EXPERIMENT } from './device_dax.ts';
import { DMA_BUF_INODES_EXPERIMENT } from './dma_buf_inodes.ts';
import type { Experiment } from './experiment.ts';
import { MODULE_LIFE } from './module_life.ts';
import { SHARED_MAPPING } from './shared_mapping.ts';
import { SHMEM_DRIVERS } from './shmem_drivers.ts';
import { TWO_SESSIONS } from './two_sessions.ts';

export const EXPERIMENTS: readonly Experiment[] = [
  DEVICE_DAX_EXPERIMENT,
  SHARED_MAPPING,
  DMA_BUF_INODES_EXPERIMENT,
  TWO_SESSIONS,
  SHMEM_DRIVERS,
  MODULE_LIFE,
];
