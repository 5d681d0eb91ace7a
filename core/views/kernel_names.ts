/**
 * Names of ids for people. An object or a task that is gone keeps the name it had last, as far as it was seen here; the kernel
 * itself knows numbers only.
 */
import type { Kernel } from '../kernel/kernel.ts';
import type { NameTable } from '../session/name_table.ts';
import { objectOfVma, shownObjects } from '../session/object_places.ts';
import type { IdNames } from './trace_reader.ts';

export class KernelNames implements IdNames {
  private readonly objects = new Map<number, string>();
  private readonly tasks = new Map<number, string>();
  private kernel: Kernel | null = null;

  /**
   * Learn the names of everything that exists now: the label of an object, else what the inputs call it.
   */
  learn(kernel: Kernel, inputNames: NameTable): void {
    this.kernel = kernel;
    for (const [name, thing] of inputNames.entries()) {
      if (thing.kind === 'bo' && !this.objects.has(thing.objectId)) this.objects.set(thing.objectId, name);
    }
    for (const object of shownObjects(kernel)) if (object.label) this.objects.set(object.id, object.label);
    for (const task of kernel.tasks.values()) this.tasks.set(task.pid, task.name);
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
