/**
 * The steps of boot as data: module init in order, each with its undo. Shutdown runs the undos backwards.
 *
 * Models     do_initcalls, kernel/module (Linux 6.12)
 * Invariants I1 a failure at step k leaves exactly what was there before step 1
 */
import { invariant } from '../base/invariant.ts';
import { shutdownBsd } from '../bsd/bsd_module.ts';
import { DaxBus } from '../dax/dax_bus.ts';
import { loadDax, unloadDax } from '../dax/dax_module.ts';
import { DmaBufRegistry } from '../dma_buf/dma_buf.ts';
import { FenceQueue } from '../dma_buf/fence_queue.ts';
import { SystemHeapModule } from '../dma_buf/system_heap.ts';
import { UdmabufModule } from '../dma_buf/udmabuf.ts';
import { bindAll, unbindAll } from '../drm/drm_bind.ts';
import { DrmCore } from '../drm/drm_core.ts';
import { AnonInodes } from '../fs/anon_inode.ts';
import { releaseFs } from '../fs/pseudo_fs.ts';
import { Vfs } from '../fs/vfs.ts';
import type { Kernel } from './kernel.ts';
import { addDebugFiles, removeDebugFiles } from './proc/debug_files.ts';
import { addSystemFiles, removeSystemFiles } from './proc/system_files.ts';
import { sysExitTask } from './sys_task.ts';
import { UserAccess } from './user_access.ts';

export interface BootStep {
  readonly name: string;
  /** @throws KernelError when the step fails; it has undone its own part then */
  readonly init: (kernel: Kernel) => void;
  readonly exit: (kernel: Kernel) => void;
}

const NOTHING = null as unknown;

export const BOOT_STEPS: readonly BootStep[] = [
  {
    name: 'fences',
    init(kernel) {
      const { trace, queue, description } = kernel;
      kernel.fences = new FenceQueue(trace);
      kernel.access = new UserAccess(queue, trace, kernel.fences, description.timing.faultNs);
    },
    exit(kernel) {
      // Work in flight comes to its end before the devices that gave it are gone; here none may be left.
      invariant(
        kernel.fences.nrPending === 0,
        () => `${kernel.fences.nrPending} fences have not signalled at shutdown.`,
      );
      kernel.access = NOTHING as UserAccess;
      kernel.fences = NOTHING as FenceQueue;
    },
  },
  {
    name: 'vfs',
    init(kernel) {
      kernel.vfs = new Vfs(kernel.context);
    },
    exit(kernel) {
      for (const fs of [kernel.vfs.pipeFs, kernel.vfs.sockFs, kernel.vfs.pidFs]) {
        if (fs.users > 0) releaseFs(kernel.vfs, fs);
      }
      kernel.vfs.shutdown();
      kernel.vfs = NOTHING as Vfs;
    },
  },
  {
    name: 'anon_inodes',
    init(kernel) {
      kernel.anonInodes = new AnonInodes(kernel.vfs);
    },
    exit(kernel) {
      kernel.anonInodes.shutdown();
      kernel.anonInodes = NOTHING as AnonInodes;
    },
  },
  {
    name: 'dma_buf',
    init(kernel) {
      const { vfs, trace, anonInodes, context } = kernel;
      kernel.dmaBufs = new DmaBufRegistry(vfs, trace, anonInodes, context.era.dmaBufInodes);
    },
    exit(kernel) {
      kernel.dmaBufs.shutdown();
      kernel.dmaBufs = NOTHING as DmaBufRegistry;
    },
  },
  {
    name: 'drm',
    init(kernel) {
      const { vfs, context, fences, dmaBufs, sysfs, proc, debugfs, description, devices } = kernel;
      const machine = description;
      kernel.drm = new DrmCore({ vfs, context, fences, dmaBufs, sysfs, proc, debugfs, machine, devices });
    },
    exit(kernel) {
      kernel.drm.shutdown();
      kernel.drm = NOTHING as DrmCore;
    },
  },
  {
    name: 'dax',
    init(kernel) {
      const { vfs, context, sysfs, description } = kernel;
      if (!description.pmem) return;
      const bus = new DaxBus({ vfs, context, sysfs, machine: description, iomem: kernel.drm.iomem });
      loadDax(bus);
      kernel.dax = bus;
    },
    exit(kernel) {
      if (kernel.dax) unloadDax(kernel.dax);
      kernel.dax = null;
    },
  },
  {
    name: 'bsd',
    // Its drivers are loaded by calls, not at boot.
    init() {},
    exit(kernel) {
      if (kernel.bsd) shutdownBsd(kernel.bsd);
      kernel.bsd = null;
    },
  },
  {
    name: 'drm_devices',
    init(kernel) {
      bindAll(kernel.drm);
    },
    exit(kernel) {
      // Work in flight comes to its end before the memory it uses goes.
      while (kernel.fences.nrPending > 0) kernel.fences.advanceTo(kernel.fences.nextSignalAt);
      unbindAll(kernel.drm);
    },
  },
  {
    name: 'udmabuf',
    init(kernel) {
      if (kernel.description.dmaBufExporters?.includes('udmabuf'))
        kernel.udmabuf = new UdmabufModule(kernel.dmaBufs, kernel.context);
    },
    exit(kernel) {
      kernel.udmabuf?.shutdown();
      kernel.udmabuf = null;
    },
  },
  {
    name: 'system_heap',
    init(kernel) {
      if (kernel.description.dmaBufExporters?.includes('system_heap'))
        kernel.systemHeap = new SystemHeapModule(kernel.dmaBufs, kernel.context);
    },
    exit(kernel) {
      kernel.systemHeap?.shutdown();
      kernel.systemHeap = null;
    },
  },
  {
    name: 'proc',
    init(kernel) {
      addSystemFiles(kernel);
      addDebugFiles(kernel);
    },
    exit(kernel) {
      removeDebugFiles(kernel);
      removeSystemFiles(kernel);
    },
  },
  {
    name: 'tasks',
    init() {},
    exit(kernel) {
      for (const task of [...kernel.tasks.values()]) sysExitTask(kernel, task);
    },
  },
];
