/** Icons (16 px, 1.4 px stroke) and marks (10 px) of placements and of where numbers come from. */
import type { Placement, Source } from '../../core/public/view_types.ts';
import { memo } from './memo.ts';

const PATHS = {
  play: 'M5 3.2v9.6L12.6 8z',
  pause: 'M5 3.5v9M11 3.5v9',
  step: 'M4 3.5v9L10.5 8zM12.5 3.5v9',
  back: 'M12 3.5v9L5.5 8zM3.5 3.5v9',
  reset: 'M3.5 3v3.5H7M3.7 6.3A5 5 0 1 1 3 8.6',
  copy: 'M5.5 5.5h7v7h-7zM3.5 10.5v-7h7',
  search: 'M11 7a4 4 0 1 1-8 0a4 4 0 0 1 8 0zM10 10l3.5 3.5',
  close: 'M4 4l8 8M12 4l-8 8',
  bookmark: 'M4.5 2.5h7v11L8 10.5l-3.5 3z',
  chip: 'M5 4h6a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1zM6.5 1.5V4M9.5 1.5V4M6.5 12v2.5M9.5 12v2.5M1.5 6.5H4M1.5 9.5H4M12 6.5h2.5M12 9.5h2.5',
  check: 'M3 8.5l3.2 3.2L13 4.8',
  wrong: 'M8 2.5l5.5 10.5h-11zM8 6.5v3M8 11.3h.01',
} as const;

export type IconName = keyof typeof PATHS;

export const Icon = memo(function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} fill={name === 'play' ? 'currentColor' : 'none'} />
    </svg>
  );
});

/** The small arrow of pickers and trees. */
export function Chevron({ open = true }: { readonly open?: boolean }) {
  return (
    <svg viewBox="0 0 8 8" fill="none" stroke="currentColor" stroke-width="1.3" aria-hidden="true">
      <path d={open ? 'M1.5 3l2.5 2.5L6.5 3' : 'M3 1.5 5.5 4 3 6.5'} />
    </svg>
  );
}

export function Brand() {
  return (
    <svg
      viewBox="0 0 18 18"
      fill="none"
      stroke="currentColor"
      stroke-width="1.4"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d="M2 5.5 9 2l7 3.5L9 9z" />
      <path d="M2 9l7 3.5L16 9M2 12.5 9 16l7-3.5" />
    </svg>
  );
}

/** A placement is never a hue alone: full square, square cut by a diagonal, square in a square, three bars. */
export const PlacementMark = memo(function PlacementMark({
  placement,
  moving = false,
}: {
  readonly placement: Placement;
  readonly moving?: boolean;
}) {
  const name = moving ? 'moving' : placement.toLowerCase();
  return (
    <svg class={`mark ${name}`} viewBox="0 0 10 10" role="img" aria-label={moving ? 'moving' : placement}>
      {moving && (
        <rect
          x=".5"
          y=".5"
          width="9"
          height="9"
          rx="1"
          fill="none"
          stroke="currentColor"
          stroke-dasharray="2 1.4"
        />
      )}
      {!moving && placement === 'VRAM' && (
        <rect x=".5" y=".5" width="9" height="9" rx="1" fill="currentColor" />
      )}
      {!moving && placement === 'TT' && (
        <>
          <rect
            x="1"
            y="1"
            width="8"
            height="8"
            rx="1"
            fill="none"
            stroke="currentColor"
            stroke-width="1.4"
          />
          <path d="M1 9L9 1V9z" fill="currentColor" />
        </>
      )}
      {!moving && placement === 'SYSTEM' && (
        <>
          <rect
            x="1"
            y="1"
            width="8"
            height="8"
            rx="1"
            fill="none"
            stroke="currentColor"
            stroke-width="1.4"
          />
          <rect x="3.4" y="3.4" width="3.2" height="3.2" fill="currentColor" />
        </>
      )}
      {!moving && placement === 'SWAP' && (
        <path d="M.5 2h9M.5 5h9M.5 8h9" stroke="currentColor" stroke-width="1.7" />
      )}
    </svg>
  );
});

/** A mapping without a present PTE: it leads nowhere now. */
export function NowhereMark() {
  return (
    <svg class="mark dim" viewBox="0 0 10 10" role="img" aria-label="no present PTE">
      <rect x="1" y="1" width="8" height="8" rx="1" fill="none" stroke="currentColor" stroke-width="1.2" />
    </svg>
  );
}

/** Full disc measured, half disc derived, empty disc model, dash unknown. */
export const SourceMark = memo(function SourceMark({ source }: { readonly source: Source }) {
  return (
    <svg class="mark" viewBox="0 0 10 10" role="img" aria-label={source}>
      {source === 'measured' && <circle cx="5" cy="5" r="4" fill="currentColor" />}
      {source === 'derived' && (
        <>
          <circle cx="5" cy="5" r="3.5" fill="none" stroke="currentColor" />
          <path d="M5 1.5a3.5 3.5 0 0 1 0 7z" fill="currentColor" />
        </>
      )}
      {source === 'model' && <circle cx="5" cy="5" r="3.5" fill="none" stroke="currentColor" />}
      {source === 'unknown' && <path d="M2 5h6" stroke="currentColor" stroke-width="1.4" />}
    </svg>
  );
});
