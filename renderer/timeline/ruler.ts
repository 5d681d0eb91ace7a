/** Marks of the ruler: round moments at a distance that leaves room for their numbers, and the unit that suits them. */

export interface Tick {
  readonly time: number;
  readonly text: string;
}

export interface Ruler {
  /** `ms`; said once, at the left. */
  readonly unit: string;
  readonly ticks: readonly Tick[];
}

const THIN = '\u2009';
const UNITS = [
  { unit: 'h', ns: 3600e9 },
  { unit: 's', ns: 1e9 },
  { unit: 'ms', ns: 1e6 },
  { unit: 'µs', ns: 1e3 },
] as const;

/** Round steps from 1 ns on: 1, 2, 5, 10 and so on; of hours and minutes 1, 2, 5, 10, 15, 30. */
function stepFrom(least: number): number {
  if (least > 20e9) {
    for (const step of [30, 60, 120, 300, 600, 900, 1800, 3600]) if (step * 1e9 >= least) return step * 1e9;
    let hours = 3600e9;
    while (hours < least) hours *= 2;
    return hours;
  }
  let decade = 1;
  while (decade * 10 <= least) decade *= 10;
  for (const factor of [1, 2, 5, 10]) if (decade * factor >= least) return decade * factor;
  return decade * 10;
}

/** A number with thin spaces between its thousands, before and behind the point. */
function grouped(value: number, digits: number): string {
  const [whole = '', fraction] = Math.abs(value).toFixed(digits).split('.');
  const sign = value < 0 && Number(whole + (fraction ?? '')) !== 0 ? '-' : '';
  const left = sign + whole.replace(/\B(?=(\d{3})+$)/g, THIN);
  return fraction === undefined ? left : `${left}.${fraction.replace(/(\d{3})(?=\d)/g, `$1${THIN}`)}`;
}

/** @param pixels of the window @param room pixels that a number needs */
export function rulerOf(from: number, to: number, pixels: number, room = 84): Ruler {
  const step = stepFrom(((to - from) / Math.max(1, pixels)) * room);
  const { unit, ns } =
    UNITS.find(each => step >= each.ns / 100 && (to >= each.ns || each.unit === 'µs')) ??
    UNITS.find(each => to >= each.ns) ??
    UNITS[3];
  let digits = 0;
  for (let part = ns; part > step * 1.000001 && digits < 12; part /= 10) digits++;
  if (unit === 'h') digits = step < 3600e9 ? 2 : 0;
  const ticks: Tick[] = [];
  for (let i = Math.ceil(from / step); i * step <= to; i++) {
    ticks.push({ time: i * step, text: grouped((i * step) / ns, digits) });
  }
  return { unit, ticks };
}

/** A moment in a unit of the ruler, to the pixel and not to more than a nanosecond: `1 840.711`. @param pixel nanoseconds */
export function momentText(time: number, unit: string, pixel: number): string {
  const ns = UNITS.find(each => each.unit === unit)?.ns ?? 1e6;
  let digits = 0;
  for (let part: number = ns; part > Math.max(1, pixel) && digits < 12; part /= 10) digits++;
  return grouped(time / ns, digits);
}
