/** A part of the profile: steps that can be done one by one, cancelled between and within, and named when they are missing. */
import type { ProfileContext } from './profile_context.ts';
import type { SectionId } from './profile_report.ts';

export interface ProfileStep {
  /** For the progress bar and for the list of what is missing. */
  readonly name: string;
  /** @throws ProfileCancelled; what was recorded until then stays */
  run(): Promise<void>;
}

export interface ProfileSection {
  readonly id: SectionId;
  readonly title: string;
  /** Without an adapter it is not run. */
  readonly needsGpu: boolean;
  steps(context: ProfileContext): readonly ProfileStep[];
  /** Charts and outcomes from what was recorded, complete or not. */
  finish?(context: ProfileContext): void;
}
