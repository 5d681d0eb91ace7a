/**
 * Calls of the FreeBSD side: its drivers come and go, requests to a device, private records, what is where.
 *
 * open, close, dup, fork, mmap, touch and the others work on its devices as on all; their errors are FreeBSD's.
 */
import { KernelError } from '../../base/errno.ts';
import { bsdEraByName, FAULT_FILE_DESIGNS, VM_OBJECT_DESIGNS } from '../../bsd/bsd_era.ts';
import { createBsd, loadGemDriver, loadSessionDriver, unloadDriver } from '../../bsd/bsd_module.ts';
import type { IoctlData } from '../../bsd/cdev.ts';
import { BSD_DEVICE_FILE_OPS, devfsIoctl } from '../../bsd/devfs_fops.ts';
import { gemOffset } from '../../bsd/drivers/gem_dev.ts';
import { syscall } from '../../kernel/syscall.ts';
import { SYS } from '../../kernel/syscall_numbers.ts';
import { type CallArgs, numberArg, registerCalls, textArg } from '../call_table.ts';
import type { Json } from '../input.ts';
import { BadArgument, callingTask, fdArg, placeArg } from './arguments.ts';

function designWord<T extends string>(args: CallArgs, name: string, words: readonly T[]): T {
  const text = textArg(args, name, words[0]!);
  const word = words.find(candidate => candidate === text);
  if (word === undefined) throw new BadArgument(`${name} is ${text}; known are ${words.join(', ')}.`);
  return word;
}

/** Requests whose answer is the offset for mmap. */
const OFFSET_REQUESTS = ['create'];

registerCalls({
  /**
   * {era?: F14, F9.3, F2011, vmObjects?: device, session, faultFile?: none, entry, thread}: which FreeBSD it is. EBUSY while a
   * driver is loaded, or a device or a VM object is left.
   */
  'bsd.boot'({ kernel }, args) {
    const era = bsdEraByName(textArg(args, 'era', 'F14'));
    const vmObjects = designWord(args, 'vmObjects', VM_OBJECT_DESIGNS);
    const faultFile = designWord(args, 'faultFile', FAULT_FILE_DESIGNS);
    const left = kernel.bsd ? kernel.bsd.cdevs.size + kernel.bsd.pagers.length : 0;
    if (left > 0) throw new KernelError('EBUSY', 'bsd.boot', `${left} devices and VM objects are in use.`);
    kernel.bsd?.shutdown();
    kernel.bsd = createBsd(kernel.vfs, kernel.context, era, { vmObjects, faultFile });
    return 0;
  },

  /**
   * {driver?: session, gem, name, slot?, needsAuth?, ebadf?: allow, refuse, trackClose?, aperture?: pages}: a driver with its devices.
   * A session driver takes needsAuth, ebadf and trackClose, one of gem its aperture.
   */
  'bsd.load'({ kernel }, args) {
    kernel.bsd ??= createBsd(kernel.vfs, kernel.context, bsdEraByName('F14'));
    const name = textArg(args, 'name');
    const slot = numberArg(args, 'slot', 0);
    switch (textArg(args, 'driver', 'session')) {
      case 'session':
        loadSessionDriver(kernel.bsd, name, slot, {
          needsAuth: args.needsAuth === true,
          ebadf: args.ebadf === 'refuse' ? 'refuse' : 'allow',
          trackClose: args.trackClose === true,
        });
        return 0;
      case 'gem':
        loadGemDriver(kernel.bsd, name, slot, numberArg(args, 'aperture', 64));
        return 0;
      default:
        throw new BadArgument(`There is no driver ${textArg(args, 'driver')}; there are session and gem.`);
    }
  },

  /** {name}: the driver goes; its devices with it. */
  'bsd.unload'({ kernel }, args) {
    if (!kernel.bsd) throw new KernelError('ENOENT', 'bsd.unload', 'No driver is loaded.');
    unloadDriver(kernel.bsd, textArg(args, 'name'));
    return 0;
  },

  /** {fd, request, value?, other?: fd, at?: place}: what comes back. `as` names an object's offset for mmap. ENOTTY elsewhere. */
  'bsd.ioctl'(context, args) {
    const { kernel, names, as } = context;
    const task = callingTask(context);
    const request = textArg(args, 'request');
    const data: IoctlData = { value: numberArg(args, 'value', 0), file: null, user: null, out: 0 };
    return syscall(kernel, task, SYS.ioctl, [fdArg(context, args), data.value], (): Json => {
      const file = task.files.get(fdArg(context, args), 'ioctl');
      if (args.other !== undefined) data.file = task.files.get(fdArg(context, args, 'other'), 'ioctl');
      if (args.at !== undefined) {
        data.user = { mm: task.mm, page: task.mm.pageOfAddress(placeArg(context, args, 'at')) };
      }
      if (file.ops !== BSD_DEVICE_FILE_OPS)
        throw new KernelError('ENOTTY', 'ioctl', 'This is no such device.');
      if (data.file && data.file.ops !== BSD_DEVICE_FILE_OPS) data.file = null;
      devfsIoctl(file, request, data);
      if (as !== undefined && OFFSET_REQUESTS.includes(request) && typeof data.out === 'number') {
        const size = data.value * 4096;
        names.set(as, { kind: 'bo', handle: data.out, size, offset: gemOffset(data.out), objectId: 0 });
      }
      return data.out;
    });
  },

  /** Devices, VM objects with their pages, counters. */
  'bsd.state'({ kernel }) {
    const { bsd } = kernel;
    if (!bsd) return null;
    return {
      era: bsd.era.name,
      panicked: bsd.panicked,
      devices: [...bsd.cdevs].map(({ name, refs, opens, records, sw }) => ({
        name,
        refs,
        opens,
        records: records.size,
        gone: sw === null,
      })),
      objects: bsd.pagers.map(({ id, refs, managed, nrPages, pages }) => ({
        id,
        refs,
        managed,
        nrPages,
        pages: [...pages].sort(([a], [b]) => a - b).map(([page, { kind }]) => `${page} ${kind}`),
      })),
      mmapCallsWithFile: bsd.mmapCallsWithFile,
      mmapCallsWithoutFile: bsd.mmapCallsWithoutFile,
      recordsSet: bsd.recordsSet,
      destructorsRun: bsd.destructorsRun,
    };
  },
});
