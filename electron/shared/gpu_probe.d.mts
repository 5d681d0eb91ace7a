/** What the check found out about the GPU of a page. */
export interface GpuProbe {
  /** One pixel was drawn and read back right. */
  readonly drawn: boolean;
  /** Name of the adapter; empty when there is none. */
  readonly adapter: string;
  readonly software: boolean;
  /** Why it was not drawn; empty when it was. */
  readonly why: string;
}
export function probeGpu(): Promise<GpuProbe>;
