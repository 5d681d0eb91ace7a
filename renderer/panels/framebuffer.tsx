/** Framebuffer: what the display of the machine shows, drawn after every rest and at most ten times a second while a scene runs. */
import { signal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { FramebufferView } from '../../core/public/machine_types.ts';
import { runCommand } from '../commands/command.ts';
import { saveBlob } from '../reports/save_text.ts';
import { ask, select } from '../state/actions.ts';
import { scene } from '../state/lab_store.ts';
import { counted, thousands } from '../state/numbers.ts';
import { useFollowing } from './follow_lab.ts';
import { Panel } from './panel.tsx';

const DRAW_EVERY_MS = 100;

const shown = signal<FramebufferView | { readonly none: string } | null>(null);
const asText = signal(false);

async function read(): Promise<void> {
  shown.value = await ask('framebuffer', {});
}

/** Save the picture in sight; nothing when there is none. */
export async function saveFramebuffer(): Promise<void> {
  const now = shown.value ?? (await ask('framebuffer', {}));
  if (!('pixels' in now)) return;
  const canvas = new OffscreenCanvas(now.width, now.height);
  draw(canvas.getContext('2d'), now);
  saveBlob(`${scene.value?.id ?? 'framebuffer'}.png`, await canvas.convertToBlob({ type: 'image/png' }));
}

function draw(
  context: OffscreenCanvasRenderingContext2D | CanvasRenderingContext2D | null,
  { width, height, pixels }: FramebufferView,
): void {
  const data = new ImageData(new Uint8ClampedArray(pixels), width, height);
  context?.putImageData(data, 0, 0);
}

function altOf(now: FramebufferView): string {
  const what =
    now.source === 'console' ? "the kernel's console" : `the framebuffer ${now.objectName} of a task`;
  const where = `${now.width} by ${now.height} pixels, ${now.format}, at GART address 0x${now.address.toString(16)}`;
  if (now.unboundPages === now.nrPages)
    return `The display reads ${where}, but no page is bound there any more: it shows the pattern of missing memory.`;
  const gone = now.unboundPages > 0 ? ` ${now.unboundPages} of ${now.nrPages} pages are not bound.` : '';
  return `The display shows ${what}, ${where}.${gone}`;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Draw the picture into `room`, in CSS pixels: as it is where it fits, else made smaller with every pixel counted, so that letters can be read. */
function drawInto(canvas: HTMLCanvasElement, now: FramebufferView, room: Size): void {
  const shown = Math.min(1, room.width / now.width, room.height / now.height);
  const scale = Math.min(1, shown * (window.devicePixelRatio || 1));
  const width = Math.max(1, Math.round(now.width * scale));
  const height = Math.max(1, Math.round(now.height * scale));
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  canvas.style.width = `${now.width * shown}px`;
  const context = canvas.getContext('2d');
  if (scale === 1 || !context) {
    draw(context, now);
    return;
  }
  const whole = new OffscreenCanvas(now.width, now.height);
  draw(whole.getContext('2d'), now);
  context.imageSmoothingQuality = 'high';
  context.drawImage(whole, 0, 0, width, height);
}

function Picture({ now }: { readonly now: FramebufferView }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const newest = useRef(now);
  /** Known from the observer: asking would make the page lay itself out. */
  const room = useRef<Size | null>(null);
  useLayoutEffect(() => {
    newest.current = now;
    if (room.current) drawInto(canvas.current!, now, room.current);
  }, [now]);
  useLayoutEffect(() => {
    const sizes = new ResizeObserver(entries => {
      room.current = entries.at(-1)!.contentRect;
      drawInto(canvas.current!, newest.current, room.current);
    });
    sizes.observe(box.current!);
    return () => sizes.disconnect();
  }, []);
  return (
    <div class="fb-picture" ref={box}>
      <canvas
        ref={canvas}
        role="img"
        aria-label={altOf(now)}
        {...(now.text !== '' && { 'aria-describedby': 'framebuffer-text' })}
      />
      {now.text !== '' && (
        <pre class="hidden-text" id="framebuffer-text">
          {now.text}
        </pre>
      )}
    </div>
  );
}

/** Nothing but black, which looks like a panel that does not work unless a word says it. */
function isBlack({ pixels }: FramebufferView): boolean {
  for (let i = 0; i < pixels.length; i += 4) if (pixels[i]! | pixels[i + 1]! | pixels[i + 2]!) return false;
  return true;
}

function Facts({ now }: { readonly now: FramebufferView }) {
  const lost = now.unboundPages > 0;
  return (
    <div class="fb-facts">
      <span>
        {now.width} x {now.height} {now.format}
      </span>
      <span class="mono">0x{now.address.toString(16).padStart(8, '0')}</span>
      <button type="button" class="link" onClick={() => select({ kind: 'object', id: now.objectId })}>
        {now.objectName}
      </button>
      <span class={now.pinned ? '' : 'bad'}>
        {now.pinned ? `pinned (${now.pinned})` : 'not pinned: it can be forced out'}
      </span>
      {lost && (
        <span class="bad">
          {now.unboundPages === now.nrPages
            ? 'not bound: the pattern stands for memory that is not there'
            : `${counted(now.unboundPages, 'page')} of ${thousands(now.nrPages)} not bound`}
        </span>
      )}
      {isBlack(now) && <span>every pixel is black</span>}
      {now.cursor && (
        <span>
          cursor at {now.cursor.x}, {now.cursor.y}
        </span>
      )}
      <Tools now={now} />
    </div>
  );
}

function Tools({ now }: { readonly now: FramebufferView }) {
  return (
    <span class="tools">
      {now.text !== '' && (
        <button
          type="button"
          class="link"
          aria-pressed={asText.value}
          title="Read what stands in the picture"
          onClick={() => {
            asText.value = !asText.value;
          }}
        >
          Text
        </button>
      )}
      <button
        type="button"
        class="link"
        title="Save the picture as a PNG file"
        onClick={() => runCommand('framebuffer.save')}
      >
        Save PNG
      </button>
    </span>
  );
}

export function FramebufferPanel() {
  useFollowing(read, DRAW_EVERY_MS);
  const now = shown.value;
  const picture = now && 'pixels' in now ? now : null;
  return (
    <Panel name="Framebuffer">
      {now === null && (
        <p class="empty">{scene.value ? 'Reading the picture.' : 'Nothing runs yet. Choose a scene.'}</p>
      )}
      {now && 'none' in now && <p class="empty">{now.none}</p>}
      {picture && (
        <div class="fb">
          {asText.value && picture.text !== '' ? (
            // biome-ignore lint/a11y/noNoninteractiveTabindex: a text that scrolls is scrolled by keys.
            <div class="scroll mono fb-text" role="document" aria-label="Text of the console" tabIndex={0}>
              {picture.text}
            </div>
          ) : (
            <Picture now={picture} />
          )}
          <Facts now={picture} />
        </div>
      )}
    </Panel>
  );
}
