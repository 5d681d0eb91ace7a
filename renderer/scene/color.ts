/** Colours as the painters need them: parsed from CSS, mixed in OKLab as `color-mix(in oklab, ...)` does. */

/** Red, green, blue in 0..1, sRGB encoded, as written in CSS. */
export type Rgb = readonly [r: number, g: number, b: number];

export interface Rgba {
  readonly rgb: Rgb;
  readonly alpha: number;
}

/** Parses #rgb, #rgba, #rrggbb, #rrggbbaa, rgb(), rgba() and `transparent`, which is all that a minified theme uses; else black. */
export function parseColor(text: string): Rgba {
  const value = text.trim();
  if (value === 'transparent') return { rgb: [0, 0, 0], alpha: 0 };
  const hex = /^#([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$/i.exec(value)?.[1];
  if (hex) {
    const step = hex.length <= 4 ? 1 : 2;
    const channel = (i: number) => {
      const digits = hex.slice(i * step, (i + 1) * step);
      return Number.parseInt(step === 1 ? digits + digits : digits, 16) / 255;
    };
    return { rgb: [channel(0), channel(1), channel(2)], alpha: hex.length === 4 * step ? channel(3) : 1 };
  }
  const parts = /^rgba?\(([^)]*)\)$/
    .exec(value)?.[1]
    ?.split(/[\s,/]+/)
    .filter(Boolean)
    .map(Number);
  if (parts && parts.length >= 3) {
    return { rgb: [parts[0]! / 255, parts[1]! / 255, parts[2]! / 255], alpha: parts[3] ?? 1 };
  }
  return { rgb: [0, 0, 0], alpha: 1 };
}

const toLinear = (v: number) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
const toSrgb = (v: number) => (v <= 0.0031308 ? v * 12.92 : 1.055 * v ** (1 / 2.4) - 0.055);
const clamp = (v: number) => Math.min(1, Math.max(0, v));

type Lab = readonly [l: number, a: number, b: number];

function toOklab([r0, g0, b0]: Rgb): Lab {
  const r = toLinear(r0);
  const g = toLinear(g0);
  const b = toLinear(b0);
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function fromOklab([L, A, B]: Lab): Rgb {
  const l = (L + 0.3963377774 * A + 0.2158037573 * B) ** 3;
  const m = (L - 0.1055613458 * A - 0.0638541728 * B) ** 3;
  const s = (L - 0.0894841775 * A - 1.291485548 * B) ** 3;
  return [
    clamp(toSrgb(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s)),
    clamp(toSrgb(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s)),
    clamp(toSrgb(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s)),
  ];
}

/** `share` of a (0..1), the rest of b. */
export function mix(a: Rgb, b: Rgb, share: number): Rgb {
  const p = toOklab(a);
  const q = toOklab(b);
  return fromOklab([0, 1, 2].map(i => p[i]! * share + q[i]! * (1 - share)) as unknown as Lab);
}

/** For a 2D context. */
export function cssColor(rgb: Rgb, alpha = 1): string {
  const [r, g, b] = rgb.map(v => Math.round(v * 255));
  return alpha >= 1 ? `rgb(${r} ${g} ${b})` : `rgb(${r} ${g} ${b} / ${alpha})`;
}
