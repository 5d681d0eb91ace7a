/**
 * Where a recorded step can be changed, and into what: every observed field of a step, down to single letters.
 *
 * Left out   args (they are what was done, not what was seen) and entries of traced functions without counterpart
 */
import type { SeededRandom } from '../../base/random.ts';
import type { Json } from '../../session/input.ts';
import { symbolClass } from './symbols.ts';
import type { TranscriptStep } from './transcript_file.ts';

/** A place in a step: field name, then indexes and keys. */
export type SitePath = readonly (string | number)[];

const OBSERVED = ['ret', 'vmas', 'pte', 'perm', 'event', 'kernel'] as const;

/** Every place of a step that holds a scalar, and every list (an entry of which can be left out). */
export function sitesOf(step: TranscriptStep, isCompared: (fn: string) => boolean): SitePath[] {
  const sites: SitePath[] = [];
  const walk = (value: Json, path: SitePath) => {
    if (Array.isArray(value)) {
      if (value.length > 0) sites.push(path);
      value.forEach((item, i) => {
        walk(item, [...path, i]);
      });
    } else if (typeof value === 'object' && value !== null) {
      if (path[0] === 'kernel' && 'fn' in value && !isCompared(String(value.fn))) return;
      for (const [key, item] of Object.entries(value)) walk(item, [...path, key]);
    } else if (value !== '*') {
      sites.push(path);
    }
  };
  for (const field of OBSERVED) {
    const value = step[field];
    if (value !== undefined) walk(value as Json, [field]);
  }
  return sites;
}

/** A copy of the step with one field changed, and what was there and what is there now. */
export function mutateStep(
  step: TranscriptStep,
  path: SitePath,
  random: SeededRandom,
): { step: TranscriptStep; from: Json; to: Json } {
  let from: Json = null;
  let to: Json = null;
  const change = (value: Json, rest: SitePath): Json => {
    if (rest.length === 0) {
      from = value;
      to = changed(value, step, random);
      return to;
    }
    const [key, ...deeper] = rest;
    if (Array.isArray(value)) return value.map((item, i) => (i === key ? change(item, deeper) : item));
    const record = value as { readonly [key: string]: Json };
    return { ...record, [key!]: change(record[key as string]!, deeper) };
  };
  const mutated = change(step as unknown as Json, path) as unknown as TranscriptStep;
  return { step: mutated, from, to };
}

/** Another value of the same kind. */
function changed(value: Json, step: TranscriptStep, random: SeededRandom): Json {
  if (Array.isArray(value)) {
    const at = random.below(value.length);
    return value.filter((_, i) => i !== at);
  }
  if (typeof value === 'number') return value === 0 || random.chance(1, 2) ? value + 1 : value - 1;
  if (typeof value === 'boolean') return !value;
  // No page frame where there was none: a name that nothing else has.
  if (value === null) return 'f999983';
  if (typeof value !== 'string') return value;
  const name = symbolClass(value);
  if (name) return otherSymbol(value, name, step, random);
  if (/^E[A-Z0-9]+$/.test(value)) return value === 'EINVAL' ? 'ENOMEM' : 'EINVAL';
  if (value === '') return 'x';
  const at = random.below(value.length);
  const letter = value[at]!;
  const others = [...new Set(`${value}.wrx`)].filter(other => other !== letter && /[.a-z]/.test(other));
  return value.slice(0, at) + random.pick(others) + value.slice(at + 1);
}

/** Another symbol of the class, one of the same step if there is one: a renaming alone would mean the same. */
function otherSymbol(value: string, name: string, step: TranscriptStep, random: SeededRandom): string {
  const seen = new Set<string>();
  for (const [text] of JSON.stringify(step).matchAll(/"(?:ino|mnt-dev|dev|rdev|am|ttm|f)\d+"/g)) {
    const symbol = text.slice(1, -1);
    if (symbolClass(symbol) === name && symbol !== value) seen.add(symbol);
  }
  if (seen.size > 0) return random.pick([...seen]);
  const number = Number(value.slice(name.length));
  return `${name}${number === 1 ? 2 : 1}`;
}
