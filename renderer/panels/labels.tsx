/** Labels and marks over the canvas, at a constant size whatever the zoom. */

import type { Point } from '../scene/camera.ts';
import type { ShownLabel, Words } from '../scene/label_draft.ts';
import type { Overlay } from '../scene/overlay.ts';
import { PlacementMark } from './marks.tsx';
import { memo } from './memo.ts';

const join = (points: readonly Point[]) =>
  points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ');

function Text({ words }: { readonly words: readonly Words[] }) {
  return (
    <>
      {words.map((word, i) => {
        const text = word.strong ? <b key={i}>{word.text}</b> : word.text;
        return word.below ? (
          <span key={i} class="line">
            {text}
          </span>
        ) : (
          text
        );
      })}
    </>
  );
}

/** A label that stays as it is over many pictures is drawn once. */
const Label = memo(function Label({ label }: { readonly label: ShownLabel }) {
  const { rect, text } = label.spot;
  const { style, placement, shear } = label;
  const slab = style === 'slab';
  const transform = `translate(${rect.x.toFixed(1)}px, ${rect.y.toFixed(1)}px)${slab ? ` skewY(${shear.toFixed(2)}deg)` : ''}`;
  return (
    <div
      class={`label ${style} ${placement?.toLowerCase() ?? ''}`}
      style={{ transform, width: `${rect.width}px`, ...(slab ? {} : { height: `${rect.height}px` }) }}
    >
      {slab && placement && <PlacementMark placement={placement} />}
      <Text words={label.texts[text]!} />
    </div>
  );
});

/** The head of an arrow at the end of a path. */
function arrowhead(points: readonly Point[]): string {
  const tip = points.at(-1)!;
  const before = points.at(-4) ?? points[0]!;
  const angle = Math.atan2(tip[1] - before[1], tip[0] - before[0]);
  const at = (along: number, across: number): Point => [
    tip[0] + Math.cos(angle) * along - Math.sin(angle) * across,
    tip[1] + Math.sin(angle) * along + Math.cos(angle) * across,
  ];
  return join([at(6, 0), at(-4, 4.5), at(-4, -4.5)]);
}

export function Labels({ overlay }: { readonly overlay: Overlay }) {
  return (
    <>
      <svg
        class="overlay"
        viewBox={`0 0 ${overlay.width} ${overlay.height}`}
        data-outlined={overlay.focus ?? ''}
        aria-hidden="true"
      >
        <defs>
          <filter id="halo-blur" x="-40%" y="-40%" width="180%" height="180%">
            <feGaussianBlur stdDeviation="5" />
          </filter>
        </defs>
        {overlay.outlines.map((points, i) => (
          <g key={`outline ${i}`}>
            <polygon
              class="halo"
              points={join(points)}
              filter="url(#halo-blur)"
              mask={`url(#halo-mask-${i})`}
            />
            <polygon class="outline" points={join(points)} />
            <mask
              id={`halo-mask-${i}`}
              maskUnits="userSpaceOnUse"
              x="0"
              y="0"
              width={overlay.width}
              height={overlay.height}
            >
              <rect width={overlay.width} height={overlay.height} fill="#fff" />
              <polygon points={join(points)} fill="#000" />
            </mask>
          </g>
        ))}
        {overlay.flights.map((points, i) => (
          <g key={`flight ${i}`}>
            <polyline class="flight under" points={join(points)} />
            <polyline class="flight" points={join(points)} />
            <polygon class="arrowhead" points={arrowhead(points)} />
          </g>
        ))}
        {overlay.leaders.map(({ from, to, style }, i) => (
          <line
            key={`leader ${i}`}
            class={`leader ${style}`}
            x1={from[0]}
            y1={from[1]}
            x2={to[0]}
            y2={to[1]}
          />
        ))}
        {overlay.faults.map(({ vmaId, at: [x, y] }) => (
          <g key={`fault ${vmaId}`}>
            <circle class="fault-ring" cx={x} cy={y} r="9" />
            <path class="fault-mark" d={`M${x} ${y - 5.5}l5.5 5.5-5.5 5.5-5.5-5.5z`} />
          </g>
        ))}
      </svg>
      <div class="labels" aria-hidden="true">
        {overlay.labels.map(label => (
          <Label key={label.key} label={label} />
        ))}
      </div>
    </>
  );
}
