/** Sessions that were being recorded when their window or their lab ended: each can be opened or thrown away. */
import type { RecoveredView } from '../../core/public/recording.ts';
import { counted, sizeOfBytes } from '../state/numbers.ts';
import { forgetRecovered, openRecovered, recovered } from '../state/recordings.ts';

function Offer({ session }: { readonly session: RecoveredView }) {
  const { title, inputs, events, bytes, missing } = session;
  return (
    <div class="failure notice">
      <span class="grow">
        <b>{title}</b> was being recorded when its lab or its window ended. {counted(inputs, 'input')} and{' '}
        {counted(events, 'event')} were kept ({sizeOfBytes(bytes)}). {missing.join(' ')}
      </span>
      <button type="button" class="button" onClick={() => void openRecovered(session)}>
        Open recovered session
      </button>
      <button type="button" class="button" onClick={() => forgetRecovered(session.name)}>
        Discard
      </button>
    </div>
  );
}

export function Recovered() {
  return (
    <div class="failures" role="status" aria-label="Recovered sessions">
      {recovered.value.map(session => (
        <Offer key={session.name} session={session} />
      ))}
    </div>
  );
}
