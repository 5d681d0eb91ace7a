/** The card over the memory view: why this one, and why not the others. It lies in the corner that the scene leaves free. */
import type { WhyView } from '../../core/public/view_types.ts';
import type { Rect } from '../scene/label_placement.ts';
import { select } from '../state/actions.ts';
import { openWhy } from '../state/lab_store.ts';
import { Icon } from './marks.tsx';
import { WhyWalk } from './why.tsx';

const CARD_WIDTH = 352;
const CARD_INSET = 10;

/** What the card covers at most, in CSS pixels of the view. */
export function cardRect(why: WhyView, viewHeight: number): Rect {
  const lines = Math.min(10, why.candidates.length);
  const height = Math.min(viewHeight - 2 * CARD_INSET, 30 + 40 + lines * 22 + 30);
  return {
    x: 0,
    y: viewHeight - height - CARD_INSET,
    width: CARD_WIDTH + CARD_INSET,
    height: height + CARD_INSET,
  };
}

export function WhyCard({ why }: { readonly why: WhyView }) {
  return (
    <aside class="card" aria-label={`Why ${why.victim} was evicted`}>
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
