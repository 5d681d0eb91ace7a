/** The address of a selection, with a button that copies it. */
import { useState } from 'preact/hooks';
import type { Selection } from '../../core/public/view_types.ts';
import { fail } from '../state/lab_store.ts';
import { addressOf } from '../state/selection_address.ts';
import { Icon } from './marks.tsx';

const SAY_COPIED_MS = 1200;

export function Address({ of }: { readonly of: Selection }) {
  const [copied, setCopied] = useState(false);
  const text = addressOf(of);
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => {
        setCopied(true);
        setTimeout(() => setCopied(false), SAY_COPIED_MS);
      },
      error => fail(`The address ${text} could not be copied: ${String(error)}.`),
    );
  return (
    <div class="path">
      {text}
      <button
        type="button"
        class="copy"
        aria-label={`Copy the address ${text}`}
        title="Copy; the console takes it back with select"
        onClick={() => void copy()}
      >
        <Icon name="copy" />
      </button>
      <span role="status">{copied ? 'copied' : ''}</span>
    </div>
  );
}
