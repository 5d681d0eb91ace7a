/**
 * Questions of which only the newest counts: what is asked for again while an answer is on its way is asked once more when it is
 * there. Never two at once, and never a stale answer for the last.
 */

export interface OneAtATime {
  /** Do the work, or do it once more after the one under way. */
  again(): void;
  /** Nothing more is begun. */
  stop(): void;
  readonly busy: boolean;
}

/**
 * @param work   reads its arguments when it begins
 * @param failed told of what `work` threw; a question that the lab refused belongs to a state that is gone
 * @param restMs between two that follow each other at once, for people to read
 */
export function oneAtATime(
  work: () => Promise<void>,
  failed: (error: unknown) => void = () => {},
  restMs = 0,
): OneAtATime {
  let busy = false;
  let wanted = false;
  let stopped = false;
  const go = async () => {
    busy = true;
    do {
      wanted = false;
      await work().catch(failed);
      if (wanted && restMs > 0) await new Promise(resolve => setTimeout(resolve, restMs));
    } while (wanted && !stopped);
    busy = false;
  };
  return {
    again() {
      if (busy) wanted = true;
      else if (!stopped) void go();
    },
    stop() {
      stopped = true;
    },
    get busy() {
      return busy;
    },
  };
}
