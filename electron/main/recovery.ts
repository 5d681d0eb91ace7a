/** What the shell does when one of its processes ends: it goes on, and says so; it gives up on what fails again and again. */

export interface ProcessEnd {
  readonly type: string;
  /** Electron's word: 'crashed', 'oom', 'killed', 'launch-failed', 'clean-exit'... */
  readonly reason: string;
  readonly exitCode: number;
}

const WORDS: Readonly<Record<string, string>> = {
  crashed: 'it crashed',
  oom: 'it ran out of memory',
  killed: 'it was killed',
  'abnormal-exit': 'it ended with an error',
  'launch-failed': 'it could not be started',
  'integrity-failure': 'its code failed the integrity check',
  'memory-eviction': 'the system needed its memory',
};

export function reasonOf({ reason, exitCode }: ProcessEnd): string {
  return `${WORDS[reason] ?? reason}, exit code ${exitCode}`;
}

/** The sentence for the end of a process beside the window, or null where nobody needs to know. */
export function sentenceOfEnd(end: ProcessEnd): string | null {
  if (end.reason === 'clean-exit' || end.reason === 'killed')
    return end.type === 'GPU' ? gpuSentence(end) : null;
  if (end.type === 'GPU') return gpuSentence(end);
  return `A process of the app ended (${end.type}: ${reasonOf(end)}). The lab goes on.`;
}

function gpuSentence(end: ProcessEnd): string {
  return `The GPU process ended (${reasonOf(end)}) and is started again; the lab asks it for a new device.`;
}
