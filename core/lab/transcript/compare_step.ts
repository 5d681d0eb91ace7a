/**
 * Does an answer of the model equal a recorded one? Symbols match by bijection, `*` stands for anything, `[N]` for a number.
 */
import type { Json } from '../../session/input.ts';
import { type SymbolTable, symbolClass } from './symbols.ts';
import type { KernelCall, TranscriptStep } from './transcript_file.ts';

/** What the model answered to one step. */
export interface ModelStep {
  readonly ret: Json;
  readonly vmas?: Json;
  readonly pte?: string;
  readonly perm?: string;
  readonly event?: string;
  /** Traced functions, or null while tracing is off. */
  readonly kernel: readonly KernelCall[] | null;
  /** Identities of objects that ceased to exist during the step. */
  readonly freed: readonly string[];
}

/** A field that differs: where, and both sides. */
export interface Difference {
  readonly step: number;
  readonly task: string;
  readonly call: string;
  /** Path of the field, `ret.minorFaults`. */
  readonly field: string;
  readonly recorded: Json;
  readonly model: Json;
  /** What went wrong in the model, when it did not answer at all. */
  readonly says?: string;
}

/** The fields of a step that are compared, in this order. */
const COMPARED = ['ret', 'vmas', 'pte', 'perm', 'event'] as const;

/**
 * Compare one step.
 *
 * @param modelled traced functions that the model has a counterpart of; others are left out on the recorded side
 * @param frameMayMove a frame name may stand for another frame now: the old one was freed
 * @returns path and both sides of the first field that differs, or null
 */
export function compareStep(
  recorded: TranscriptStep,
  model: ModelStep,
  symbols: SymbolTable,
  modelled: (fn: string) => boolean,
  frameMayMove: boolean,
): { field: string; recorded: Json; model: Json } | null {
  const match = new Matcher(symbols, frameMayMove);
  for (const field of COMPARED) {
    if (recorded[field] === undefined && field !== 'ret') continue;
    const found = match.first(recorded[field] ?? null, model[field] ?? null, field);
    if (found) return found;
  }
  if (model.kernel !== null) {
    const wanted = (recorded.kernel ?? []).filter(call => modelled(call.fn));
    return match.first(wanted as unknown as Json, model.kernel as unknown as Json, 'kernel');
  }
  return null;
}

class Matcher {
  constructor(
    private readonly symbols: SymbolTable,
    private readonly frameMayMove: boolean,
  ) {}

  /** The first place where the two differ. */
  first(recorded: Json, model: Json, path: string): { field: string; recorded: Json; model: Json } | null {
    if (Array.isArray(recorded) && Array.isArray(model)) {
      const length = Math.max(recorded.length, model.length);
      for (let i = 0; i < length; i++) {
        if (i >= recorded.length || i >= model.length) {
          return {
            field: `${path}[${i}]`,
            recorded: recorded[i] ?? 'no such entry',
            model: model[i] ?? 'no such entry',
          };
        }
        const found = this.first(recorded[i]!, model[i]!, `${path}[${i}]`);
        if (found) return found;
      }
      return null;
    }
    if (isRecord(recorded) && isRecord(model)) {
      for (const key of new Set([...Object.keys(recorded), ...Object.keys(model)])) {
        const a = recorded[key];
        const b = model[key];
        if (a === undefined || b === undefined) {
          if (a === b) continue;
          return { field: `${path}.${key}`, recorded: a ?? 'absent', model: b ?? 'absent' };
        }
        const found = this.first(a, b, `${path}.${key}`);
        if (found) return found;
      }
      return null;
    }
    return this.scalar(recorded, model) ? null : { field: path, recorded, model };
  }

  private scalar(recorded: Json, model: Json): boolean {
    if (typeof recorded !== 'string') return recorded === model;
    if (recorded === '*') return true;
    const symbol = symbolClass(recorded);
    if (symbol && typeof model === 'string' && !symbolLiteral(model)) {
      return this.symbols.matches(recorded, model, symbol === 'f' && this.frameMayMove);
    }
    if (typeof model === 'string' && recorded.includes('[N]'))
      return recorded === model.replace(/\[\d+\]/, '[N]');
    return recorded === model;
  }
}

/** Answers that stand for themselves even where a symbol could stand: no page frame, the zero page, an error name. */
function symbolLiteral(text: string): boolean {
  return text === 'zero' || /^E[A-Z0-9]+$/.test(text);
}

function isRecord(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
