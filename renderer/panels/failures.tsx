/** What failed, as sentences in the window; each stays until it is read. */
import { failures } from '../state/lab_store.ts';
import { Icon } from './marks.tsx';

export function Failures() {
  return (
    <div class="failures" role="alert" aria-label="Failures">
      {failures.value.map(sentence => (
        <div class="failure" key={sentence}>
          <Icon name="wrong" />
          <span class="grow">{sentence}</span>
          <button
            type="button"
            class="button"
            onClick={() => {
              failures.value = failures.value.filter(each => each !== sentence);
            }}
          >
            Dismiss
          </button>
        </div>
      ))}
    </div>
  );
}
