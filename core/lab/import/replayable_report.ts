/** What an import says of a capture that became inputs. */
import type { RecordedInputs } from './record_inputs.ts';

export interface ReplayableReport extends RecordedInputs {
  readonly kind: 'webgpu' | 'transcript';
  readonly name: string;
  readonly lines: number;
  readonly linesNotUnderstood: number;
  readonly notUnderstood: readonly {
    readonly capture: string;
    readonly line: number;
    readonly text: string;
  }[];
  /** What stood in the capture, by its own words. */
  readonly captured: Readonly<Record<string, number>>;
  /** False: the lab lacks something, and the session holds notes only. */
  readonly replayable: boolean;
  readonly machine: string;
  readonly remarks: readonly string[];
}

export interface ReplayableOptions {
  readonly appVersion: string;
  readonly nowMs: () => number;
  readonly onProgress?: ((done: number, of: number) => void) | undefined;
  readonly isCancelled?: (() => boolean) | undefined;
}
