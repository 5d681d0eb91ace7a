/** What failed, and what a person should know, as sentences in the window; each stays until it is read. */
import type { Signal } from '@preact/signals';
import { runCommand } from '../commands/command.ts';
import { adapter, failures } from '../state/lab_store.ts';
import { notices } from '../state/notices.ts';
import { Icon } from './marks.tsx';

/** The GPU is gone and this sentence says so: what a person can do about it. */
function TryGpu({ sentence }: { readonly sentence: string }) {
  const now = adapter.value;
  if (!now?.canTryGpu || now.because !== sentence) return null;
  return (
    <button type="button" class="button" onClick={() => void runCommand('lab.tryGpu')}>
      Try the GPU again
    </button>
  );
}

function Sentences({ list, bad }: { readonly list: Signal<readonly string[]>; readonly bad: boolean }) {
  return list.value.map(sentence => (
    <div class={`failure ${bad ? '' : 'notice'}`} key={sentence}>
      {bad && <Icon name="wrong" />}
      <span class="grow">{sentence}</span>
      {bad && <TryGpu sentence={sentence} />}
      <button
        type="button"
        class="button"
        onClick={() => {
          list.value = list.value.filter(each => each !== sentence);
        }}
      >
        Dismiss
      </button>
    </div>
  ));
}

export function Failures() {
  return (
    <div class="failures" role="alert" aria-label="Failures">
      <Sentences list={failures} bad />
    </div>
  );
}

export function Notices() {
  return (
    <div class="failures" role="status" aria-label="Notices">
      <Sentences list={notices} bad={false} />
    </div>
  );
}
