/** What an experiment gets in a test: the host machine, and a clock that stands still. */

import { HostMachine } from '../hw/host/host_machine.ts';
import type { ExperimentSetup } from '../lab/experiments/experiment.ts';
import { machineAsset } from './transcript_files.ts';

export const HOST_EXPERIMENT_SETUP: ExperimentSetup = {
  description: machineAsset,
  newMachine: async description => new HostMachine(description),
  layout: 'paged',
  timeMs(work) {
    work();
    return 0;
  },
};
