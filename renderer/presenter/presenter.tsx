/** The band of presenter mode: the caption in large letters, where it stands among the others, what the hues mean, the adapter. */
import { useEffect } from 'preact/hooks';
import { PLACEMENTS } from '../../core/public/view_types.ts';
import { PlacementMark } from '../panels/marks.tsx';
import { adapter, view } from '../state/lab_store.ts';
import { captionNow, captions } from '../state/sessions.ts';
import { splitCaption } from './caption_text.ts';
import { goToCaption, nextCaption, presenting, previousCaption, stopPresenting } from './presenting.ts';

/** Keys belong to the presenter before anything else in the window gets them. */
function onKey(event: KeyboardEvent): void {
  const act = {
    ArrowRight: nextCaption,
    ArrowDown: nextCaption,
    PageDown: nextCaption,
    ' ': nextCaption,
    ArrowLeft: previousCaption,
    ArrowUp: previousCaption,
    PageUp: previousCaption,
    Home: () => goToCaption(0),
    Escape: stopPresenting,
  }[event.key];
  if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  void act();
}

function Steps() {
  const now = captionNow.value;
  return (
    <ol class="presenter-steps" aria-label="Captions">
      {captions.value.map((caption, i) => (
        <li key={`${caption.position} ${i}`} class={i === now ? 'now' : i < now ? 'done' : ''}>
          <button
            type="button"
            aria-label={`Caption ${i + 1}`}
            aria-current={i === now ? 'step' : undefined}
            title={caption.text}
            onClick={() => void goToCaption(i)}
          />
        </li>
      ))}
    </ol>
  );
}

function Band() {
  useEffect(() => {
    window.addEventListener('keydown', onKey, true);
    const onFullscreen = () => {
      if (!document.fullscreenElement) void stopPresenting();
    };
    document.addEventListener('fullscreenchange', onFullscreen);
    return () => {
      window.removeEventListener('keydown', onKey, true);
      document.removeEventListener('fullscreenchange', onFullscreen);
    };
  }, []);
  const [first, rest] = splitCaption(view.value.status.caption);
  const now = adapter.value;
  return (
    <section class="presenter" aria-label="Presenter">
      <div class="presenter-text" aria-live="polite">
        <p class="presenter-first">{first}</p>
        <p class="presenter-rest">{rest}</p>
      </div>
      <Steps />
      <div class="presenter-foot">
        <span>
          {captionNow.value + 1} of {captions.value.length}
        </span>
        {PLACEMENTS.map(placement => (
          <span key={placement} class="presenter-hue">
            <PlacementMark placement={placement} /> {placement}
          </span>
        ))}
        <span class="grow" />
        {now && (
          <span>
            {now.machine === 'host'
              ? 'host machine, no GPU memory'
              : `${now.name}${now.software ? ', software adapter: rates are the processor’s' : ''}`}
          </span>
        )}
        <button type="button" class="button quiet" title="End (Escape)" onClick={() => void stopPresenting()}>
          End
        </button>
      </div>
    </section>
  );
}

export function Presenter() {
  return presenting.value ? <Band /> : null;
}
