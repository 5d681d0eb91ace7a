/**
 * Execbuffer: a list of objects, the last one a batch of commands; bring all where the GPU reads them, write their addresses into
 * the batch, hand it to the ring.
 *
 * Models     i915_gem_do_execbuffer, drivers/gpu/drm/i915/gem/i915_gem_execbuffer.c (Linux 6.18; see dossier 6.10)
 * Units      bytes inside objects, GART byte addresses
 * Order      checks of arguments; reservations; validation and binding, which evict what is not in the list;
 *            relocations; submission. Presumed offsets are answered after success only
 * Residue    a call refused after the checks has run nothing, but objects of the list may have moved and others been evicted
 * Left out   fences as files, several engines, secure batches, cliprects
 */
import { KernelError } from '../../base/errno.ts';
import { type Bytes, type Nanoseconds, PAGE_SIZE, type Pages } from '../../base/units.ts';
import { WouldBlock } from '../../base/would_block.ts';
import { copyTimeNs } from '../../hw/machine_description.ts';
import { REGION_VRAM } from '../../hw/region.ts';
import { batchStart } from '../../hw/ring/commands.ts';
import { RELOCATION } from '../../trace/events/engine.ts';
import { type LabGpu, labGpuOf } from '../drivers/lab_gpu_state.ts';
import type { DrmFile } from '../drm_file.ts';
import { reserveBo, type TtmBo, unreserveBo } from '../ttm/ttm_bo.ts';
import { isCompatible, validateBo } from '../ttm/ttm_bo_validate.ts';
import type { OperationContext } from '../ttm/ttm_device.ts';
import type { EngineRequest } from './engine_request.ts';
import { waitForRing } from './ring_busy.ts';
import type { ListedObject } from './ring_engine.ts';

const OP = 'gpu.execbuffer';

/** An address to be written into an object: that of the target, plus `delta`. */
export interface Relocation {
  /** Byte of the object; a multiple of 4. */
  readonly offset: Bytes;
  readonly target: TtmBo;
  readonly delta: number;
  /** Address of the target for which the object holds the right value already; null: unknown. */
  readonly presumed: number | null;
}

export interface ExecObject extends ListedObject {
  readonly relocations: readonly Relocation[];
}

export interface ExecBuffer {
  /** The last one is the batch. */
  readonly objects: readonly ExecObject[];
  /** First byte and length of the commands in the batch; multiples of 8, length 0 for all of it. */
  readonly start: Bytes;
  readonly length: Bytes;
  /** How long it runs; null: as the sizes of what it writes say. */
  readonly duration: Nanoseconds | null;
}

export interface Executed {
  readonly request: EngineRequest;
  /** Objects that were moved. */
  readonly moved: number;
  /** Relocations that had to be written. */
  readonly patched: number;
}

/**
 * @throws KernelError EINVAL arguments; ENOENT a relocation to an object that is not in the list; ENOSPC the list does not fit; EIO the
 *         engine is wedged or the file banned
 * @throws WouldBlock ring, memory or entries come back with the end of work in flight
 */
export function execbuffer(file: DrmFile, exec: ExecBuffer): Executed {
  const state = labGpuOf(file.device);
  const engine = state.engine!;
  checkArguments(exec);
  engine.checkClient(file.clientId, OP);
  const batch = exec.objects[exec.objects.length - 1]!.bo;
  const commands = 2;
  engine.reserve(commands, OP);
  const ctx = file.device.ttm!.newContext();
  for (const { bo } of exec.objects) reserveBo(bo, ctx.ticket);
  try {
    const moved = placeList(state, exec.objects, ctx);
    let patched = 0;
    for (const object of exec.objects) patched += relocate(object);
    const duration = exec.duration ?? estimate(state, exec.objects);
    const address = batch.gart!.start * PAGE_SIZE + exec.start;
    const request = engine.submit(batchStart(address), exec.objects, duration, file.clientId);
    return { request, moved, patched };
  } finally {
    for (const { bo } of exec.objects) unreserveBo(bo);
  }
}

function checkArguments({ objects, start, length, duration }: ExecBuffer): void {
  const refuse = (why: string): never => {
    throw new KernelError('EINVAL', OP, why);
  };
  if (objects.length < 1) refuse('The list of objects is empty.');
  const batch = objects[objects.length - 1]!.bo;
  if (start % 8 !== 0 || length % 8 !== 0)
    refuse(`Start ${start} and length ${length} are not multiples of 8.`);
  if (start < 0 || length < 0 || start + length > batch.sizeBytes || start >= batch.sizeBytes)
    refuse(`${length} bytes from ${start} do not lie in the batch of ${batch.sizeBytes} bytes.`);
  if (duration !== null && !(Number.isInteger(duration) && duration >= 0))
    refuse(`A batch cannot take ${duration} ns.`);
  const listed = new Set<TtmBo>();
  for (const { bo } of objects) {
    if (listed.has(bo)) refuse(`Object ${bo.id} is in the list twice.`);
    listed.add(bo);
  }
  for (const { bo, relocations } of objects) {
    for (const { offset, target } of relocations) {
      if (offset % 4 !== 0 || offset < 0 || offset > bo.sizeBytes - 4)
        refuse(`A relocation at byte ${offset} does not lie in object ${bo.id} (${bo.sizeBytes} bytes).`);
      if (!listed.has(target))
        throw new KernelError('ENOENT', OP, `The target ${target.id} of a relocation is not in the list.`);
    }
  }
}

/**
 * Every object where its domain says, with entries in the GART. What is not in the list gives way; what is, does not.
 *
 * @returns number of objects that moved
 */
function placeList(state: LabGpu, objects: readonly ExecObject[], ctx: OperationContext): number {
  const keep = new Set(objects.map(({ bo }) => bo));
  let moved = 0;
  for (const { bo } of objects) {
    const before = bo.resource;
    if (before !== null && isCompatible(before, bo.placement, false)) continue;
    waitForRing(bo, OP);
    try {
      validateBo(bo, bo.placement, ctx);
    } catch (refusal) {
      if (!(refusal instanceof KernelError) || refusal.errno !== 'ENOMEM') throw refusal;
      const pages: Pages = objects.reduce((sum, { bo: { nrPages } }) => sum + nrPages, 0);
      throw new KernelError(
        'ENOSPC',
        OP,
        `The ${objects.length} objects of the list (${pages} pages) do not fit: ${refusal.detail}`,
      );
    }
    if (bo.resource !== before) moved++;
  }
  for (const { bo } of objects) {
    if (state.gart.bind(bo, keep)) continue;
    const idle = state.gart.nextIdle(keep);
    if (idle !== null) throw new WouldBlock(idle, OP);
    throw new KernelError(
      'ENOSPC',
      OP,
      `The GART (${state.gart.nrEntries} entries) has no room for the ${bo.nrPages} pages of object ${bo.id}.`,
    );
  }
  return moved;
}

/** Write the addresses that are not what the caller presumed. @returns how many were written */
function relocate({ bo, relocations }: ExecObject): number {
  const { trace, core } = bo.device;
  let patched = 0;
  for (const { offset, target, delta, presumed } of relocations) {
    const address = target.gart!.start * PAGE_SIZE;
    if (address === presumed) continue;
    // A request in flight may still read the old address.
    waitForRing(bo, OP);
    const page = Math.floor(offset / PAGE_SIZE);
    core.plane.storeWords(bo.pfnOfPage(page), offset % PAGE_SIZE, [(address + delta) >>> 0]);
    trace.emit(RELOCATION, bo.id, offset, target.id, address, presumed === null ? 0 : 1);
    patched++;
  }
  return patched;
}

/** As long as writing everything it may write takes. */
function estimate({ device }: LabGpu, objects: readonly ExecObject[]): Nanoseconds {
  const written = objects.reduce((sum, { bo, write }) => sum + (write ? bo.nrPages : 0), 0);
  return copyTimeNs(device.core.machine, REGION_VRAM, REGION_VRAM, written);
}
