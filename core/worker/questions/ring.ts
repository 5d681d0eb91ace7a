/**
 * The rings of the machine, read from the kernel's own state and the trace; bytes of the status page come from the machine.
 *
 * Left out   drivers whose requests run in virtual time only have no ring in memory: the note says so
 */
import { ERRNO } from '../../base/errno.ts';
import { PAGE_SIZE } from '../../base/units.ts';
import { LAB_GPU_DRIVER } from '../../drm/drivers/lab_gpu.ts';
import { labGpuOf } from '../../drm/drivers/lab_gpu_state.ts';
import type { DrmDevice } from '../../drm/drm_device.ts';
import type { EngineRequest } from '../../drm/engine/engine_request.ts';
import type { RingBuffer } from '../../drm/engine/ring_buffer.ts';
import type { RingEngine } from '../../drm/engine/ring_engine.ts';
import {
  E_ACTHD,
  E_BATCH,
  E_HEAD,
  E_IN_BATCH,
  E_SEQNO,
  E_STATUS,
  HWS_HEAD,
  HWS_SEQNO,
  STATUS_WORDS,
} from '../../hw/ring/engine_state.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type {
  EngineTroubleView,
  EngineView,
  RingRequestView,
  RingView,
  StatusPageView,
} from '../../public/machine_types.ts';
import {
  ENGINE_RESET,
  ENGINE_STOP,
  ENGINE_WEDGED,
  GPU_FAULT,
  REQUEST_FAIL,
  REQUEST_RETIRE,
  REQUEST_SUBMIT,
} from '../../trace/events/engine.ts';
import type { TraceBuffer, TraceEvent } from '../../trace/trace_buffer.ts';
import type { LabScene } from '../lab_scene.ts';
import { decodeCommands } from './command_words.ts';
import type { Answering } from './question.ts';

/** Requests, commands of one, and troubles that are shown at most. */
const MOST_REQUESTS = 12;
const MOST_COMMANDS = 12;
const MOST_TROUBLES = 16;
/** Rows of the trace that are looked at, from the newest back. */
const MOST_ROWS = 500_000;
/** Words of the status page that are listed at most. */
const MOST_WORDS = 24;

const errnoName = (errno: number) =>
  Object.entries(ERRNO).find(([, number]) => number === errno)?.[0] ?? `errno ${errno}`;

/** Every engine with a ring, with its device. */
export function ringEngines(kernel: Kernel): { device: DrmDevice; engine: RingEngine }[] {
  const found: { device: DrmDevice; engine: RingEngine }[] = [];
  for (const { device } of kernel.devices.values()) {
    const drm = device as DrmDevice;
    if (drm.driver !== LAB_GPU_DRIVER) continue;
    const { engine } = labGpuOf(drm);
    if (engine) found.push({ device: drm, engine });
  }
  return found;
}

interface EngineNews {
  readonly submits: TraceEvent[];
  readonly fails: Map<number, number>;
  readonly retired: Map<number, number>;
  readonly troubles: EngineTroubleView[];
}

function troubleOf({ typeId, args, index, time }: TraceEvent): EngineTroubleView {
  const [, seqno = 0, address = 0, third = 0, fourth = 0] = args;
  const base = { eventIndex: index, time, seqno };
  switch (typeId) {
    case GPU_FAULT.id:
      return {
        ...base,
        kind: 'fault',
        address,
        says: `${GPU_FAULT.words.access?.[third]} fault: ${GPU_FAULT.words.cause?.[fourth]}`,
      };
    case ENGINE_STOP.id:
      return { ...base, kind: 'stop', address, says: `${ENGINE_STOP.words.status?.[third]}` };
    case ENGINE_RESET.id:
      return { ...base, kind: 'reset', address: null, says: `${address} replayed, ${third} cancelled` };
    default:
      return { ...base, kind: 'wedged', address: null, says: 'given up: every request ends with EIO' };
  }
}

/** What the trace says of an engine, newest first, without looking at all of it. */
function newsOf(trace: TraceBuffer, engine: number): EngineNews {
  const news: EngineNews = { submits: [], fails: new Map(), retired: new Map(), troubles: [] };
  const last = Math.max(trace.firstIndex, trace.count - MOST_ROWS);
  for (let index = trace.count - 1; index >= last; index--) {
    switch (trace.typeIdAt(index)) {
      case REQUEST_SUBMIT.id:
        if (news.submits.length < MOST_REQUESTS && trace.argAt(index, 0) === engine)
          news.submits.push(trace.at(index));
        break;
      case REQUEST_FAIL.id:
        if (trace.argAt(index, 0) === engine) news.fails.set(trace.argAt(index, 1), trace.argAt(index, 2));
        break;
      case REQUEST_RETIRE.id:
        if (trace.argAt(index, 0) === engine) news.retired.set(trace.argAt(index, 1), trace.at(index).time);
        break;
      case GPU_FAULT.id:
      case ENGINE_STOP.id:
      case ENGINE_RESET.id:
      case ENGINE_WEDGED.id:
        if (news.troubles.length < MOST_TROUBLES && trace.argAt(index, 0) === engine)
          news.troubles.push(troubleOf(trace.at(index)));
    }
  }
  return news;
}

/** True when [start, end) has not been written again since its request was retired. */
function isIntact(ring: RingBuffer, start: number, isLive: boolean): boolean {
  if (isLive) return true;
  // Retired requests of this lap lie behind the head; those of the lap before between emit and the end.
  const mask = ring.size - 1;
  const written = (ring.emit - ring.head) & mask;
  return ((start - ring.head) & mask) >= written;
}

function requestView(
  scene: LabScene,
  engine: RingEngine,
  { args, time }: TraceEvent,
  live: EngineRequest | undefined,
  news: EngineNews,
): RingRequestView {
  const { ring } = engine;
  const [, seqno = 0, start = 0, end = 0, nrObjects = 0] = args;
  const errno = news.fails.get(seqno);
  const stop = end === 0 ? ring.size : end;
  const shown = isIntact(ring, start, live !== undefined) && stop > start;
  const { commands, more } = shown
    ? decodeCommands(ring.words, start, stop, ring.address, MOST_COMMANDS)
    : { commands: [], more: 0 };
  const state = errno !== undefined ? errnoName(errno) : live ? 'in flight' : 'retired';
  return {
    seqno,
    state,
    submittedAt: time,
    signalAt: live?.fence.signalAt ?? news.retired.get(seqno) ?? null,
    start,
    end,
    nrObjects,
    objects: (live?.uses ?? []).map(({ bo, write }) => ({
      id: bo.id,
      name: scene.names.object(bo.id),
      write,
    })),
    commands,
    moreCommands: more,
  };
}

function engineView(scene: LabScene, device: DrmDevice, engine: RingEngine): EngineView {
  const { kernel } = scene.session;
  const { ring } = engine;
  const registers = kernel.queue.engines.stateOf(engine.number);
  const news = newsOf(kernel.trace, engine.number);
  const live = new Map(engine.requests.map(request => [request.seqno, request]));
  return {
    number: engine.number,
    device: device.description.name,
    status: STATUS_WORDS[registers[E_STATUS]!] ?? 'unknown',
    base: ring.address,
    bytes: ring.size,
    head: ring.head,
    tail: ring.emit,
    space: ring.space,
    engineHead: registers[E_HEAD]!,
    active: registers[E_ACTHD]!,
    batch: registers[E_IN_BATCH] === 1 ? registers[E_BATCH]! : null,
    engineSeqno: registers[E_SEQNO]!,
    completedSeqno: engine.completedSeqno,
    statusAddress: engine.statusAddress,
    resets: engine.resets,
    wedged: engine.wedged,
    requests: news.submits.map(event => requestView(scene, engine, event, live.get(event.args[1]!), news)),
    troubles: news.troubles,
  };
}

function noteOf(kernel: Kernel, engines: number): string {
  const drivers = [...kernel.devices.values()].map(({ device }) => (device as DrmDevice).description.driver);
  const virtual = drivers.includes('i915_2008')
    ? 'The requests of i915_2008 run in virtual time: they have a seqno and a moment of their end, but no ring in memory and no status page.'
    : '';
  if (engines > 0 || virtual !== '') return virtual;
  return `No device of the machine ${kernel.description.name} has a ring: ${drivers.join(', ') || 'it has no device'}. Scenes on lab_gpu have one.`;
}

export const RING: Answering<'ring'> = {
  answer: (scene): RingView => {
    const { kernel } = scene.session;
    const engines = ringEngines(kernel).map(({ device, engine }) => engineView(scene, device, engine));
    return { engines, note: noteOf(kernel, engines.length) };
  },
};

const WORD_NAMES: Readonly<Record<number, string>> = { [HWS_HEAD]: 'head', [HWS_SEQNO]: 'seqno' };

export const STATUS_PAGE: Answering<'statusPage'> = {
  between: true,
  answer: async ({ session: { kernel, player } }, { engine: number }): Promise<StatusPageView | null> => {
    const found = ringEngines(kernel).find(({ engine }) => engine.number === number);
    if (!found) return null;
    await player.barrier();
    const { engine } = found;
    const bytes = await player.machine.readPages([engine.statusPage.pfnOfPage(0)]);
    const values = new Uint32Array(bytes.buffer, bytes.byteOffset, PAGE_SIZE / 4);
    const words: { index: number; value: number; name: string }[] = [];
    let more = 0;
    values.forEach((value, index) => {
      const name = WORD_NAMES[index] ?? '';
      if (value === 0 && name === '') return;
      if (words.length < MOST_WORDS) words.push({ index, value, name });
      else more++;
    });
    return { address: engine.statusAddress, words, more };
  },
};
