/** What went wrong on rings during a run, as sentences with exact addresses. */
import type { Kernel } from '../kernel/kernel.ts';
import { eventTypeByName } from '../trace/event.ts';
import { ENGINE_STOP, GPU_FAULT, VRAM_LOST } from '../trace/events/engine.ts';

const hex = (value: number) => `0x${value.toString(16).padStart(8, '0')}`;

/** The word of an argument that is an index. */
function wordOf(event: string, field: string, index: number): string {
  return eventTypeByName(event)?.words[field]?.[index] ?? `${index}`;
}

/** @returns one sentence per fault, stop and loss, in the order in which they came */
export function engineReports({ trace }: Kernel): string[] {
  const says: string[] = [];
  trace.forEachOf([GPU_FAULT, ENGINE_STOP, VRAM_LOST], ({ typeId, args }) => {
    const [engine = 0, seqno = 0, address = 0, what = 0, more = 0] = args;
    if (typeId === GPU_FAULT.id) {
      const access = wordOf(GPU_FAULT.name, 'access', what);
      const cause = wordOf(GPU_FAULT.name, 'cause', more);
      says.push(`Engine ${engine}, request ${seqno}: ${access} fault at ${hex(address)}: ${cause}.`);
    } else if (typeId === ENGINE_STOP.id) {
      const status = wordOf(ENGINE_STOP.name, 'status', what);
      says.push(`Engine ${engine}, request ${seqno}: stopped at ${hex(address)} (${status}); it was reset.`);
    } else says.push(`Device ${engine} lost the contents of VRAM (generation ${seqno}).`);
  });
  return says;
}
