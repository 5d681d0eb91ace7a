/** The card over the memory view: why this one, and why not the others. It lies in the corner that the scene leaves free. */
import type { WhyView } from '../../core/public/view_types.ts';
import { select } from '../state/actions.ts';
import { openWhy } from '../state/lab_store.ts';
import { Icon } from './marks.tsx';
import { WhyWalk } from './why.tsx';

export function WhyCard({ why }: { readonly why: WhyView }) {
  return (
    <aside class="card" data-covers="" aria-label={`Why ${why.victim} was evicted`}>
      <header>
        <button
          type="button"
          class="ell"
          title="Select this object"
          onClick={() => select({ kind: 'object', id: why.victimId })}
        >
          Why {why.victim} was evicted
        </button>
        <span class="grow" />
        <button
          type="button"
          class="icon-button"
          aria-label="Close"
          title="Close"
          onClick={() => {
            openWhy.value = null;
          }}
        >
          <Icon name="close" />
        </button>
      </header>
      <p>{why.need}</p>
      <WhyWalk why={why} />
      <footer>Policy: {why.policy}</footer>
    </aside>
  );
}
