/**
 * Names of ids for people. An object or a task that is gone keeps the name it had last, as far as it was seen here; the kernel
 * itself knows numbers only.
 */
import type { DrmDevice } from '../drm/drm_device.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { NameTable } from '../session/name_table.ts';
import { objectOfVma } from '../session/object_places.ts';
import type { ChangingNames } from './lab_view.ts';

const MANY = 2000;

export class KernelNames implements ChangingNames {
  private readonly objects = new Map<number, string>();
  private readonly tasks = new Map<number, string>();
  private kernel: Kernel | null = null;
  /** Labels of objects up to this id are known; an object gets its label when it is made. */
  private labelled = 0;
  private renamed = new Set<number>();

  /**
   * Learn the names of everything that exists now: the label of an object, else what the inputs call it.
   *
   * @param fresh names that inputs gave since the last time, whatever the kernel was then; all when absent
   */
  learn(kernel: Kernel, inputNames: NameTable, fresh?: readonly string[]): void {
    if (kernel !== this.kernel) this.labelled = 0;
    if (this.kernel === null || !fresh) {
      for (const [name] of inputNames.entries()) this.learnName(name, inputNames);
    } else for (const name of fresh) this.learnName(name, inputNames);
    this.kernel = kernel;
    this.learnLabels(kernel, !fresh || this.labelled < MANY);
    for (const task of kernel.tasks.values()) this.tasks.set(task.pid, task.name);
  }

  private learnName(name: string, inputNames: NameTable): void {
    const thing = inputNames.get(name);
    if (thing?.kind === 'bo' && !this.objects.has(thing.objectId)) this.set(thing.objectId, name);
  }

  private learnLabels(kernel: Kernel, all: boolean): void {
    const last = kernel.drm.nextObjectId - 1;
    if (last <= this.labelled) return;
    // While very many come into being, not each few of them are worth a look at all; a view looks at them in any case.
    if (!all && last - this.labelled < this.labelled >> 4) return;
    for (const { device } of kernel.devices.values()) {
      for (const object of (device as DrmDevice).objects) {
        if (object.id > this.labelled && object.label) this.set(object.id, object.label);
      }
    }
    this.labelled = last;
  }

  private set(id: number, name: string): void {
    if (this.objects.get(id) === name) return;
    this.objects.set(id, name);
    this.renamed.add(id);
  }

  takeRenamed(kernel: Kernel): ReadonlySet<number> {
    this.learnLabels(kernel, true);
    const { renamed } = this;
    if (renamed.size > 0) this.renamed = new Set();
    return renamed;
  }

  object(id: number): string {
    return this.objects.get(id) ?? `bo ${id}`;
  }

  task(pid: number): string {
    return this.tasks.get(pid) ?? `pid ${pid}`;
  }

  vmaAt(mmId: number, page: number) {
    if (!this.kernel) return null;
    for (const task of this.kernel.tasks.values()) {
      if (task.mm.id !== mmId) continue;
      const vma = task.mm.findVma(page);
      return vma ? { pid: task.pid, vmaId: vma.id, objectId: objectOfVma(vma)?.id ?? null } : null;
    }
    return null;
  }
}
