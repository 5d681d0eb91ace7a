/**
 * Modules that come and go while the machine runs: the drivers of its graphics devices, device-dax, the exporters of shared buffers.
 *
 * Models     kernel/module/main.c: init_module, delete_module (Linux 6.12)
 * Not here   what is built in (files, memory, shared buffers, the core of DRM): steps of boot; FreeBSD's drivers: bsd/bsd_module.ts
 */
import { KernelError } from '../base/errno.ts';
import { loadDax, unloadDax } from '../dax/dax_module.ts';
import { SystemHeapModule } from '../dma_buf/system_heap.ts';
import { UdmabufModule } from '../dma_buf/udmabuf.ts';
import { driverNames, loadDriver, unloadDriver } from '../drm/driver_module.ts';
import type { Kernel } from './kernel.ts';

const EXPORTERS = ['udmabuf', 'system_heap'] as const;

/** Modules that the machine has, in the order in which boot loads them. */
export function moduleNames({ dax, drm, description }: Kernel): string[] {
  return [
    ...(dax === null ? [] : ['device_dax']),
    ...driverNames(drm),
    ...EXPORTERS.filter(name => description.dmaBufExporters?.includes(name)),
  ];
}

/** True while the module is loaded. */
export function isModuleLoaded(kernel: Kernel, name: string): boolean {
  switch (name) {
    case 'device_dax':
      return kernel.dax !== null && kernel.dax.loaded.length > 0;
    case 'udmabuf':
      return kernel.udmabuf !== null;
    case 'system_heap':
      return kernel.systemHeap !== null;
    default:
      return driverNames(kernel.drm).includes(name) && !kernel.drm.unloadedDrivers.has(name);
  }
}

/** Load a module. @throws KernelError ENOENT the machine has none, EEXIST it is loaded, ENOMEM; nothing is loaded then */
export function loadModule(kernel: Kernel, name: string): void {
  if (!moduleNames(kernel).includes(name))
    throw new KernelError('ENOENT', 'init_module', `The machine has no module ${name}.`);
  if (isModuleLoaded(kernel, name))
    throw new KernelError('EEXIST', 'init_module', `The module ${name} is loaded.`);
  if (name === 'device_dax') loadDax(kernel.dax!);
  else if (name === 'udmabuf') kernel.udmabuf = new UdmabufModule(kernel.dmaBufs, kernel.context);
  else if (name === 'system_heap') kernel.systemHeap = new SystemHeapModule(kernel.dmaBufs, kernel.context);
  else loadDriver(kernel.drm, name);
}

/** Unload a module. @throws KernelError ENOENT it is not loaded, EBUSY while it is in use; nothing is changed then */
export function unloadModule(kernel: Kernel, name: string): void {
  if (!isModuleLoaded(kernel, name))
    throw new KernelError('ENOENT', 'delete_module', `The module ${name} is not loaded.`);
  if (name === 'device_dax') unloadDax(kernel.dax!);
  else if (name === 'udmabuf') {
    refuseInUse(kernel.udmabuf!, name);
    kernel.udmabuf!.shutdown();
    kernel.udmabuf = null;
  } else if (name === 'system_heap') {
    refuseInUse(kernel.systemHeap!, name);
    kernel.systemHeap!.shutdown();
    kernel.systemHeap = null;
  } else unloadDriver(kernel.drm, name);
}

function refuseInUse(module: { readonly inUse: boolean }, name: string): void {
  if (module.inUse) throw new KernelError('EBUSY', 'delete_module', `The module ${name} is in use.`);
}
