/** What `info` says of a session file: header, counts per event type, digests, what could not be read. */
import type { RecordedSession } from './recorded_session.ts';

export interface SessionInfo {
  readonly title: string;
  readonly scene: string;
  readonly appVersion: string;
  readonly machine: string;
  readonly vram: string;
  readonly adapter: string;
  readonly softwareAdapter: boolean;
  readonly machineHash: string;
  readonly flags: readonly string[];
  readonly origin: Readonly<Record<string, string>>;
  readonly inputs: number;
  readonly events: number;
  /** By the name of the event, in order of name. */
  readonly eventCounts: Readonly<Record<string, number>>;
  readonly firstTime: number;
  readonly lastTime: number;
  readonly keyframes: number;
  readonly notes: number;
  readonly digests: number;
  readonly lastDigest: string;
  /** Bytes of the file per event in it, keyframes and all; 0 without events. */
  readonly bytesPerEvent: number;
  readonly finished: boolean;
  readonly problems: readonly string[];
}

/** Read the whole file once. @param fileBytes its size */
export async function sessionInfo(session: RecordedSession, fileBytes: number): Promise<SessionInfo> {
  const { header } = session;
  const counts = new Map<string, number>();
  let events = 0;
  let firstTime = 0;
  let lastTime = 0;
  for await (const { count, type, time } of session.events()) {
    if (events === 0 && count > 0) firstTime = time[0]!;
    for (let i = 0; i < count; i++) {
      const name = header.eventTypes[type[i]!]?.split(' ')[0] ?? `type ${type[i]}`;
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    if (count > 0) lastTime = time[count - 1]!;
    events += count;
  }
  return {
    title: header.title,
    scene: header.scene,
    appVersion: header.appVersion,
    machine: header.machine,
    vram: header.vram,
    adapter: header.adapter.name,
    softwareAdapter: header.adapter.software,
    machineHash: header.machineHash,
    flags: header.flags,
    origin: header.origin,
    inputs: session.inputs.length,
    events,
    eventCounts: Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1))),
    firstTime,
    lastTime,
    keyframes: session.blocks('KEYF').length,
    notes: session.notes.length,
    digests: session.digests.length,
    lastDigest: session.digests.at(-1)?.digest ?? '',
    bytesPerEvent: events === 0 ? 0 : Math.round((100 * fileBytes) / events) / 100,
    finished: session.report.finished,
    problems: session.report.problems,
  };
}
