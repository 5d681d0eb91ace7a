/** The memory view: the stage's canvas with labels and marks over it, the caption, and the card of the last eviction. */
import { computed, effect, signal } from '@preact/signals';
import { useContext, useEffect, useRef } from 'preact/hooks';
import type { WhyView } from '../../core/public/view_types.ts';
import { PanelPlace } from '../dock/panel_place.tsx';
import { NO_OVERLAY, type Overlay } from '../scene/overlay.ts';
import type { Painter } from '../scene/painter.ts';
import { readPalette } from '../scene/palette.ts';
import type { RibbonChoice } from '../scene/picture.ts';
import { Stage, type StageNotes, type StageOptions } from '../scene/stage.ts';
import { showDevice } from '../state/actions.ts';
import { cssToken } from '../state/css_tokens.ts';
import {
  events,
  fail,
  isGettingReady,
  openWhy,
  ribbonChoice,
  scene,
  selection,
  speed,
  transition,
  view,
} from '../state/lab_store.ts';
import { sizeOfPages, thousands } from '../state/numbers.ts';
import { flatView, painterWish, pictureShown, pictureVisible, setFlat } from '../state/shown.ts';
import { reducedMotion, theme } from '../state/theme.ts';
import { Labels } from './labels.tsx';
import { measureLabel } from './measure_label.ts';
import { Panel } from './panel.tsx';
import { followPointer } from './stage_pointer.ts';
import { WhyCard } from './why_card.tsx';
import { WordPicker } from './word_picker.tsx';

const palette = computed(() => readPalette(cssToken));
const overlay = signal<Overlay>(NO_OVERLAY);
const painter = signal<Painter | null>(null);
const notes = signal<StageNotes | null>(null);
let stage: Stage | null = null;

/** Bring what is selected into the middle of the view. */
export const frameSelection = () => stage?.frameSelection() ?? false;

/** True while the memory view has something to draw. */
export const isStageBusy = () => stage?.busy ?? false;

/** The card that is open, if its eviction is part of the view. */
function openCard(): WhyView | undefined {
  return openWhy.value === null ? undefined : view.value.why.find(why => why.number === openWhy.value);
}

/** What lies over the drawing, as a word that changes with it. */
const covers = computed(() => {
  const { placements, status } = view.value;
  return `${openCard()?.number} ${placements.length === 0} ${status.caption}`;
});

/** The object that the selection is, or is about. */
function focusedObject(): number | null {
  const now = selection.value;
  switch (now?.kind) {
    case 'object':
      return now.id;
    case 'vma':
      return view.value.tasks.find(t => t.pid === now.pid)?.vmas.find(v => v.id === now.id)?.objectId ?? null;
    case 'event':
      return events.value[now.index - (events.value[0]?.index ?? 0)]?.objectId ?? null;
    default:
      return null;
  }
}

function stageOptions(): StageOptions {
  return {
    palette: palette.value,
    contrast: theme.value === 'contrast',
    selection: selection.value,
    focus: focusedObject(),
    ribbons: ribbonChoice.value,
    reduced: reducedMotion.value,
    speed: speed.value,
    flat: flatView.value,
  };
}

function useStage() {
  const host = useRef<HTMLDivElement>(null);
  const place = useContext(PanelPlace);
  useEffect(() => {
    const element = host.current!;
    const created = new Stage(
      {
        measure: measureLabel,
        onOverlay: value => {
          overlay.value = value;
        },
        onShown: (complete, changed) => pictureShown(complete.status.number, changed),
        onPainter: value => {
          painter.value = value;
        },
        onFailure: fail,
        onNotes: value => {
          notes.value = value;
        },
      },
      stageOptions(),
    );
    stage = created;
    const stopOptions = effect(() => created.setOptions(stageOptions()));
    const stopCovers = effect(() => {
      // Labels make room for the card and for the caption.
      void covers.value;
      created.coversChanged();
    });
    // A panel that comes back into sight shows what is now, without the moves it missed.
    let missed = false;
    const stopVisible = effect(() => {
      pictureVisible.value = place?.visible.value ?? true;
    });
    const stopViews = effect(() => {
      const next = transition.value;
      if (!pictureVisible.value) {
        missed = true;
        return;
      }
      created.show(missed ? { ...next, jump: true } : next);
      missed = false;
    });
    const stopPointer = followPointer(element, created);
    void created
      .attach(element, painterWish.value)
      .catch(error => fail(`The memory view cannot be drawn: ${String(error)}.`));
    void document.fonts.ready.then(() => created.invalidate());
    return () => {
      pictureVisible.value = false;
      stopVisible();
      stopOptions();
      stopCovers();
      stopViews();
      stopPointer();
    };
  }, []);
  return host;
}

/** Alone, because it changes with every frame of a motion. */
function OverLayer() {
  return <Labels overlay={overlay.value} />;
}

const RIBBON_CHOICES: readonly RibbonChoice[] = ['all', 'selection and holders', 'selection'];

/** Axes of the drawing: x is the address, nearer is slower. */
function Corner() {
  return (
    <svg class="corner" viewBox="0 0 92 52" aria-hidden="true">
      <path d="M18 30l26-5M18 30l10 12M18 30V8" />
      <text x="48" y="28">
        address
      </text>
      <text x="32" y="50">
        slower
      </text>
    </svg>
  );
}

function scaleText({ cellPages }: StageNotes): string {
  return `1 cell = ${cellPages === 1 ? '1 page' : `${thousands(cellPages)} pages`} = ${sizeOfPages(cellPages)}`;
}

const DRAWN_AS = ['3D', '2D'] as const;

/** How the picture is drawn, when that is not the first choice, and its scale. */
function ViewNotes() {
  const drawn = flatView.value ? null : painter.value;
  const now = notes.value;
  return (
    <>
      {drawn && drawn.because !== '' && (
        <span title={drawn.because}>
          drawn with {drawn.name}: {drawn.because}{' '}
        </span>
      )}
      {now && now.merged > 0 && (
        <span
          title={`This machine draws about ${thousands(now.budget)} boxes in 50 ms. Narrower blocks share a cell that is filled exactly as far as they fill it; zoom in to see them.`}
        >
          {thousands(now.merged)} blocks in cells,{' '}
        </span>
      )}
      {now && view.value.placements.length > 0 && <span class="narrow">{scaleText(now)}</span>}
    </>
  );
}

function MemoryTools() {
  const { devices } = view.value.status;
  return (
    <>
      {devices && (
        <WordPicker
          name="Device"
          words={devices.all}
          chosen={devices.shown}
          choose={name => void showDevice(name)}
        />
      )}
      <WordPicker
        name="Ribbons"
        words={RIBBON_CHOICES}
        chosen={ribbonChoice.value}
        choose={word => {
          ribbonChoice.value = word;
        }}
      />
      <WordPicker
        name="Drawn"
        words={DRAWN_AS}
        chosen={flatView.value ? '2D' : '3D'}
        choose={word => setFlat(word === '2D')}
      />
    </>
  );
}

export function MemoryView() {
  const host = useStage();
  const card = openCard();
  return (
    <Panel name="Memory view" meta={<ViewNotes />} tools={<MemoryTools />}>
      <div
        class="stage"
        ref={host}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the drawing takes keys, and says which in its label.
        tabIndex={0}
        role="application"
        aria-label="Drawing of the memories with their objects; the tables Tasks and Objects say the same in text. Keys: 1, 2, 3 views, arrows turn, plus and minus zoom, f frames the selection, Home."
      >
        <OverLayer />
        {scene.value !== null && !isGettingReady.value && view.value.placements.length === 0 && (
          <p class="nothing low" data-covers="">
            No device of this machine has managed memory to draw; its objects are files of shared memory.
          </p>
        )}
        {scene.value === null && <p class="nothing">Nothing runs yet. Choose a scene.</p>}
        {view.value.status.caption && (
          <p class="caption" data-covers="" aria-live="polite">
            {view.value.status.caption}
          </p>
        )}
        {card && <WhyCard why={card} />}
        {!flatView.value && <Corner />}
      </div>
    </Panel>
  );
}
