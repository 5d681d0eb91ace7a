/** Commands over time: the playhead, and what the timeline shows of it. */

import { selection, view } from '../state/lab_store.ts';
import { goLive, isLive } from '../state/playhead.ts';
import {
  asTable,
  followNewest,
  range,
  revealSelection,
  selectRange,
  showAll,
  showWindow,
} from '../timeline/timeline_store.ts';
import { addCommands } from './command.ts';

/** Make them known. */
export function addTimeCommands(): void {
  addCommands([
    {
      id: 'time.live',
      title: 'Go to the newest instant (live)',
      group: 'Lab',
      also: 'time end now playhead',
      keys: ['l'],
      line: 'live',
      enabled: () => !isLive.value && !view.value.status.running,
      run: goLive,
    },
    {
      id: 'timeline.all',
      title: 'Timeline: show all of time',
      group: 'View',
      also: 'fit zoom out',
      run: showAll,
    },
    {
      id: 'timeline.follow',
      title: 'Timeline: follow the newest instant',
      group: 'View',
      also: 'end live scroll',
      run: followNewest,
    },
    {
      id: 'timeline.selection',
      title: 'Timeline: show the chain of the selection',
      group: 'View',
      also: 'zoom flow cause',
      enabled: () => selection.value !== null,
      run: revealSelection,
    },
    {
      id: 'timeline.range',
      title: 'Timeline: zoom to the range',
      group: 'View',
      enabled: () => range.value !== null,
      run: () => {
        if (range.value) showWindow(range.value);
      },
    },
    {
      id: 'timeline.noRange',
      title: 'Timeline: take the range back',
      group: 'View',
      enabled: () => range.value !== null,
      run: () => selectRange(null),
    },
    {
      id: 'timeline.table',
      title: 'Timeline: as a table, or as a picture',
      group: 'View',
      also: 'text list accessible',
      run: () => {
        asTable.value = !asTable.value;
      },
    },
  ]);
}
