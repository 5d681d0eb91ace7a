/**
 * Calls on the ring of lab_gpu: batches written by tasks, execbuffer, what became of a job, resets; the kernel's console; the cursor.
 *
 * Units      bytes inside objects, dwords, virtual nanoseconds, pixels
 */
import { KernelError } from '../../base/errno.ts';
import { PAGE_SIZE } from '../../base/units.ts';
import { WouldBlock } from '../../base/would_block.ts';
import { USAGE_BOOKKEEP } from '../../dma_buf/dma_resv.ts';
import { type FramebufferConsole, startConsole } from '../../drm/console/framebuffer_console.ts';
import { forceOutShown, setCursor } from '../../drm/drivers/lab_gpu_display.ts';
import { labGpuOf } from '../../drm/drivers/lab_gpu_state.ts';
import type { DrmFile } from '../../drm/drm_file.ts';
import { loseVram, wedgeEngine } from '../../drm/engine/engine_reset.ts';
import { type ExecObject, execbuffer, type Relocation } from '../../drm/engine/execbuffer.ts';
import { writeObjectWords } from '../../drm/engine/write_object.ts';
import type { TtmBo } from '../../drm/ttm/ttm_bo.ts';
import { bootLog } from '../../kernel/boot_log.ts';
import { ACCESS_OK, ACCESS_SIGNALS } from '../../kernel/user_access.ts';
import { type CallArgs, type CallContext, numberArg, registerCalls, textArg } from '../call_table.ts';
import type { Json } from '../input.ts';
import { BadArgument, pagesArg } from './arguments.ts';
import { type BatchWords, encodeCommands, fieldsOf, listOf, wordsOf } from './engine_arguments.ts';
import { gpuCall, labDevice, listedBo } from './lab_gpu.ts';

function consoleOf(context: CallContext, args: CallArgs): FramebufferConsole {
  const { console } = labGpuOf(labDevice(context, args));
  if (console === null)
    throw new KernelError('ENODEV', 'console', 'The device has no console; console.start makes it.');
  return console;
}

/** A defect of a program: where its commands should end, they begin again. */
const NEVER_ENDS = 'batch-never-ends';

/** Commands of an argument, for the batch that they go to. */
function commandsArg(
  context: CallContext,
  file: DrmFile,
  bo: TtmBo,
  value: Json,
  offset: number,
): BatchWords {
  const endless = context.kernel.context.sabotage === NEVER_ENDS;
  const commands = listOf(value, 'commands').map(command => {
    const isEnd = Array.isArray(command) && command[0] === 'BATCH_END';
    return endless && isEnd ? ['BATCH_CHAIN', { bo: null, delta: offset }] : command;
  });
  return encodeCommands(commands, offset, name => (name === null ? bo : listedBo(context, file, name)));
}

function relocationArg(context: CallContext, file: DrmFile, value: Json): Relocation {
  const fields = fieldsOf(value, 'A relocation');
  return {
    offset: numberArg(fields, 'offset'),
    target: listedBo(context, file, fields.target ?? null),
    delta: numberArg(fields, 'delta', 0),
    presumed: fields.presumed === undefined ? null : numberArg(fields, 'presumed'),
  };
}

/** One entry of the list: {bo, write?, relocs?, commands?, offset?} or the name of a buffer. */
function execObjectArg(context: CallContext, file: DrmFile, value: Json): ExecObject {
  const fields = typeof value === 'string' ? { bo: value } : fieldsOf(value, 'An entry of the list');
  const bo = listedBo(context, file, fields.bo ?? null);
  const relocations = listOf(fields.relocs, 'relocs').map(reloc => relocationArg(context, file, reloc));
  if (fields.commands === undefined) return { bo, write: fields.write === true, relocations };
  const offset = numberArg(fields, 'offset', 0);
  const batch = commandsArg(context, file, bo, fields.commands, offset);
  writeObjectWords(bo, offset, batch.words, 'gpu.pwrite');
  return { bo, write: fields.write === true, relocations: [...relocations, ...batch.relocations] };
}

registerCalls({
  /** {map, first?, page?, byte?, words}: dwords stored by the task itself, page after page. The signal, or {minorFaults}. */
  'mem.storeWords'(context, args) {
    const { kernel } = context;
    const { task, first, mapFirst } = pagesArg(context, args);
    const words = wordsOf(args.words, 'words');
    const start = numberArg(args, 'byte', 0);
    if (start % 4 !== 0 || start < 0) throw new BadArgument(`byte is a multiple of 4 (it is ${start}).`);
    const before = task.minorFaults;
    for (let done = 0; done < words.length; ) {
      const at = start + done * 4;
      const page = first + numberArg(args, 'page', 0) + Math.floor(at / PAGE_SIZE);
      const count = Math.min(words.length - done, (PAGE_SIZE - (at % PAGE_SIZE)) / 4);
      const outcome = kernel.access.touch(task, page, true);
      if (outcome !== ACCESS_OK) {
        const { signal, code } = ACCESS_SIGNALS[outcome];
        return { signal, code, page: page - mapFirst };
      }
      kernel.queue.storeWords(kernel.access.pfn, at % PAGE_SIZE, words.slice(done, done + count));
      done += count;
    }
    return { minorFaults: task.minorFaults - before };
  },

  /** {fd, bo, offset?, words}: the kernel writes dwords into an object, after all work on it is over. */
  'gpu.pwrite': (context, args) =>
    gpuCall(context, args, 'gpu.pwrite', file => {
      const bo = listedBo(context, file, args.bo ?? args.handle ?? null);
      writeObjectWords(bo, numberArg(args, 'offset', 0), wordsOf(args.words, 'words'), 'gpu.pwrite');
      return 0;
    }),

  /**
   * {fd, bo, offset?, commands}: the same with commands by name. Answers where their addresses stand: relocs for gpu.execbuffer, whose
   * entries take commands, too.
   */
  'gpu.pwriteCommands': (context, args) =>
    gpuCall(context, args, 'gpu.pwriteCommands', file => {
      const bo = listedBo(context, file, args.bo ?? args.handle ?? null);
      const offset = numberArg(args, 'offset', 0);
      const { words, relocations } = commandsArg(context, file, bo, args.commands ?? [], offset);
      writeObjectWords(bo, offset, words, 'gpu.pwriteCommands');
      const relocs = relocations.map(({ target, presumed, ...at }) => ({
        ...at,
        objectId: target.id,
        presumed: presumed ?? 0,
      }));
      return { dwords: words.length, relocs };
    }),

  /**
   * {fd, list: [{bo, write?, relocs?: [{offset, target, delta?, presumed?}], commands?, offset?}], start?, length?, durationNs?}: the last
   * entry is the batch. `write` of an entry: the commands write the object. `as` names the job for gpu.wait and gpu.jobStatus.
   */
  'gpu.execbuffer': (context, args) =>
    gpuCall(context, args, 'gpu.execbuffer', file => {
      const state = labGpuOf(file.device);
      const objects = listOf(args.list, 'list').map(entry => execObjectArg(context, file, entry));
      const { request, moved, patched } = execbuffer(file, {
        objects,
        start: numberArg(args, 'start', 0),
        length: numberArg(args, 'length', 0),
        duration: args.durationNs === undefined ? null : numberArg(args, 'durationNs'),
      });
      const job = state.nextJobId++;
      state.jobs.set(job, request.fence);
      if (context.as !== undefined) context.names.set(context.as, { kind: 'value', value: job });
      const offsets = objects.map(({ bo }) => bo.gart!.start * PAGE_SIZE);
      return { job, seqno: request.seqno, moved, patched, offsets };
    }),

  /** {fd, job}: `running`, `done`, or the error it ended with. */
  'gpu.jobStatus': (context, args) =>
    gpuCall(context, args, 'gpu.jobStatus', file => {
      const named = typeof args.job === 'string' ? context.names.get(args.job) : undefined;
      const id = named?.kind === 'value' ? named.value : Number(args.job);
      const fence = labGpuOf(file.device).jobs.get(id);
      if (fence === undefined) throw new KernelError('EINVAL', 'gpu.jobStatus', `There is no job ${id}.`);
      return fence.signalled ? (fence.error ?? 'done') : 'running';
    }),

  /** {fd}: the engine as the kernel knows it. */
  'gpu.engine': (context, args) =>
    gpuCall(context, args, 'gpu.engine', file => {
      const { ring, requests, completedSeqno, resets, generation, wedged } = labGpuOf(file.device).engine!;
      return {
        head: ring.head,
        tail: ring.emit,
        space: ring.space,
        size: ring.size,
        pending: requests.length,
        completed: completedSeqno,
        resets,
        generation,
        wedged,
      };
    }),

  /** {dev?}: a full reset that loses the contents of VRAM; a wedged engine works again. */
  'lab.gpuReset'(context, args) {
    const device = labDevice(context, args);
    const engine = labGpuOf(device).engine!;
    engine.wedged = false;
    loseVram(device, engine);
    return { generation: engine.generation };
  },

  /** {dev?}: the engine is given up, as after a reset that failed. */
  'lab.gpuWedge'(context, args) {
    wedgeEngine(labGpuOf(labDevice(context, args)).engine!);
    return 0;
  },

  /** {dev?}: the kernel's console takes the framebuffer of boot over. */
  'console.start'(context, args) {
    startConsole(labDevice(context, args)).clear();
    return 0;
  },

  /** {dev?, text}: one line. */
  'console.print'(context, args) {
    consoleOf(context, args).print(textArg(args, 'text'));
    return 0;
  },

  /** {dev?, line}: one line of what the kernel said at boot, by number; answers how many there are. */
  'console.bootLine'(context, args) {
    const lines = bootLog(context.kernel);
    const text = lines[numberArg(args, 'line')];
    if (text !== undefined) consoleOf(context, args).print(text);
    return lines.length;
  },

  /** {fd, bo?: without it none is shown, width?, height?, x?, y?}: a small picture over the display; pinned while it shows. */
  'gpu.cursor': (context, args) =>
    gpuCall(context, args, 'gpu.cursor', file => {
      const bo = args.bo === undefined ? null : listedBo(context, file, args.bo);
      const size = { width: numberArg(args, 'width', 64), height: numberArg(args, 'height', 64) };
      setCursor(file.device, bo, size, { x: numberArg(args, 'x', 0), y: numberArg(args, 'y', 0) });
      return 0;
    }),

  /** {dev?}: a defect on purpose: what is shown is unpinned and forced out of VRAM; the display reads on. */
  'lab.forceOutShown'(context, args) {
    forceOutShown(labDevice(context, args));
    return 0;
  },

  /** {fd, bo}: until no work on the object is in flight, as a caller of pwrite waits. */
  'gpu.waitBo': (context, args) =>
    gpuCall(context, args, 'gpu.waitBo', file => {
      const fence = listedBo(context, file, args.bo ?? null).resv.lastUnsignaled(USAGE_BOOKKEEP);
      if (fence !== null) throw new WouldBlock(fence, 'gpu.waitBo');
      return 0;
    }),
});
