/** The lines of the timeline: which lanes of the index each draws, in which row, and as what. */
import type { SpanKind, TimelineTrack, TrackKind } from '../../public/timeline_types.ts';
import { FENCE_DRIVERS, FENCE_TIMELINES } from '../../trace/events/dma_buf.ts';
import type { IdNames } from '../../views/trace_reader.ts';
import type { SpanLane } from './span_lane.ts';
import {
  type Teller,
  tellCall,
  tellFault,
  tellFence,
  tellUnmap,
  tellWait,
  tellWalk,
  tellWork,
} from './span_text.ts';
import type { EngineLane, TimelineIndex } from './timeline_index.ts';

/** One lane in its place. */
export interface TrackLane {
  readonly lane: SpanLane;
  readonly kind: SpanKind;
  readonly row: number;
  readonly tell: Teller;
}

export interface TrackLanes {
  readonly track: TimelineTrack;
  readonly lanes: readonly TrackLane[];
}

export const KERNEL_TRACK = 'kernel';
export const FENCES_TRACK = 'fences';
export const taskTrack = (pid: number) => `task ${pid}`;
export const engineTrack = (context: number) => `engine ${context}`;
/** Rows of the kernel's track. */
export const WALK_ROW = 0;
export const UNMAP_ROW = 1;

function engineKind({ timeline }: EngineLane): TrackKind {
  return FENCE_TIMELINES[timeline] === 'copy' ? 'copy' : 'ring';
}

/** Engines of one kind are numbered when there are several. */
function engineName(engine: EngineLane, all: readonly EngineLane[]): string {
  const kind = engineKind(engine);
  const plain =
    kind === 'copy' ? 'copy engine' : FENCE_DRIVERS[engine.driver] === 'i915' ? 'i915 ring' : 'ring';
  const same = all.filter(each => engineKind(each) === kind && each.driver === engine.driver);
  return same.length > 1 ? `${plain} ${same.indexOf(engine) + 1}` : plain;
}

/** All lines, from the top: tasks, the kernel, engines, fences. */
export function allTracks(index: TimelineIndex, names: IdNames): TrackLanes[] {
  const tracks: TrackLanes[] = [];
  for (const task of [...index.tasks.values()].sort((a, b) => a.pid - b.pid)) {
    if (task.pid === 0) continue;
    tracks.push({
      track: { id: taskTrack(task.pid), kind: 'task', name: names.task(task.pid), pid: task.pid, rows: 1 },
      lanes: [
        { lane: task.calls, kind: 'call', row: 0, tell: tellCall },
        { lane: task.faults, kind: 'fault', row: 0, tell: tellFault },
        { lane: task.waits, kind: 'wait', row: 0, tell: tellWait },
      ],
    });
  }
  tracks.push({
    track: { id: KERNEL_TRACK, kind: 'kernel', name: 'kernel', pid: null, rows: 2 },
    lanes: [
      { lane: index.walks, kind: 'walk', row: WALK_ROW, tell: tellWalk },
      { lane: index.unmaps, kind: 'unmap', row: UNMAP_ROW, tell: tellUnmap },
    ],
  });
  const engines = [...index.engines.values()]
    .filter(engine => FENCE_TIMELINES[engine.timeline] !== 'stub')
    .sort((a, b) => a.timeline - b.timeline || a.context - b.context);
  for (const engine of engines) {
    const kind = engineKind(engine);
    tracks.push({
      track: { id: engineTrack(engine.context), kind, name: engineName(engine, engines), pid: null, rows: 1 },
      lanes: [{ lane: engine.work, kind: kind === 'copy' ? 'copy' : 'job', row: 0, tell: tellWork }],
    });
  }
  tracks.push({
    track: { id: FENCES_TRACK, kind: 'fences', name: 'fences', pid: null, rows: 1 },
    lanes: [
      { lane: index.emits, kind: 'emit', row: 0, tell: tellFence },
      { lane: index.signals, kind: 'signal', row: 0, tell: tellFence },
    ],
  });
  return tracks;
}
