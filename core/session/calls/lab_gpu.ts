/**
 * Calls on lab_gpu: objects with a domain, jobs, waits; and the knob of the machine: how much VRAM may be used.
 *
 * Units      bytes for sizes, pages for ranges inside objects, virtual nanoseconds for durations
 */
import { KernelError } from '../../base/errno.ts';
import { pagesUp } from '../../base/units.ts';
import { WouldBlock } from '../../base/would_block.ts';
import { USAGE_BOOKKEEP } from '../../dma_buf/dma_resv.ts';
import {
  createLabObject,
  LAB_DOMAINS,
  LAB_GPU_DRIVER,
  type LabDomain,
  pinLabObject,
  setVramBudget,
  unpinLabObject,
} from '../../drm/drivers/lab_gpu.ts';
import { type LabFill, pendingJob, submitJob } from '../../drm/drivers/lab_gpu_job.ts';
import type { DrmDevice } from '../../drm/drm_device.ts';
import type { DrmFile } from '../../drm/drm_file.ts';
import { handleForNew, lookupHandle } from '../../drm/gem_handle.ts';
import type { TtmBo } from '../../drm/ttm/ttm_bo.ts';
import { evictResource } from '../../drm/ttm/ttm_evict.ts';
import { PL_SYSTEM, PLACEMENT_NAMES } from '../../drm/ttm/ttm_placement.ts';
import { MAX_BO_PRIORITY } from '../../drm/ttm/ttm_resource_manager.ts';
import { swapOutOne } from '../../drm/ttm/ttm_swap.ts';
import { type CallArgs, type CallContext, numberArg, registerCalls, textArg } from '../call_table.ts';
import type { Json } from '../input.ts';
import { BadArgument } from './arguments.ts';
import { ioctl, nameBo, objectArg } from './drm.ts';

/** The gate of lab_gpu's own calls. */
export function gpuCall<T extends Json>(
  context: CallContext,
  args: CallArgs,
  op: string,
  body: (file: DrmFile) => T,
): T {
  return ioctl(context, args, op, {}, file => {
    if (file.device.driver !== LAB_GPU_DRIVER) {
      throw new KernelError('EINVAL', op, `The driver ${file.device.driver.name} has no such call.`);
    }
    return body(file);
  });
}

/** The object of the argument `bo` or `handle`. */
function boArg(context: CallContext, args: CallArgs, file: DrmFile, op: string): TtmBo {
  return objectArg(context, args, file, op) as TtmBo;
}

/** An object by the name of a buffer or by handle. */
export function listedBo({ names }: CallContext, file: DrmFile, value: Json): TtmBo {
  const thing = typeof value === 'string' ? names.get(value) : undefined;
  const handle = typeof value === 'number' ? value : thing?.kind === 'bo' ? thing.handle : 0;
  return lookupHandle(file, handle, 'gpu.submit') as TtmBo;
}

function arrayArg(args: CallArgs, name: string): readonly Json[] {
  const value = args[name] ?? [];
  if (!Array.isArray(value))
    throw new BadArgument(`${name} must be a list (it is ${JSON.stringify(value)}).`);
  return value as readonly Json[];
}

function fillArg(context: CallContext, file: DrmFile, value: Json): LabFill {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new BadArgument(`A fill is {bo, first?, count?, value | seed}; it is ${JSON.stringify(value)}.`);
  }
  const fill = value as CallArgs;
  const bo = listedBo(context, file, fill.bo ?? null);
  const first = numberArg(fill, 'first', 0);
  const count = numberArg(fill, 'count', bo.nrPages - first);
  const what =
    fill.seed === undefined ? { value: numberArg(fill, 'value') } : { seed: numberArg(fill, 'seed') };
  return { bo, first, count, fill: what };
}

function domainArg(args: CallArgs): LabDomain {
  const text = textArg(args, 'domain', 'system');
  const domain = LAB_DOMAINS.find(known => known === text);
  if (!domain)
    throw new KernelError(
      'EINVAL',
      'gpu.create',
      `There is no domain ${text}; there are ${LAB_DOMAINS.join(', ')}.`,
    );
  return domain;
}

/** A lab_gpu of the machine: `dev`, or the first one. */
export function labDevice({ kernel }: CallContext, args: CallArgs): DrmDevice {
  for (const [name, { device }] of kernel.devices) {
    const drm = device as DrmDevice;
    if (args.dev === undefined ? drm.driver === LAB_GPU_DRIVER : args.dev === name) return drm;
  }
  throw new BadArgument(
    `The machine has no device ${args.dev === undefined ? 'of lab_gpu' : String(args.dev)}.`,
  );
}

registerCalls({
  /** {fd, size, domain?: vram, tt, system, name?, visible?, priority?}: an object of zeros with a handle. */
  'gpu.create': (context, args) =>
    gpuCall(context, args, 'gpu.create', file => {
      const size = numberArg(args, 'size');
      const priority = numberArg(args, 'priority', 0);
      if (!(size > 0) || pagesUp(size) > 2 ** 26) {
        throw new KernelError('EINVAL', 'gpu.create', `An object of ${size} bytes cannot be.`);
      }
      if (!Number.isInteger(priority) || priority < 0 || priority >= MAX_BO_PRIORITY) {
        throw new KernelError(
          'EINVAL',
          'gpu.create',
          `The priority is 0 to ${MAX_BO_PRIORITY - 1} (asked: ${priority}).`,
        );
      }
      const name = textArg(args, 'name', context.as ?? '');
      const visible = args.visible === true;
      const object = createLabObject(file.device, pagesUp(size), {
        domain: domainArg(args),
        name,
        visible,
        priority,
      });
      const handle = handleForNew(file, object);
      nameBo(context, handle, object);
      return { handle, size: object.sizeBytes, offset: object.mmapOffset };
    }),

  /**
   * {fd, list: [bo], fills?: [{bo, first?, count?, value | seed}], durationNs?}: a job; its objects are validated, bound and
   * written. `as` names it for gpu.wait.
   */
  'gpu.submit': (context, args) =>
    gpuCall(context, args, 'gpu.submit', file => {
      const list = arrayArg(args, 'list').map(value => listedBo(context, file, value));
      const fills = arrayArg(args, 'fills').map(value => fillArg(context, file, value));
      const duration = args.durationNs === undefined ? null : numberArg(args, 'durationNs');
      if (duration !== null && !(Number.isInteger(duration) && duration >= 0)) {
        throw new KernelError('EINVAL', 'gpu.submit', `A job cannot take ${duration} ns.`);
      }
      const job = submitJob(file.device, list, fills, duration);
      if (context.as !== undefined) context.names.set(context.as, { kind: 'value', value: job.id });
      return { job: job.id, moved: job.moved };
    }),

  /** {fd, job | bo}: until the job, or all work on the object, is over. */
  'gpu.wait': (context, args) =>
    gpuCall(context, args, 'gpu.wait', file => {
      let fence: object | null;
      if (args.job !== undefined) {
        const named = typeof args.job === 'string' ? context.names.get(args.job) : undefined;
        fence = pendingJob(file.device, named?.kind === 'value' ? named.value : Number(args.job));
      } else fence = boArg(context, args, file, 'gpu.wait').resv.lastUnsignaled(USAGE_BOOKKEEP);
      if (fence !== null) throw new WouldBlock(fence, 'gpu.wait');
      return 0;
    }),

  /** {fd}: until nothing is in flight. */
  'gpu.idle': (context, args) =>
    gpuCall(context, args, 'gpu.idle', () => {
      const pending = context.kernel.fences.list();
      const last = pending[pending.length - 1];
      if (last) throw new WouldBlock(last, 'gpu.idle');
      return 0;
    }),

  /** {fd, bo, why?}: into VRAM, where the CPU sees it, and kept there. */
  'gpu.pin': (context, args) =>
    gpuCall(context, args, 'gpu.pin', file => {
      const bo = boArg(context, args, file, 'gpu.pin');
      pinLabObject(bo, textArg(args, 'why', 'pinned by a task'));
      bo.taskPins++;
      return 0;
    }),

  /** {fd, bo}: one pin of a task less. EBUSY when only the kernel keeps it; EINVAL when nobody does. */
  'gpu.unpin': (context, args) =>
    gpuCall(context, args, 'gpu.unpin', file => {
      const bo = boArg(context, args, file, 'gpu.unpin');
      if (bo.pinCount === 0) throw new KernelError('EINVAL', 'gpu.unpin', `Object ${bo.id} is not pinned.`);
      if (bo.taskPins === 0) {
        throw new KernelError(
          'EBUSY',
          'gpu.unpin',
          `Object ${bo.id} is pinned by the kernel (${bo.pinnedFor}).`,
        );
      }
      bo.taskPins--;
      unpinLabObject(bo);
      return 0;
    }),

  /** {fd, bo}: where it lies. */
  'gpu.info': (context, args) =>
    gpuCall(context, args, 'gpu.info', file => {
      const bo = boArg(context, args, file, 'gpu.info');
      const { resource } = bo;
      return {
        placement: bo.tt?.swapped ? 'SWAP' : PLACEMENT_NAMES[resource!.memType],
        start: resource!.start,
        pages: bo.nrPages,
        pins: bo.pinCount,
        gart: bo.gart?.start ?? -1,
        busy: !bo.resv.testSignaled(USAGE_BOOKKEEP),
      };
    }),

  /** {fd, bo}: out of where it lies, as a debug knob; nothing for system memory. EBUSY when it is pinned or found no place. */
  'gpu.evict': (context, args) =>
    gpuCall(context, args, 'gpu.evict', file => {
      const bo = boArg(context, args, file, 'gpu.evict');
      if (bo.resource!.memType === PL_SYSTEM) return 0;
      if (bo.pinCount > 0 || !evictResource(bo.resource!, null, bo.ttm.newContext())) {
        throw new KernelError('EBUSY', 'gpu.evict', `Object ${bo.id} stays (pins: ${bo.pinCount}).`);
      }
      return 0;
    }),

  /** {pages, dev?}: the part of VRAM that may be used. */
  'lab.setBudget'(context, args) {
    setVramBudget(labDevice(context, args), numberArg(args, 'pages'));
    return 0;
  },

  /** Swap the least recently used object in system memory out; ENOMEM when none can be. */
  'lab.swapOut'({ kernel }) {
    if (!swapOutOne(kernel.drm)) throw new KernelError('ENOMEM', 'swapOut', 'No object can be swapped out.');
    return 0;
  },
});
