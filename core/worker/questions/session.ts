/** The session of a scene as a file, and what differs between two moments of it. */
import { sessionHeader } from '../../lab/session_of_scenario.ts';
import { fileNameOf } from '../../public/recording.ts';
import { READY_QUESTIONS } from '../../session/export/ready_questions.ts';
import { TABLES } from '../../session/export/session_tables.ts';
import { diffStates } from '../../session/state_diff.ts';
import { writeSession } from '../../session/write_session.ts';
import type { Answering } from './question.ts';

export const SESSION_FILE: Answering<'sessionFile'> = {
  atRest: true,
  answer: async (scene, { fromPosition, lastMs, appVersion }) => {
    const { scenario, session, timeline, notes } = scene;
    const from =
      lastMs !== null ? scene.positionOfWall(lastMs) : Math.max(0, Math.min(fromPosition, scene.known));
    const flags = from > 0 ? [`events from position ${from} on`] : [];
    const parts: Uint8Array<ArrayBuffer>[] = [];
    await writeSession(
      { write: bytes => void parts.push(bytes.slice()) },
      {
        header: sessionHeader(scenario, session.machine, appVersion, flags),
        inputs: session.inputs.slice(0, scene.known),
        rows: timeline.trace,
        keyframes: session.keyframes,
        notes: notes.filter(({ position }) => position <= scene.known),
        fromPosition: from,
        // Everything begins with the boot, before the first input.
        fromEvent: from === 0 ? 0 : timeline.marks.eventsAt(from),
      },
    );
    const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
    return { name: fileNameOf(scenario.title), bytes, fromPosition: from, positions: scene.known };
  },
};

export const SQL_WORDS: Answering<'sqlWords'> = {
  answer: () => ({
    tables: TABLES.map(({ name, about, columns }) => ({ name, about, columns: Object.keys(columns) })),
    ready: READY_QUESTIONS,
  }),
};

export const STATE_DIFF: Answering<'stateDiff'> = {
  atRest: true,
  answer: async (scene, { from, to }) => {
    for (const position of [from, to]) {
      if (!Number.isInteger(position) || position < 0 || position > scene.known)
        throw new Error(`There is no position ${position}; ${scene.known} inputs are done.`);
    }
    const back = scene.session.position;
    const [before, after] = await scene.goThrough(async () => {
      const states = [await scene.stateAt(from), await scene.stateAt(to)] as const;
      if (scene.session.position !== back) await scene.seek(back);
      return states;
    });
    await scene.verify();
    return { rows: diffStates(before, after), fromTime: before.time, toTime: after.time };
  },
};
