/** How long a running scene rests on a picture before it goes on, so that a person can follow. */

const REST_MS = 140;
const READ_MS_PER_LETTER = 16;
const READ_MOST_MS = 1800;

/**
 * @param changed something moved in this picture
 * @param before  caption of the picture before
 * @param after   caption now; a new one is given time to be read
 * @param speed   1 as designed; Infinity never rests
 * @returns milliseconds
 */
export function pauseAfter(changed: boolean, before: string, after: string, speed: number): number {
  if (!Number.isFinite(speed)) return 0;
  const read = after !== before ? Math.min(READ_MOST_MS, after.length * READ_MS_PER_LETTER) : 0;
  return Math.max(changed ? REST_MS : 0, read) / speed;
}
