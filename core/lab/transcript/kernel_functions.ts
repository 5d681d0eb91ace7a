/**
 * Traced kernel functions of the transcripts and the tracepoints of the model that stand for them.
 *
 * Units      `begin` and `len` are bytes in the address space
 */
import { PAGE_SIZE } from '../../base/units.ts';
import type { Json } from '../../session/input.ts';
import { type EventType, eventTypeByName } from '../../trace/event.ts';
import { DRM_VBLANK_EVENT_DELIVERED, GEM_OBJECT_FREE } from '../../trace/events/drm.ts';
import type { TraceBuffer } from '../../trace/trace_buffer.ts';
import type { KernelCall } from './transcript_file.ts';

/** Fields of an entry from the arguments of its event, by field name. */
type Describe = (field: (name: string) => number) => { readonly [field: string]: Json };

const bo: Describe = field => ({ bo: `ttm:${field('objectId')}` });
const nothing: Describe = () => ({});
const range: Describe = field => ({
  mapping: `am:${field('mappingId')}`,
  begin: field('firstPage') * PAGE_SIZE,
  len: field('lenPages') * PAGE_SIZE,
  even_cows: field('evenCows'),
});

/** Function name to the event that is emitted where it is entered. */
const FUNCTIONS: { readonly [fn: string]: { readonly event: string; readonly describe: Describe } } = {
  unmap_mapping_range: { event: 'lab_mm:unmap_mapping_range', describe: range },
  unmap_mapping_pages: { event: 'lab_mm:unmap_mapping_pages', describe: range },
  vmf_insert_pfn_prot: { event: 'lab_mm:vmf_insert_pfn_prot', describe: nothing },
  ttm_bo_unmap_virtual: { event: 'lab_ttm:bo_unmap_virtual', describe: bo },
  ttm_bo_move_memcpy: { event: 'lab_ttm:bo_move_memcpy', describe: bo },
  ttm_bo_vm_fault_reserved: { event: 'lab_ttm:bo_vm_fault_reserved', describe: nothing },
  ttm_bo_vm_open: { event: 'lab_ttm:bo_vm_open', describe: nothing },
  ttm_bo_vm_close: { event: 'lab_ttm:bo_vm_close', describe: nothing },
  ttm_bo_vm_dummy_page: { event: 'lab_ttm:bo_vm_dummy_page', describe: nothing },
  drm_gem_vm_open: { event: 'lab_drm:gem_vm_open', describe: nothing },
  drm_gem_vm_close: { event: 'lab_drm:gem_vm_close', describe: nothing },
  drm_gem_shmem_vm_open: { event: 'lab_drm:gem_shmem_vm_open', describe: nothing },
  drm_gem_shmem_vm_close: { event: 'lab_drm:gem_shmem_vm_close', describe: nothing },
  drm_dev_unplug: { event: 'lab_drm:dev_unplug', describe: nothing },
  dev_dax_huge_fault: { event: 'lab_dax:huge_fault', describe: nothing },
  kill_dev_dax: { event: 'lab_dax:kill_dev_dax', describe: nothing },
};

/** The event that stands for a traced function, or undefined when the model has no counterpart. */
export function eventOfFunction(fn: string): EventType | undefined {
  const known = FUNCTIONS[fn];
  return known && eventTypeByName(known.event);
}

/**
 * What a kprobe on these functions would have seen between two events of the trace, repeats folded.
 *
 * @param nameOfTask the name of a pid, `-` for a task that is gone
 */
export function kernelCalls(
  trace: TraceBuffer,
  firstEvent: number,
  endEvent: number,
  traced: ReadonlySet<string>,
  nameOfTask: (pid: number) => string,
): KernelCall[] {
  const byType = new Map<number, { fn: string; type: EventType; describe: Describe }>();
  for (const fn of traced) {
    const type = eventOfFunction(fn);
    if (type) byType.set(type.id, { fn, type, describe: FUNCTIONS[fn]!.describe });
  }
  const calls: KernelCall[] = [];
  let last = '';
  for (let index = firstEvent; index < endEvent; index++) {
    const event = trace.at(index);
    const known = byType.get(event.typeId);
    if (!known) continue;
    const field = (name: string) => event.args[known.type.fields.indexOf(name)]!;
    const call: KernelCall = { fn: known.fn, by: nameOfTask(event.task), ...known.describe(field) };
    const text = JSON.stringify(call);
    if (text === last) {
      const previous = calls.pop()!;
      calls.push({ ...previous, times: (previous.times ?? 1) + 1 });
    } else {
      calls.push(call);
    }
    last = text;
  }
  return calls;
}

/** Identities of objects that ceased to exist between two events; their symbols may stand for new objects. */
export function freedIdentities(trace: TraceBuffer, firstEvent: number, endEvent: number): string[] {
  const freed: string[] = [];
  for (let index = firstEvent; index < endEvent; index++) {
    const event = trace.at(index);
    if (event.typeId === GEM_OBJECT_FREE.id) freed.push(`ttm:${event.args[0]}`);
  }
  return freed;
}

/** The event that a step delivered to its caller, as recordings name it, or undefined. */
export function deliveredEvent(trace: TraceBuffer, firstEvent: number, endEvent: number): string | undefined {
  for (let index = firstEvent; index < endEvent; index++) {
    if (trace.at(index).typeId === DRM_VBLANK_EVENT_DELIVERED.id) return 'flipComplete';
  }
  return undefined;
}
