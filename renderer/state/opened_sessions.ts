/** Sessions that a person opened from files. */
import { openSession } from './actions.ts';
import { addFileOpener } from './opened_files.ts';
import { replaceBy } from './replaced.ts';

/** Files that end in .gartlab are sessions. */
export function openSessionsFromFiles(): void {
  addFileOpener({
    ending: 'gartlab',
    what: 'sessions',
    open: ({ name, bytes }) => replaceBy(() => openSession(name, bytes)),
  });
}
