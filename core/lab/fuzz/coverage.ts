/**
 * What random histories reached: errnos of answers, reasons of faults, reasons of the eviction walk, calls.
 */
import type { Errno } from '../../base/errno.ts';
import { ERRNO } from '../../base/errno.ts';
import { invariant } from '../../base/invariant.ts';
import { VM_FAULT_REASONS } from '../../mm/vm_fault.ts';
import { callNames } from '../../session/call_table.ts';
import type { Json } from '../../session/input.ts';
import { EVICT_CANDIDATE, EVICT_REASONS } from '../../trace/events/drm.ts';
import { PAGE_FAULT_USER } from '../../trace/events/mm.ts';
import type { TraceBuffer } from '../../trace/trace_buffer.ts';

/** How often everything must have been seen in a whole run. */
export const COVERAGE_GOAL = 20;

/** Counts by word; plain data for output. */
export interface CoverageReport {
  readonly errnos: Readonly<Record<string, number>>;
  readonly faultReasons: Readonly<Record<string, number>>;
  readonly skipReasons: Readonly<Record<string, number>>;
  readonly calls: Readonly<Record<string, { readonly ok: number; readonly refused: number }>>;
  /** Calls of the table that no history made. */
  readonly neverCalled: readonly string[];
  /** Words that were to be reached COVERAGE_GOAL times and were not. */
  readonly missed: readonly string[];
}

/** Words that no history can reach on these machines, with the reason. */
export const UNREACHABLE: Readonly<Record<string, string>> = {
  DONE: 'a handler answers it to the core, which maps the page and reports NOPAGE',
  FALLBACK:
    'a handler of huge entries answers it; the core then asks for a small entry and reports what came of that',
};

export class Coverage {
  private readonly errnos = new Map<Errno, number>();
  private readonly calls = new Map<string, { ok: number; refused: number }>();
  private readonly faultReasons: number[] = VM_FAULT_REASONS.map(() => 0);
  private readonly skipReasons: number[] = EVICT_REASONS.map(() => 0);
  private nextEvent = 0;

  /** @param wanted errnos that the run is to reach */
  constructor(private readonly wanted: readonly Errno[]) {}

  /** Count an answer. @returns the errno's name when the call was refused */
  addAnswer(call: string, ret: Json): Errno | null {
    const refused = typeof ret === 'string' && ret in ERRNO ? (ret as Errno) : null;
    const counts = this.calls.get(call) ?? { ok: 0, refused: 0 };
    if (refused) counts.refused++;
    else counts.ok++;
    this.calls.set(call, counts);
    if (refused) this.errnos.set(refused, (this.errnos.get(refused) ?? 0) + 1);
    return refused;
  }

  /** Count the events emitted since the last call; it must come before the buffer drops any of them. */
  readEvents(trace: TraceBuffer): void {
    invariant(
      trace.firstIndex <= this.nextEvent,
      () => `${trace.firstIndex - this.nextEvent} events were dropped before they were counted.`,
    );
    for (let i = this.nextEvent; i < trace.count; i++) {
      const typeId = trace.typeIdAt(i);
      if (typeId === PAGE_FAULT_USER.id) this.faultReasons[trace.argAt(i, 3)]!++;
      else if (typeId === EVICT_CANDIDATE.id) this.skipReasons[trace.argAt(i, 2)]!++;
    }
    this.nextEvent = trace.count;
  }

  /** A new history begins with a new trace. */
  restartEvents(): void {
    this.nextEvent = 0;
  }

  report(): CoverageReport {
    const faultReasons = table(VM_FAULT_REASONS, this.faultReasons);
    const skipReasons = table(EVICT_REASONS, this.skipReasons);
    const errnos = Object.fromEntries(
      [...new Set([...this.wanted, ...this.errnos.keys()])]
        .sort(byText)
        .map(name => [name, this.errnos.get(name) ?? 0]),
    );
    const calls = Object.fromEntries([...this.calls].sort(([a], [b]) => byText(a, b)));
    const seen: Record<string, number> = { ...errnos, ...faultReasons, ...skipReasons };
    const missed = [...this.wanted, ...VM_FAULT_REASONS, ...EVICT_REASONS].filter(
      word => !(word in UNREACHABLE) && seen[word]! < COVERAGE_GOAL,
    );
    const neverCalled = callNames().filter(name => !this.calls.has(name));
    return { errnos, faultReasons, skipReasons, calls, neverCalled, missed };
  }
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function table(words: readonly string[], counts: readonly number[]): Record<string, number> {
  return Object.fromEntries(words.map((word, i) => [word, counts[i]!]));
}
