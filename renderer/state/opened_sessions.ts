/** Sessions that a person opened from files. */
import type { SessionView } from '../../core/public/session_types.ts';
import { openSession } from './actions.ts';
import { openedSession } from './lab_store.ts';
import { notice } from './notices.ts';
import { addFileOpener } from './opened_files.ts';
import { replaceBy } from './replaced.ts';

/** What is wrong with a session that was opened all the same, as one sentence; null: nothing. */
export function damageOf({ name, problems, difference }: SessionView): string | null {
  if (problems.length > 0)
    return `${name} is damaged; what could be read of it is open. ${problems.join(' ')} Captions says what was met.`;
  return difference === null ? null : `${name} does not replay as it was recorded. ${difference}`;
}

/** Files that end in .gartlab are sessions. */
export function openSessionsFromFiles(): void {
  addFileOpener({
    ending: 'gartlab',
    what: 'sessions',
    open: async ({ name, bytes }) => {
      await replaceBy(() => openSession(name, bytes));
      const opened = openedSession.peek();
      if (opened?.name === name) {
        const sentence = damageOf(opened);
        if (sentence !== null) notice(sentence);
      }
    },
  });
}
