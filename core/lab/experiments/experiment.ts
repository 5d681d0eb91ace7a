/**
 * Experiments: one question of the seeds each, answered by running something and counting. An experiment gives figures; charts,
 * tables and pages are made from them elsewhere (cli/commands/experiment.ts, lab/experiments/report_html.ts).
 *
 * Units      every table column and chart names its own
 * Not for    scenarios: those are shown; experiments compare
 */
import type { VramLayout } from '../../hw/expected_bytes.ts';
import type { Machine } from '../../hw/machine.ts';
import type { MachineDescription } from '../../hw/machine_description.ts';

/** What a run of an experiment is given from outside; lab/ has no clock, no files and no GPU of its own. */
export interface ExperimentSetup {
  /** A machine description by id. */
  description(id: string): MachineDescription;
  /** A fresh machine of the chosen kind and layout; whoever asks disposes of it. */
  newMachine(description: MachineDescription): Promise<Machine>;
  readonly layout: VramLayout;
  /** Run something synchronous and say how long it took in milliseconds of wall time; 0 where there is no clock. */
  timeMs(work: () => void): number;
}

/** One cell: a text, or a number shown as it is. */
export type Cell = string | number;

export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** Bars in groups: one group per category, one bar per series. */
export interface Chart {
  readonly title: string;
  /** What the values count, `entries`, `ns of model time`. */
  readonly unit: string;
  readonly categories: readonly string[];
  readonly series: readonly { readonly name: string; readonly values: readonly number[] }[];
}

/** What an experiment found. */
export interface ExperimentResult {
  /** The answer in whole sentences, with its figures. */
  readonly findings: readonly string[];
  readonly tables: readonly Table[];
  readonly charts: readonly Chart[];
  /** What was not as the experiment's source says, whole sentences; the command fails when there is one. */
  readonly problems: readonly string[];
  /** The figures for programs (--json). */
  readonly figures: unknown;
}

export interface Experiment {
  /** Name on the command line, `shared-mapping`. */
  readonly name: string;
  readonly title: string;
  /** The question it answers, and where it comes from. */
  readonly question: string;
  /** Wall times among its figures; without them equal runs give equal results. */
  readonly timed: boolean;
  run(setup: ExperimentSetup): Promise<ExperimentResult>;
}
