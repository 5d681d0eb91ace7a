/**
 * Devices come and go: make_dev gives a name, destroy_dev takes name, entry points and private records away under open files
 * and live mappings.
 *
 * Models     make_dev, dev_depends, destroy_dev (sys/kern/kern_conf.c, F9.3)
 * Order      name and children, entry points, threads out (d_purge), records, driver's pointers; the rest waits for the last reference
 * Left out   destroy_dev_sched (destroying a device from inside one of its own entry points is refused here, a real one hangs)
 */
import { KernelError } from '../base/errno.ts';
import { BSD_DESTROY_DEV, BSD_MAKE_DEV } from '../trace/events/bsd.ts';
import { BSD_MAJOR, type BsdCore, type BusSlot } from './bsd_core.ts';
import { Cdev, type CdevSwitch, devRel } from './cdev.ts';
import { destroyRecord } from './cdevpriv.ts';
import { BSD_DEVICE_FILE_OPS } from './devfs_fops.ts';

/** A device with a node `/dev/<name>`. @throws KernelError EEXIST when the name is taken, ENOMEM; nothing is made then */
export function makeDev(
  core: BsdCore,
  name: string,
  sw: CdevSwitch,
  softc: object,
  memory: BusSlot,
  parent: Cdev | null = null,
): Cdev {
  const path = `/dev/${name}`;
  if (core.vfs.exists(path)) throw new KernelError('EEXIST', 'make_dev', `${path} exists.`);
  const id = core.takeCdevId();
  const cdev = new Cdev(core, id, name, id, sw, softc, memory);
  cdev.charDevice = core.vfs.charDevices.register(BSD_MAJOR, cdev.minor, 1, BSD_DEVICE_FILE_OPS, cdev);
  try {
    core.vfs.createDeviceNode(path, 0o600, BSD_MAJOR, cdev.minor);
  } catch (refusal) {
    core.vfs.charDevices.unregister(cdev.charDevice);
    throw refusal;
  }
  cdev.path = path;
  core.cdevs.add(cdev);
  parent?.children.push(cdev);
  core.context.trace.emit(BSD_MAKE_DEV, cdev.id, cdev.minor);
  return cdev;
}

/** Take a device away. @throws KernelError EDEADLK from inside one of its entry points; nothing has changed then */
export function destroyDev(cdev: Cdev): void {
  const { core } = cdev;
  const { vfs, context } = core;
  if (cdev.threads > 0) {
    cdev.sw?.dPurge?.(cdev);
    throw new KernelError('EDEADLK', 'destroy_dev', `${cdev.threads} threads are inside ${cdev.name}.`);
  }
  for (const child of cdev.children.splice(0)) destroyDev(child);
  if (vfs.exists(cdev.path) && vfs.lookup(cdev.path, 'destroy_dev').inode.rdev?.minor === cdev.minor) {
    vfs.unlink(cdev.path);
  }
  vfs.charDevices.unregister(cdev.charDevice!);
  cdev.charDevice!.put();
  cdev.charDevice = null;
  cdev.sw = null;
  context.trace.emit(BSD_DESTROY_DEV, cdev.id, cdev.opens, cdev.records.size);
  for (const record of [...cdev.records]) destroyRecord(record, 'destroy_dev');
  cdev.softc = null;
  devRel(cdev);
}
