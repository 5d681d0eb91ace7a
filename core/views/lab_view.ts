/** The whole view of one instant, built from the kernel as it is. What did not change since the view before is taken over as it is. */
import type { Kernel } from '../kernel/kernel.ts';
import type { GartView, LabView, StatusView } from '../public/view_types.ts';
import { gartAfter } from './gart_views.ts';
import { HolderRows } from './holder_rows.ts';
import { ObjectRows } from './object_rows.ts';
import { managedDevices, placementViews } from './object_views.ts';
import { taskRows } from './task_views.ts';
import type { IdNames, TraceReader } from './trace_reader.ts';

/** Names that say which of them are others than at the last view; without it all may be. */
export interface ChangingNames extends IdNames {
  /** Objects that were named since the last call. */
  takeRenamed(kernel: Kernel): ReadonlySet<number>;
}

/** So many objects are looked at without stops. */
const FEW = 1000;

export class ViewBuilder {
  private readonly holders = new HolderRows();
  private readonly objects = new ObjectRows();
  private gart: GartView = { nrEntries: 0, runs: [] };
  private kernel: Kernel | null = null;
  /** A refused call may have used an object without an event that says so, since all were looked at. */
  private unsure = true;
  /** A look has begun and has not ended. */
  private looking = false;
  /** Name of the device that is shown; another one, or null: the first. */
  private shown: string | null = null;

  /** Show the memories of this device from the next view on. */
  show(device: string): void {
    this.shown = device;
  }

  /** A call was refused: where the scene rests, all objects are looked at once. */
  noteRefusal(): void {
    this.unsure = true;
  }

  /** The view of this instant; the kernel may be another one than before (a seek). */
  build(kernel: Kernel, reader: TraceReader, names: ChangingNames, status: StatusView): LabView {
    const looking = this.look(kernel, reader, names, status.running);
    let looked = looking.next();
    while (!looked.done) looked = looking.next();
    const { tasks, rows, device, all } = looked.value;
    return {
      status:
        device && all.length > 1 ? { ...status, devices: { shown: device.description.name, all } } : status,
      placements: placementViews(kernel, device, this.objects.used),
      objects: rows,
      tasks,
      gart: this.gart,
      why: [...reader.why],
    };
  }

  /**
   * What takes long of the view of a resting scene, in steps; build() finds it done. Who does not go on leaves it to build().
   */
  *prepare(kernel: Kernel, reader: TraceReader, names: ChangingNames): Generator<void, void> {
    if (kernel !== this.kernel || this.unsure || reader.touched.most > FEW)
      yield* this.look(kernel, reader, names, false);
  }

  private *look(kernel: Kernel, reader: TraceReader, names: ChangingNames, running: boolean) {
    const { holders } = this;
    const noted = reader.touched.take();
    const touched = kernel === this.kernel && (running || !this.unsure) ? noted : null;
    // Who was not looked at to the end knows nothing of what changed before.
    if (this.looking) holders.doubt();
    this.looking = true;
    if (touched === null) this.unsure = true;
    if (kernel !== this.kernel) this.kernel = null;
    holders.begin();
    const tasks = taskRows(kernel, reader.zapped, holders);
    const held = holders.end(touched?.handles ?? true);
    const renamed = names.takeRenamed(kernel);
    const lookAt = touched && held && new Set([...touched.objects, ...held, ...renamed]);
    const devices = managedDevices(kernel);
    const device = devices.find(({ description }) => description.name === this.shown) ?? devices[0] ?? null;
    const changes = yield* this.objects.update(device, lookAt, holders, names, renamed);
    this.gart = gartAfter(this.gart, device ? kernel.description.gartEntries : 0, changes);
    if (touched === null) this.unsure = false;
    this.kernel = kernel;
    this.looking = false;
    return { tasks, rows: changes.rows, device, all: devices.map(({ description }) => description.name) };
  }
}

/** The view of one instant, for who wants no other. */
export function buildLabView(
  kernel: Kernel,
  reader: TraceReader,
  names: IdNames,
  status: StatusView,
): LabView {
  const all: ChangingNames = {
    object: id => names.object(id),
    task: pid => names.task(pid),
    vmaAt: (mmId, page) => names.vmaAt(mmId, page),
    takeRenamed: () => new Set(),
  };
  return new ViewBuilder().build(kernel, reader, all, status);
}
