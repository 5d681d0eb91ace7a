/** The whole view of one instant, built from the kernel as it is; nothing of it is kept here. */
import type { Kernel } from '../kernel/kernel.ts';
import type { LabView, StatusView } from '../public/view_types.ts';
import { gartView, objectViews, placementViews } from './object_views.ts';
import { taskRows } from './task_views.ts';
import type { IdNames, TraceReader } from './trace_reader.ts';

export function buildLabView(
  kernel: Kernel,
  reader: TraceReader,
  names: IdNames,
  status: StatusView,
): LabView {
  const { tasks, holders } = taskRows(kernel, reader.zapped);
  const objects = objectViews(kernel, holders, names);
  return {
    status,
    placements: placementViews(kernel, objects),
    objects,
    tasks,
    gart: gartView(kernel, objects),
    why: [...reader.why],
  };
}
