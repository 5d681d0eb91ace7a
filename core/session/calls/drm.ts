/**
 * Calls on DRM devices: dumb buffers, handles, names, PRIME, masters, framebuffers, modes.
 *
 * Names      `bo` names a buffer; `handle` gives a number instead. `nameOf`, `magicOf` name what gemFlink and getMagic answered
 */
import { KernelError } from '../../base/errno.ts';
import { authMagic, dropMaster, getMagic, isCurrentMaster, setMaster } from '../../drm/drm_auth.ts';
import { type DrmFile, drmFileOf, drmIoctl, type IoctlNeeds } from '../../drm/drm_file.ts';
import { createDumb, mapDumb } from '../../drm/dumb.ts';
import {
  addFramebuffer,
  crtcOff,
  getFramebuffer,
  lookupFramebuffer,
  MAX_MODE_SIZE,
  pageFlip,
  removeFramebuffer,
  setCrtc,
} from '../../drm/framebuffer.ts';
import { deleteHandle, flinkHandle, lookupHandle, openName } from '../../drm/gem_handle.ts';
import type { GemObject } from '../../drm/gem_object.ts';
import { exportHandle, importBuf } from '../../drm/prime.ts';
import { MAX_DESCRIPTORS } from '../../fs/fd_table.ts';
import { syscall } from '../../kernel/syscall.ts';
import { SYS } from '../../kernel/syscall_numbers.ts';
import {
  type CallArgs,
  type CallContext,
  FullAnswer,
  numberArg,
  registerCalls,
  textArg,
} from '../call_table.ts';
import type { Json } from '../input.ts';
import type { Named } from '../name_table.ts';
import { BadArgument, callingTask, fdArg, nameFd, wordsArg } from './arguments.ts';

const RENDER: IoctlNeeds = { renderAllowed: true };
const PRIMARY: IoctlNeeds = {};
const AUTH: IoctlNeeds = { auth: true };
const MASTER: IoctlNeeds = { master: true };

/** Run one ioctl of a DRM file: gate, body, system call events. */
export function ioctl<T extends Json>(
  context: CallContext,
  args: CallArgs,
  op: string,
  needs: IoctlNeeds,
  body: (file: DrmFile) => T,
): T {
  const task = callingTask(context);
  const fd = fdArg(context, args);
  return syscall(context.kernel, task, SYS.ioctl, [fd >>> 0], () =>
    body(drmIoctl(task.files.get(fd, op), op, needs)),
  );
}

/** Run a call of mode setting: as `ioctl`, but a device without a display answers EOPNOTSUPP behind the gate. */
function modeIoctl<T extends Json>(
  context: CallContext,
  args: CallArgs,
  op: string,
  needs: IoctlNeeds,
  body: (file: DrmFile) => T,
): T {
  return ioctl(context, args, op, needs, file => {
    refuseWithoutDisplay(file, op);
    return body(file);
  });
}

function refuseWithoutDisplay({ device }: DrmFile, op: string): void {
  if (device.driver.modeset !== false) return;
  throw new KernelError('EOPNOTSUPP', op, `The driver ${device.driver.name} has no display.`);
}

/** A buffer by name, or undefined. */
function boNamed({ names }: CallContext, args: CallArgs, name = 'bo'): (Named & { kind: 'bo' }) | undefined {
  const value = args[name];
  const thing = typeof value === 'string' ? names.get(value) : undefined;
  return thing?.kind === 'bo' ? thing : undefined;
}

/** The handle that a call works on: `handle`, or that of the buffer `bo`; 0 for a name without meaning. */
export function handleArg(context: CallContext, args: CallArgs): number {
  if (args.handle !== undefined) return numberArg(args, 'handle');
  return boNamed(context, args)?.handle ?? 0;
}

/** Give a buffer the name of the call's result. */
export function nameBo({ names, as }: CallContext, handle: number, object: GemObject, pitch = 0): void {
  if (as === undefined) return;
  names.set(as, {
    kind: 'bo',
    handle,
    size: object.sizeBytes,
    offset: object.mmapOffset,
    objectId: object.id,
    ...(pitch > 0 ? { pitch } : {}),
  });
}

/** A number that an earlier call answered under a name, or the number in `direct`. */
function valueArg({ names }: CallContext, args: CallArgs, nameOf: string, direct: string): number {
  if (args[nameOf] === undefined) return Number(args[direct] ?? 0);
  const thing = names.get(`${nameOf}:${textArg(args, nameOf)}`);
  return thing?.kind === 'value' ? thing.value : 0;
}

function rememberValue({ names }: CallContext, key: string, value: number): void {
  names.set(key, { kind: 'value', value });
}

function fbArg({ names }: CallContext, args: CallArgs): number {
  if (args.fbId !== undefined) return numberArg(args, 'fbId');
  const thing = names.get(textArg(args, 'fb'));
  return thing?.kind === 'fb' ? thing.fbId : 0;
}

/** `640x480`. */
function modeArg(args: CallArgs): [number, number] {
  const match = /^(\d+)x(\d+)$/.exec(textArg(args, 'mode'));
  if (!match) throw new BadArgument(`${textArg(args, 'mode')} is not a mode; 640x480 is.`);
  return [Number(match[1]), Number(match[2])];
}

/** Flags of primeExport that the kernel knows: cloexec and rdwr. */
const PRIME_FLAGS = 0o2000000 | 0o2;

registerCalls({
  /** {fd, width, height, bpp}: a plain object for scan-out; its pitch, size and handle. */
  'drm.createDumb': (context, args) =>
    ioctl(context, args, 'createDumb', PRIMARY, file => {
      const { handle, size, pitch, object } = createDumb(
        file,
        numberArg(args, 'width'),
        numberArg(args, 'height'),
        numberArg(args, 'bpp'),
      );
      nameBo(context, handle, object, pitch);
      return { handle, size, pitch };
    }),

  /** {fd, bo | handle}: the offset under which mmap of the device finds the object. */
  'drm.mapDumb': (context, args) =>
    ioctl(context, args, 'mapDumb', PRIMARY, file => ({ offset: mapDumb(file, handleArg(context, args)) })),

  /** {fd, bo?, handle?}: the handle goes; the object with its last holder. */
  'drm.destroyDumb': (context, args) =>
    ioctl(context, args, 'destroyDumb', PRIMARY, file => {
      deleteHandle(file, handleArg(context, args), 'destroyDumb');
      return 0;
    }),

  /** {fd, bo?, handle?}: the handle goes; the object with its last holder. */
  'drm.gemClose': (context, args) =>
    ioctl(context, args, 'gemClose', RENDER, file => {
      deleteHandle(file, handleArg(context, args), 'gemClose');
      return 0;
    }),

  /** {fd, bo?, handle?}: a global name for the object. */
  'drm.gemFlink': (context, args) =>
    ioctl(context, args, 'gemFlink', AUTH, file => {
      const name = flinkHandle(file, handleArg(context, args));
      if (typeof args.bo === 'string') rememberValue(context, `nameOf:${args.bo}`, name);
      return { name };
    }),

  /** {fd, nameOf: buffer | name}: a handle for the object of a global name. */
  'drm.gemOpen': (context, args) =>
    ioctl(context, args, 'gemOpen', AUTH, file => {
      const { handle, object } = openName(file, valueArg(context, args, 'nameOf', 'name'));
      nameBo(context, handle, object);
      return { handle, size: object.sizeBytes };
    }),

  /** {fd, bo | handle, flags?: rdwr, cloexec, rawFlags?}: a shared buffer (dma-buf) of the object, as a descriptor. */
  'drm.primeExport': (context, args) => {
    const task = callingTask(context);
    const words = wordsArg(args, 'flags');
    const raw = numberArg(args, 'rawFlags', 0);
    const fd = ioctl(context, args, 'primeExport', RENDER, file => {
      if (raw & ~PRIME_FLAGS) {
        throw new KernelError('EINVAL', 'primeExport', `Flags ${raw} hold more than RDWR and CLOEXEC.`);
      }
      // The descriptor is found first, so that a full table leaves no buffer behind.
      if ([...task.files.entries()].length >= MAX_DESCRIPTORS) {
        throw new KernelError(
          'EMFILE',
          'primeExport',
          `The process has ${MAX_DESCRIPTORS} descriptors, the limit.`,
        );
      }
      const buffer = exportHandle(file, handleArg(context, args), words.has('rdwr') || (raw & 2) !== 0);
      return task.files.install(buffer, words.has('cloexec') || (raw & 0o2000000) !== 0);
    });
    return nameFd(context, fd);
  },

  /** {fd, dmabuf: descriptor}: a handle for the object of a shared buffer. */
  'drm.primeImport': (context, args) =>
    ioctl(context, args, 'primeImport', RENDER, file => {
      const buffer = callingTask(context).files.get(fdArg(context, args, 'dmabuf'), 'primeImport');
      const { handle, object } = importBuf(file, buffer);
      nameBo(context, handle, object);
      return { handle };
    }),

  /** {fd}: the number by which a master lets this open file in. */
  'drm.getMagic': (context, args) =>
    ioctl(context, args, 'getMagic', PRIMARY, file => {
      const magic = getMagic(file);
      if (context.as !== undefined) rememberValue(context, `magicOf:${context.as}`, magic);
      return { magic };
    }),

  /** {fd, magicOf: name | magic}: the master lets another open file in by its number. */
  'drm.authMagic': (context, args) =>
    ioctl(context, args, 'authMagic', MASTER, file => {
      authMagic(file, valueArg(context, args, 'magicOf', 'magic'));
      return 0;
    }),

  /** {fd}: become the master of the device; EBUSY while there is another. */
  'drm.setMaster': (context, args) =>
    ioctl(context, args, 'setMaster', PRIMARY, file => {
      setMaster(file, callingTask(context));
      return 0;
    }),

  /** {fd}: no longer the master of the device. */
  'drm.dropMaster': (context, args) =>
    ioctl(context, args, 'dropMaster', PRIMARY, file => {
      dropMaster(file, callingTask(context));
      return 0;
    }),

  /** {fd, bo | handle, width, height, pitch?, bpp?, depth?}: a framebuffer over an object. */
  'drm.addFB': (context, args) =>
    modeIoctl(context, args, 'addFB', PRIMARY, file => {
      const width = numberArg(args, 'width');
      const bpp = numberArg(args, 'bpp', 32);
      const pitch = numberArg(args, 'pitch', boNamed(context, args)?.pitch ?? (width * bpp) / 8);
      const depth = numberArg(args, 'depth', 24);
      const handle = handleArg(context, args);
      const fb = addFramebuffer(file, handle, width, numberArg(args, 'height'), pitch, bpp, depth);
      if (context.as !== undefined) context.names.set(context.as, { kind: 'fb', fbId: fb.id });
      return 0;
    }),

  /** {fd, fb?, fbId?}: the framebuffer goes; what showed it goes dark. */
  'drm.rmFB': (context, args) =>
    modeIoctl(context, args, 'rmFB', PRIMARY, file => {
      removeFramebuffer(file, fbArg(context, args));
      return 0;
    }),

  /** {fd, fb?, fbId?}: size and handle of a framebuffer. */
  'drm.getFB': (context, args) =>
    modeIoctl(context, args, 'getFB', PRIMARY, file => {
      const mayHaveHandle = isCurrentMaster(file) || callingTask(context).uid === 0;
      const { fb, handle } = getFramebuffer(file, fbArg(context, args), mayHaveHandle);
      if (handle !== 0) nameBo(context, handle, fb.object, fb.pitch);
      return { handle, width: fb.width, height: fb.height, pitch: fb.pitch };
    }),

  /** {fd, fb | fbId, mode, x?, y?}: first CRTC and connector. */
  'drm.setCrtc': (context, args) => {
    // The caller looks for a CRTC and a connector first (GETRESOURCES), which needs no master but a display.
    const file = callingTask(context).files.find(fdArg(context, args));
    const needs = file && drmFileOf(file)?.device.driver.modeset === false ? PRIMARY : MASTER;
    return modeIoctl(context, args, 'setCrtc', needs, ({ device }) => {
      const [width, height] = modeArg(args);
      const fb = lookupFramebuffer(device, fbArg(context, args), 'setCrtc');
      setCrtc(device, fb, width, height, numberArg(args, 'x', 0), numberArg(args, 'y', 0));
      return 0;
    });
  },

  /** {fd, fb}: done at once, with its event. */
  'drm.pageFlip': (context, args) => {
    const ret = modeIoctl(context, args, 'pageFlip', MASTER, ({ device }) => {
      pageFlip(device, lookupFramebuffer(device, fbArg(context, args), 'pageFlip'));
      return 0;
    });
    return new FullAnswer({ ret, event: 'flipComplete' });
  },

  /** {fd}: nothing is shown any more. */
  'drm.crtcOff': (context, args) =>
    modeIoctl(context, args, 'crtcOff', MASTER, ({ device }) => {
      crtcOff(device);
      return 0;
    }),

  /** {fd, cap: dumb, prime}: what the driver says it can. */
  'drm.getCap': (context, args) =>
    ioctl(context, args, 'getCap', RENDER, file => {
      const { device } = file;
      switch (textArg(args, 'cap')) {
        case 'dumb':
          refuseWithoutDisplay(file, 'getCap');
          return 1;
        case 'prime':
          return device.driver.prime(device) ? 3 : 0;
        default:
          throw new KernelError('EINVAL', 'getCap', `There is no capability ${textArg(args, 'cap')}.`);
      }
    }),

  /** {fd}: framebuffers, CRTCs, connectors. */
  'drm.getResources': (context, args) =>
    modeIoctl(context, args, 'getResources', PRIMARY, file => {
      // A file sees its own framebuffers.
      let fbs = 0;
      for (const [, fb] of file.device.framebuffers.entries()) if (fb.file === file) fbs++;
      return { crtcs: 1, connectors: 1, encoders: 1, fbs, maxWidth: MAX_MODE_SIZE, maxHeight: MAX_MODE_SIZE };
    }),

  /** {fd, nr}: a number that is in no table. */
  'drm.badIoctl': (context, args) =>
    ioctl(context, args, 'ioctl', RENDER, () => {
      throw new KernelError('EINVAL', 'ioctl', `DRM has no call ${numberArg(args, 'nr')}.`);
    }),
});

/** The object of a handle argument; no reference is taken. @throws KernelError ENOENT */
export function objectArg(context: CallContext, args: CallArgs, file: DrmFile, op: string): GemObject {
  return lookupHandle(file, handleArg(context, args), op);
}
