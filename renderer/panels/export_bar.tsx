/** How far an export is, and Cancel. */
import { cancelExport, exportProgress } from '../state/exports.ts';
import { thousands } from '../state/numbers.ts';

export function ExportBar() {
  const now = exportProgress.value;
  if (!now) return null;
  const { what, label, done, total } = now;
  return (
    <div class="failures" role="status" aria-label="Export">
      <div class="failure notice job">
        <span>
          Exporting the session as {what}
          {label && <span class="mid"> · {label}</span>}
        </span>
        <progress aria-label="Progress of the export" {...(total > 0 && { value: done, max: total })} />
        <span class="mid grow">{total > 0 ? `${thousands(done)} of ${thousands(total)}` : ''}</span>
        <button type="button" class="button" onClick={cancelExport}>
          Cancel
        </button>
      </div>
    </div>
  );
}
