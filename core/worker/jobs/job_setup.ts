/** What jobs are given from outside, and how they say how far they are. */
import type { MachineDescription } from '../../hw/machine_description.ts';
import type { Clock, GpuProvider } from '../../hw/ports.ts';
import type { CancelToken } from '../../lab/profile/profile_setup.ts';
import type { TranscriptSource } from '../../lab/transcript/run_transcript.ts';
import type { MachineMaker } from '../machine_keeper.ts';

export interface JobSetup {
  readonly clock: Clock;
  readonly provider: GpuProvider;
  readonly makeMachine: MachineMaker;
  description(id: string): MachineDescription;
  /** Recordings that come with the program. */
  readonly transcripts: () => Promise<readonly TranscriptSource[]>;
  /** ISO 8601, UTC. */
  readonly date: () => string;
  readonly versions: Readonly<Record<string, string>>;
}

export interface JobTools {
  readonly cancel: CancelToken;
  progress(done: number, total: number, label: string): void;
}
