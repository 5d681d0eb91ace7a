/** What a recording gives a session: its keyframes where they lie in the file, and the rows of its trace. */
import { TraceBuffer } from '../trace/trace_buffer.ts';
import { KeyframeStore } from './keyframe_store.ts';
import type { RecordedSession } from './recorded_session.ts';
import { Session, type SessionPorts } from './session.ts';

/** Keyframes of a file; nothing of them is read before somebody goes there. */
export async function recordedKeyframes(session: RecordedSession): Promise<KeyframeStore> {
  const store = new KeyframeStore();
  for (const { position, bytes } of await session.keyframePlaces()) store.addRecorded(position, bytes);
  return store;
}

/** The rows of a file without a gap from its first one on. */
export async function recordedRows(session: RecordedSession): Promise<TraceBuffer> {
  const rows = new TraceBuffer();
  for await (const columns of session.events()) {
    if (columns.first !== rows.count) break;
    rows.appendRows(columns);
  }
  return rows;
}

/** Where a session is opened from a file. */
export interface OpenRecordedOptions {
  /** False: rows of before the position gone to are not there; for who looks at states only. */
  readonly withRows?: boolean;
}

/** A session over a recording, before its first input; going anywhere takes the nearest keyframe of the file. */
export async function openRecorded(
  recorded: RecordedSession,
  ports: SessionPorts,
  { withRows = true }: OpenRecordedOptions = {},
): Promise<Session> {
  const keyframes = await recordedKeyframes(recorded);
  const rows = withRows ? await recordedRows(recorded) : new TraceBuffer();
  return Session.open(ports, recorded.inputs, {
    checkBytes: false,
    recorded: { keyframes, rows },
  });
}
