/**
 * Calls of the i915 of 2008: its GEM ioctls, and looks at what each side sees of an object.
 *
 * Models     include/drm/i915_drm.h: DRM_I915_GEM_* (Linux 2.6.28); errno of handles as core GEM gives them
 * Units      bytes for sizes and offsets, pages in `stores`, virtual nanoseconds for durations
 * Domains    by name: cpu, gtt, render, sampler, command, instruction, vertex; several with commas; nothing for none
 */
import { KernelError } from '../../base/errno.ts';
import { PAGE_SIZE, pagesUp } from '../../base/units.ts';
import { gemFilePages, objectOfGemFile, openGemFile } from '../../drm/drivers/i915_2008/gem_shmem_driver.ts';
import { I915_2008_DRIVER } from '../../drm/drivers/i915_2008/i915_2008.ts';
import { createObject } from '../../drm/drivers/i915_2008/i915_create.ts';
import {
  checkSetDomain,
  flushCpuWriteDomain,
  setToCpuDomain,
  setToGttDomain,
} from '../../drm/drivers/i915_2008/i915_domains.ts';
import { type BatchUse, execBuffer } from '../../drm/drivers/i915_2008/i915_exec.ts';
import {
  apertureSpace,
  bindAsNextVictim,
  pinObject,
  unbindObject,
  unpinObject,
} from '../../drm/drivers/i915_2008/i915_gtt.ts';
import {
  apertureFrame,
  DOMAIN_BITS,
  DOMAIN_GTT,
  domainWords,
  type I915Object,
} from '../../drm/drivers/i915_2008/i915_object.ts';
import { noteCoreFunction, swapOutObject } from '../../drm/drivers/i915_2008/i915_pages.ts';
import { retireRequests } from '../../drm/drivers/i915_2008/i915_requests.ts';
import { madviseObject, preadObject, pwriteObject, swFinish } from '../../drm/drivers/i915_2008/i915_rw.ts';
import { type I915, i915Of } from '../../drm/drivers/i915_2008/i915_state.ts';
import type { DrmFile } from '../../drm/drm_file.ts';
import { handleForNew } from '../../drm/gem_handle.ts';
import { putObject } from '../../drm/gem_object.ts';
import { type OpenFile, putFile } from '../../fs/open_file.ts';
import { MAP_SHARED, sysMmap as mmapBytes } from '../../mm/mmap.ts';
import { shmemPagesOfFile } from '../../mm/shmem_setup.ts';
import { type CallArgs, type CallContext, Later, numberArg, registerCalls, textArg } from '../call_table.ts';
import type { Json } from '../input.ts';
import { BadArgument, callingTask, fileArg, nameFd, wordsArg } from './arguments.ts';
import { ioctl, nameBo, objectArg } from './drm.ts';

const LARGEST_OBJECT = 2 ** 26;

/** The gate of the driver's own calls; what the ring has done is taken note of first. */
function i915Call<T extends Json | Later>(
  context: CallContext,
  args: CallArgs,
  op: string,
  body: (file: DrmFile, i915: I915) => T,
): T {
  let answer: T | undefined;
  ioctl(context, args, op, {}, file => {
    if (file.device.driver !== I915_2008_DRIVER)
      throw new KernelError('EINVAL', op, `The driver ${file.device.driver.name} has no such call.`);
    noteCoreFunction(file.device, 'drm_ioctl');
    const i915 = i915Of(file.device);
    retireRequests(i915);
    answer = body(file, i915);
    return 0;
  });
  return answer!;
}

/** The same on one object, by `bo` or `handle`. */
function objectCall<T extends Json | Later>(
  context: CallContext,
  args: CallArgs,
  op: string,
  body: (object: I915Object, i915: I915) => T,
): T {
  return i915Call(context, args, op, (file, i915) => {
    noteCoreFunction(file.device, 'drm_gem_object_lookup');
    return body(objectArg(context, args, file, op) as I915Object, i915);
  });
}

/** The bits of domains by name. */
export function domainsArg(args: CallArgs, name: string): number {
  let bits = 0;
  for (const word of wordsArg(args, name)) {
    const bit = DOMAIN_BITS[word];
    if (bit === undefined)
      throw new BadArgument(`${word} is not a domain; known are ${Object.keys(DOMAIN_BITS).join(', ')}.`);
    bits |= bit;
  }
  return bits;
}

/** Move an object to the CPU's or the aperture's domain. Models i915_gem_set_domain_ioctl(). */
export function setDomain(object: I915Object, read: number, write: number): void {
  checkSetDomain(read, write);
  if (read & DOMAIN_GTT) {
    // Unbound objects are never in the aperture's domain: nothing to do is success.
    if (object.gtt !== null) setToGttDomain(object, write !== 0);
  } else setToCpuDomain(object, write !== 0);
}

function usesArg(context: CallContext, args: CallArgs, file: DrmFile): BatchUse[] {
  const list = args.list ?? [];
  if (!Array.isArray(list)) throw new BadArgument(`list must be a list (it is ${JSON.stringify(list)}).`);
  return list.map(entry => {
    if (typeof entry !== 'object' || entry === null || Array.isArray(entry))
      throw new BadArgument(
        `A use is {bo, read?, write?, first?, count?, value?}; it is ${JSON.stringify(entry)}.`,
      );
    const use = entry as CallArgs;
    const object =
      use.file === undefined
        ? (objectArg(context, use, file, 'i915.exec') as I915Object)
        : objectOfGemFile(fileArg(context, use, 'file'), 'i915.exec');
    const value = use.value === undefined ? null : numberArg(use, 'value');
    const first = numberArg(use, 'first', 0);
    const count = numberArg(use, 'count', object.nrPages - first);
    return {
      object,
      read: domainsArg(use, 'read'),
      write: domainsArg(use, 'write'),
      stores: value === null ? null : { first, count, value },
    };
  });
}

/** Where an object is and who may use it, for looks from outside. */
export function objectInfo(object: I915Object): Json {
  const cache = shmemPagesOfFile(object.file!);
  return {
    read: domainWords(object.readDomains),
    write: domainWords(object.writeDomain),
    gtt: object.gtt?.start ?? -1,
    list: object.list,
    pins: object.pinCount,
    inMemory: cache.nrPages,
    inSwap: cache.nrSwapped,
  };
}

registerCalls({
  /** {fd, size, name?}: an object of zeros in (CPU, CPU), without pages. */
  'i915.create': (context, args) =>
    i915Call(context, args, 'i915.create', file => {
      const size = numberArg(args, 'size');
      if (!(size > 0))
        throw new KernelError('EINVAL', 'i915.create', `An object of ${size} bytes cannot be.`);
      if (pagesUp(size) > LARGEST_OBJECT)
        throw new KernelError('E2BIG', 'i915.create', `An object of ${size} bytes is too large.`);
      const object = createObject(file.device, pagesUp(size), textArg(args, 'name', context.as ?? ''));
      noteCoreFunction(file.device, 'drm_gem_handle_create');
      const handle = handleForNew(file, object);
      nameBo(context, handle, object);
      return { handle, size: object.sizeBytes };
    }),

  /** {fd, bo, offset?, length?}: maps the shmem file, shared and writable; the result is a mapping. */
  'i915.mmap': (context, args) =>
    objectCall(context, args, 'i915.mmap', object => {
      const offset = numberArg(args, 'offset', 0);
      const length = numberArg(args, 'length', object.sizeBytes - offset);
      if (offset < 0 || length <= 0 || offset + length > object.sizeBytes)
        throw new KernelError(
          'EINVAL',
          'i915.mmap',
          `Bytes ${offset} to ${offset + length} do not lie in object ${object.id}.`,
        );
      noteCoreFunction(object.device, 'do_mmap on a file of the kernel');
      const { mm } = callingTask(context);
      const start = mmapBytes(mm, object.file!, { addr: null, length, offset, prot: 3, flags: MAP_SHARED });
      if (context.as !== undefined) context.names.set(context.as, { kind: 'map', start, length });
      return 0;
    }),

  /** {fd, bo}: the fake offset for mmap of the device, and a place in the GTT at once. */
  'i915.mmapGtt': (context, args) =>
    objectCall(context, args, 'i915.mmapGtt', object => {
      noteCoreFunction(object.device, 'drm_gem_create_mmap_offset');
      bindAsNextVictim(object);
      noteCoreFunction(object.device, 'drm_gem_mmap');
      return { offset: object.mmapOffset };
    }),

  /** {fd, bo, read, write?}: moved into these domains; waits and flushes as needed. */
  'i915.setDomain': (context, args) =>
    objectCall(context, args, 'i915.setDomain', object => {
      setDomain(object, domainsArg(args, 'read'), domainsArg(args, 'write'));
      return 0;
    }),

  /** {fd, bo}: the CPU is done with what it wrote for scan-out. */
  'i915.swFinish': (context, args) =>
    objectCall(context, args, 'i915.swFinish', object => {
      swFinish(object);
      return 0;
    }),

  /** {fd, bo, offset, length?}: the first byte of the range as the CPU reads it then. */
  'i915.pread': (context, args) => {
    if (numberArg(args, 'length', 1) === 0) return 0;
    return objectCall(context, args, 'i915.pread', object => {
      const { pfn, byte } = preadObject(object, numberArg(args, 'offset'), numberArg(args, 'length', 1));
      return new Later([context.kernel.queue.loadByte(pfn, byte)], ([value]) => ({ value: value![0]! }));
    });
  },

  /** {fd, bo, offset, length, value}: the byte value, written by the kernel over the range. */
  'i915.pwrite': (context, args) => {
    if (numberArg(args, 'length') === 0) return 0;
    return objectCall(context, args, 'i915.pwrite', object => {
      pwriteObject(
        object,
        numberArg(args, 'offset'),
        numberArg(args, 'length'),
        numberArg(args, 'value') & 0xff,
      );
      return 0;
    });
  },

  /** {fd, bo}: into the GTT and kept there; what the CPU wrote is in memory then. */
  'i915.pin': (context, args) =>
    objectCall(context, args, 'i915.pin', (object, i915) => {
      pinObject(object, 'pinned by a task');
      flushCpuWriteDomain(i915, object);
      return { offset: object.gtt!.start * PAGE_SIZE };
    }),

  /** {fd, bo}: it may leave the GTT again. */
  'i915.unpin': (context, args) =>
    objectCall(context, args, 'i915.unpin', object => {
      if (object.pinCount === 0)
        throw new KernelError('EINVAL', 'i915.unpin', `Object ${object.id} is not pinned.`);
      if (object.pinnedFor !== 'pinned by a task')
        throw new KernelError('EBUSY', 'i915.unpin', `Object ${object.id} is pinned (${object.pinnedFor}).`);
      unpinObject(object);
      return 0;
    }),

  /** {fd, bo, advice: 0 needed, 1 not}: whether its contents are retained. */
  'i915.madvise': (context, args) =>
    objectCall(context, args, 'i915.madvise', object => ({
      retained: madviseObject(object, numberArg(args, 'advice')) ? 1 : 0,
    })),

  /** {fd, bo}: 1 while a request uses it; an object that only waits for a flush is not busy. */
  'i915.busy': (context, args) =>
    objectCall(context, args, 'i915.busy', object => ({ busy: object.list === 'active' ? 1 : 0 })),

  /** {fd, list: [{bo, read?, write?, first?, count?, value?}], durationNs?}: a batch; `value` is what it stores. */
  'i915.exec': (context, args) =>
    i915Call(context, args, 'i915.exec', file => {
      const duration = numberArg(args, 'durationNs', 10_000);
      if (!Number.isInteger(duration) || duration < 0)
        throw new KernelError('EINVAL', 'i915.exec', `A batch cannot take ${duration} ns.`);
      return { seqno: execBuffer(file.device, usesArg(context, args, file), duration) };
    }),

  /** {fd}: bytes of the GTT, and how many of them are free. */
  'i915.getAperture': (context, args) =>
    i915Call(context, args, 'i915.getAperture', (_file, i915) => {
      const { total, available } = apertureSpace(i915);
      return { total: total * PAGE_SIZE, available: available * PAGE_SIZE };
    }),

  /** {fd, bo}: domains, place, list, pages in memory and in swap. */
  'i915.info': (context, args) => objectCall(context, args, 'i915.info', objectInfo),

  /** {fd, bo, offset?}: one byte as the CPU's caches hold it and as memory does; -1 where there is none. Changes nothing. */
  'i915.look': (context, args) =>
    objectCall(context, args, 'i915.look', object => {
      const offset = numberArg(args, 'offset', 0);
      const page = Math.floor(offset / PAGE_SIZE);
      const pfn = shmemPagesOfFile(object.file!).findPage(page);
      const { queue } = context.kernel;
      if (pfn === 0) return { cpu: -1, memory: -1 };
      const cpu = queue.loadByte(pfn, offset % PAGE_SIZE);
      if (object.gtt === null) return new Later([cpu], ([byte]) => ({ cpu: byte![0]!, memory: -1 }));
      const memory = queue.loadByte(apertureFrame(pfn), offset % PAGE_SIZE);
      return new Later([cpu, memory], ([a, b]) => ({ cpu: a![0]!, memory: b![0]! }));
    }),

  /** {fd: of the device, size, backing?: shmem | huge, name?}: an object as a descriptor of the high range (shmem driver, not Linux). */
  'gemfd.open': (context, args) =>
    i915Call(context, args, 'gemfd.open', file => {
      const size = numberArg(args, 'size');
      const huge = textArg(args, 'backing', 'shmem') === 'huge';
      if (!(size > 0)) throw new KernelError('EINVAL', 'gemfd.open', `An object of ${size} bytes cannot be.`);
      const { files } = callingTask(context);
      const nrPages = gemFilePages(pagesUp(size), huge);
      const object = createObject(file.device, nrPages, textArg(args, 'name', context.as ?? ''));
      let opened: OpenFile;
      try {
        opened = openGemFile(object, huge);
      } finally {
        putObject(object);
      }
      noteCoreFunction(file.device, 'get_unused_fd (high)');
      try {
        return nameFd(context, files.installHigh(opened));
      } catch (refusal) {
        putFile(opened);
        throw refusal;
      }
    }),

  /** {file}: what i915.info says, of a descriptor. */
  'gemfd.info': (context, args) => objectInfo(objectOfGemFile(fileArg(context, args, 'file'), 'gemfd.info')),

  /** {fd, bo}: out of the GTT, as a debug knob. */
  'i915.evict': (context, args) =>
    objectCall(context, args, 'i915.evict', object => {
      unbindObject(object);
      return 0;
    }),

  /** {fd, bo}: its pages to swap, as reclaim does it; how many went. */
  'i915.swapOut': (context, args) =>
    objectCall(context, args, 'i915.swapOut', object => ({ pages: swapOutObject(object) })),
});
