/**
 * Loading and unloading the drivers of the FreeBSD side.
 *
 * Models     kldload, kldunload, MOD_UNLOAD of a driver that destroys its devices (F9.3)
 * Invariants I1 unloading succeeds with files open and mappings alive; what they hold stays until they let go
 *            I2 with all drivers unloaded, all files closed and all mappings gone nothing is left but the slots' memory
 */
import { KernelError } from '../base/errno.ts';
import { invariant } from '../base/invariant.ts';
import type { Vfs } from '../fs/vfs.ts';
import type { MmContext } from '../mm/mm_context.ts';
import { BsdCore } from './bsd_core.ts';
import { type BsdDesign, type BsdEra, REAL_DESIGN } from './bsd_era.ts';
import type { Cdev } from './cdev.ts';
import { dropGemObjects, GEM_SWITCH, GemSoftc, requireManagedPager } from './drivers/gem_dev.ts';
import {
  fillWindows,
  SESSION_SWITCH,
  SESSION_TRACK_SWITCH,
  type SessionOptions,
  SessionSoftc,
  WINDOW_PAGES,
  WINDOWS,
} from './drivers/session_dev.ts';
import { destroyDev, makeDev } from './make_dev.ts';

/** The FreeBSD side of a kernel, without drivers. */
export function createBsd(
  vfs: Vfs,
  context: MmContext,
  era: BsdEra,
  design: BsdDesign = REAL_DESIGN,
): BsdCore {
  return new BsdCore(vfs, context, era, design);
}

const PLAIN_SESSIONS: SessionOptions = { needsAuth: false, ebadf: 'allow', trackClose: false };

/**
 * Load the driver with sessions for the device in a slot. @returns its device
 * @throws KernelError EEXIST when the name is taken, ENOMEM; nothing is loaded then
 */
export function loadSessionDriver(
  core: BsdCore,
  name: string,
  slotNumber: number,
  options: Partial<SessionOptions> = {},
): Cdev {
  core.refuseAfterPanic('bsd.load');
  refuseLoaded(core, name);
  const softc = new SessionSoftc({ ...PLAIN_SESSIONS, ...options });
  const slot = core.slot(slotNumber, WINDOWS * WINDOW_PAGES);
  const sw = softc.options.trackClose ? SESSION_TRACK_SWITCH : SESSION_SWITCH;
  const cdev = makeDev(core, name, sw, softc, slot);
  slot.attachments++;
  fillWindows(core, slot, slot.attachments);
  core.modules.set(name, cdev);
  return cdev;
}

/**
 * Load the driver with objects. @param aperturePages pages of objects that the CPU can reach at one time
 * @throws KernelError EOPNOTSUPP in an era without a managed pager, EEXIST; nothing is loaded then
 */
export function loadGemDriver(core: BsdCore, name: string, slotNumber: number, aperturePages: number): Cdev {
  core.refuseAfterPanic('bsd.load');
  refuseLoaded(core, name);
  requireManagedPager(core);
  const cdev = makeDev(core, name, GEM_SWITCH, new GemSoftc(aperturePages), core.slot(slotNumber, 1));
  core.modules.set(name, cdev);
  return cdev;
}

function refuseLoaded(core: BsdCore, name: string): void {
  if (core.modules.has(name)) throw new KernelError('EEXIST', 'bsd.load', `A driver for ${name} is loaded.`);
}

/** Unload a driver: its device is destroyed whatever is still open. @throws KernelError ENOENT, EDEADLK */
export function unloadDriver(core: BsdCore, name: string): void {
  const cdev = core.modules.get(name);
  if (!cdev) throw new KernelError('ENOENT', 'bsd.unload', `No driver for ${name} is loaded.`);
  const { softc } = cdev;
  destroyDev(cdev);
  if (softc instanceof GemSoftc) dropGemObjects(softc);
  core.modules.delete(name);
}

/** End the FreeBSD side; all files are closed and all mappings gone. */
export function shutdownBsd(core: BsdCore): void {
  for (const name of [...core.modules.keys()]) unloadDriver(core, name);
  invariant(core.pagers.length === 0, () => `${core.pagers.length} VM objects are left at shutdown.`);
  invariant(core.cdevs.size === 0, () => `${core.cdevs.size} devices are left at shutdown.`);
  invariant(core.fpops.size === 0, () => `${core.fpops.size} threads are inside a device at shutdown.`);
  core.shutdown();
}
