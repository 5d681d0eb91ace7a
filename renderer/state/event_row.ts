/** One event as a line, asked for when the window does not hold it: an old one, or one behind the playhead. */
import { useEffect, useState } from 'preact/hooks';
import type { AnswerOf } from '../../core/public/questions.ts';
import { ask } from './actions.ts';
import { view } from './lab_store.ts';

/** @param index null asks nothing @returns null until the lab has answered */
export function useEventRow(index: number | null): AnswerOf<'eventRow'> | null {
  const [answer, setAnswer] = useState<{ index: number; found: AnswerOf<'eventRow'> } | null>(null);
  // Another future may follow a step back, and then the index means something else.
  const { newest } = view.value.status;
  useEffect(() => {
    if (index === null) return;
    let wanted = true;
    ask('eventRow', { index }).then(
      found => wanted && setAnswer({ index, found }),
      () => wanted && setAnswer(null),
    );
    return () => {
      wanted = false;
    };
  }, [index, newest.events]);
  return answer !== null && answer.index === index ? answer.found : null;
}
