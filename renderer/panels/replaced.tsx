/** Offers what was open before, when a person had put something of their own into it. */
import { saveBlob } from '../reports/save_text.ts';
import { openReplaced, replaced } from '../state/replaced.ts';

export function ReplacedOffer() {
  const was = replaced.value;
  return (
    <div class="failures" role="status" aria-label="What was open">
      {was && (
        <div class="failure notice">
          <span class="grow">
            <b>{was.title}</b> is closed. It had {was.had} of yours.
          </span>
          <button type="button" class="button" onClick={() => void openReplaced(was)}>
            Back to it
          </button>
          <button
            type="button"
            class="button"
            onClick={() => saveBlob(was.name, new Blob([was.bytes], { type: 'application/octet-stream' }))}
          >
            Save it
          </button>
          <button
            type="button"
            class="button"
            onClick={() => {
              replaced.value = null;
            }}
          >
            Dismiss
          </button>
        </div>
      )}
    </div>
  );
}
