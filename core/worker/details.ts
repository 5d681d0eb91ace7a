/** What the inspector adds for a selection: facts from the kernel, and the newest events that concern it. */
import { domainWords } from '../drm/drivers/i915_2008/i915_object.ts';
import { objectPages, type TtmBo } from '../drm/ttm/ttm_bo.ts';
import { hashText } from '../hw/content_hash.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { shmemPagesOfFile } from '../mm/shmem_setup.ts';
import type { Selection, SelectionDetails } from '../public/view_types.ts';
import { objectOfId } from '../session/object_places.ts';
import { allEventTypes, EVENT_ARGS } from '../trace/event.ts';
import { RESV_ADD_FENCE } from '../trace/events/dma_buf.ts';
import { BO_MOVE } from '../trace/events/drm.ts';
import { CHUNK_EVENTS, type TraceBuffer, type TraceChunk, type TraceEvent } from '../trace/trace_buffer.ts';
import { i915ObjectOfId } from '../views/i915_views.ts';
import { moveText } from './move_reasons.ts';

/** Lines of history, and rows looked at for them. */
const MOST_HISTORY = 14;
const MOST_LOOKED_AT = 100_000;
/** Older moves that are shown behind the lines of history. */
const MOST_MOVES = 8;

/** Classes of fences, by USAGE_*. */
const USAGE_WORDS = ['move', 'write', 'read', 'bookkeep'] as const;

type Facts = { label: string; value: string; source?: 'model' }[];

function objectFacts(kernel: Kernel, id: number): Facts {
  const bo = objectOfId(kernel, id);
  if (!bo) return i915Facts(kernel, id);
  const pages = objectPages(bo);
  return [
    { label: 'References', value: `${bo.refcount}, ${bo.handleCount} from handles` },
    { label: 'mmap offset', value: `0x${bo.mmapOffset.toString(16)}` },
    ...(bo.name > 0 ? [{ label: 'Name', value: `flink ${bo.name}` }] : []),
    ...(bo.pinCount > 0
      ? [{ label: 'Pins', value: `${bo.pinCount}${bo.pinnedFor ? `, ${bo.pinnedFor}` : ''}` }]
      : []),
    { label: 'Fences', value: fencesOf(bo, kernel.trace.now) },
    { label: 'Shared as', value: bo.dmaBuf ? `dma-buf inode ${bo.dmaBuf.ino}` : 'not exported' },
    {
      label: 'Contents',
      value: pages ? hashText(...kernel.queue.contents.hashOf(pages)) : 'no page exists yet',
      ...(pages && { source: 'model' as const }),
    },
  ];
}

function i915Facts(kernel: Kernel, id: number): Facts {
  const object = i915ObjectOfId(kernel, id);
  if (!object) return [];
  const pages = object.file && shmemPagesOfFile(object.file);
  return [
    { label: 'References', value: `${object.refcount}, ${object.handleCount} from handles` },
    { label: 'Read domains', value: domainWords(object.readDomains) },
    { label: 'Write domain', value: domainWords(object.writeDomain) },
    { label: 'List', value: object.list },
    ...(object.pinCount > 0 ? [{ label: 'Pins', value: `${object.pinCount}, ${object.pinnedFor}` }] : []),
    ...(pages
      ? [{ label: 'Backing', value: `${pages.nrPages} pages in memory, ${pages.nrSwapped} in swap` }]
      : []),
  ];
}

/** Fences that have not signalled, by what they mean. */
function fencesOf(bo: TtmBo, now: number): string {
  const pending = bo.resv.list().filter(({ fence }) => !fence.signalled);
  if (pending.length === 0) return 'all signalled';
  return pending
    .map(({ fence, usage }) => {
      const due = `${(Math.max(0, fence.signalAt - now) / 1e6).toFixed(3)} ms left`;
      return `${USAGE_WORDS[usage]} ${fence.context.id}:${fence.seqno}, ${due}`;
    })
    .join('; ');
}

/**
 * The newest events of a selection, newest first.
 *
 * @param concerns true for an event of it; called for very many
 * @param textOf   the line of an event, or null for the usual one
 * @param counts   the type of events that are shown although MOST_HISTORY newer ones are; the last thing that happened is not the most
 *                 important
 */
function historyOf(
  trace: TraceBuffer,
  concerns: (chunk: TraceChunk, row: number) => boolean,
  textOf: (event: TraceEvent) => string | null = () => null,
  counts = -1,
): SelectionDetails['history'] {
  const types = allEventTypes();
  const lines: { time: number; text: string; eventIndex: number }[] = [];
  let burst = { text: '', count: 0 };
  const chunks = trace.columns();
  const last = Math.max(trace.firstIndex, trace.count - MOST_LOOKED_AT);
  for (let index = trace.count - 1; index >= last && lines.length < MOST_HISTORY + MOST_MOVES; index--) {
    const position = index - trace.firstIndex;
    const row = position % CHUNK_EVENTS;
    const chunk = chunks[(position - row) / CHUNK_EVENTS]!;
    if (!concerns(chunk, row) || (lines.length >= MOST_HISTORY && chunk.type[row] !== counts)) continue;
    const event = trace.at(index);
    const type = types[event.typeId]!;
    const words = type.fields
      .map((field, i) =>
        type.words[field] ? `${field} ${type.words[field]?.[event.args[i]!] ?? event.args[i]}` : '',
      )
      .filter(Boolean)
      .join(', ');
    const verb = type.name.slice(type.name.indexOf(':') + 1);
    const text = textOf(event) ?? (words ? `${verb}: ${words}` : verb);
    // A burst of equal events is one line with its number.
    if (text === burst.text && lines.length > 0) {
      burst.count++;
      lines[lines.length - 1] = { ...lines.at(-1)!, text: `${text} × ${burst.count}` };
      continue;
    }
    burst = { text, count: 1 };
    lines.push({ time: event.time, text, eventIndex: index });
  }
  return lines;
}

/** Details of a selection as the kernel is now. */
export function selectionDetails(kernel: Kernel, selection: Selection): SelectionDetails {
  const { trace } = kernel;
  const types = allEventTypes();
  const nameOf = (id: number) => objectOfId(kernel, id)?.label || `bo/${id}`;
  const concerns = (field: string, id: number) => {
    // Fences come and go with every use; those that count are among the facts.
    const columns = types.map(type => (type === RESV_ADD_FENCE ? -1 : type.fields.indexOf(field)));
    return ({ type, args }: TraceChunk, row: number) => {
      const column = columns[type[row]!]!;
      return column >= 0 && args[row * EVENT_ARGS + column] === id;
    };
  };
  switch (selection.kind) {
    case 'object':
      return {
        selection,
        facts: objectFacts(kernel, selection.id),
        history: historyOf(
          trace,
          concerns('objectId', selection.id),
          event => (event.typeId === BO_MOVE.id ? moveText(trace, event.index, nameOf) : null),
          BO_MOVE.id,
        ),
      };
    case 'task':
      return {
        selection,
        facts: [],
        history: historyOf(trace, ({ task }, row) => task[row] === selection.pid),
      };
    case 'vma':
      return { selection, facts: [], history: historyOf(trace, concerns('vmaId', selection.id)) };
    case 'event':
      return { selection, facts: [], history: [] };
  }
}
