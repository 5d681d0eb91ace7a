/** How far a long way to another moment has come, in the place of the checksums, which are of no moment meanwhile. */
import { wayProgress } from '../state/lab_store.ts';

export function WayBadge() {
  const way = wayProgress.value;
  if (way === null) return null;
  const { what, part } = way;
  return (
    <span class="badge way" title="Pause ends it where it is.">
      <span>{what}</span>
      <b>{Math.floor(part * 100)} %</b>
      <progress aria-label={what} value={part} />
    </span>
  );
}
