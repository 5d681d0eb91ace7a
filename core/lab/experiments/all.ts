/** All experiments, by name; the command line lists and runs them. */
import type { Experiment } from './experiment.ts';

export const EXPERIMENTS: readonly Experiment[] = [];
