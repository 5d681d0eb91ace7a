/**
 * Random steps over the ring of lab_gpu: batches that store, fill, copy and draw, among them some that no engine can end; writes
 * of the kernel and of tasks into objects; resets; the console; the cursor.
 *
 * Rule       what a history writes by ring lies in [RING_BYTE, PAGE_SIZE) of a page, away from the bytes that byte_oracle.ts knows;
 *            the machine's bytes are compared with their recipes at the end of the history
 */
import type { Json } from '../../session/input.ts';
import { labFile, labObjects } from './lab_gpu_moves.ts';
import { call, type FuzzBo, type FuzzFd, type FuzzWorld, type Move, type Plan } from './world.ts';

const PAGE = 4096;
/** First byte of a page that ring commands may write; batches begin here, too. */
const RING_BYTE = 2048;
const RING_BYTES = PAGE - RING_BYTE;
/** A surface of one page a row: pixels from here on lie behind RING_BYTE. */
const FIRST_PIXEL = RING_BYTE / 4;
const XRGB8888 = 0;
const RGB565 = 1;
/** An opcode that no engine knows, as the header of one dword. */
const BAD_HEADER = 0x7f00_0000;
/** Far behind every GART of these machines. */
const NOWHERE = 0xfff0_0000;
const CURSOR_PAGES = 4;

/** A page of an object as an operand, from a byte on. */
function operand(world: FuzzWorld, bo: FuzzBo, byte: number): Json {
  return { bo: bo.name, delta: world.random.below(bo.pages) * PAGE + byte };
}

/** A range that ring commands may write: its first byte in the page, and its length. */
function ringRange(world: FuzzWorld): { readonly byte: number; readonly length: number } {
  const first = world.random.below(RING_BYTES / 4);
  const dwords = 1 + world.random.below(Math.min(RING_BYTES / 4 - first, 64));
  return { byte: RING_BYTE + first * 4, length: dwords * 4 };
}

function someWord(world: FuzzWorld): number {
  return world.random.below(0x1_0000) * 0x1_0001;
}

const pair = (low: number, high: number): number => (low | (high << 16)) >>> 0;

/** x and y, width and height of pixels inside what may be written of an object. */
function rectangle(world: FuzzWorld, rows: number): { readonly at: number; readonly size: number } {
  const x = world.random.below(FIRST_PIXEL / 2);
  const y = world.random.below(rows);
  const width = 1 + world.random.below(Math.min(32, FIRST_PIXEL - x));
  return { at: pair(FIRST_PIXEL + x, y), size: pair(width, 1 + world.random.below(Math.min(8, rows - y))) };
}

/** One command that ends. */
function goodCommand(world: FuzzWorld, objects: readonly FuzzBo[]): Json[] {
  const target = world.random.pick(objects);
  const source = world.random.pick(objects);
  const { byte, length } = ringRange(world);
  switch (world.random.below(8)) {
    case 0:
      return [['STORE_DWORD', operand(world, target, byte), someWord(world)]];
    case 1:
      return [['FILL', operand(world, target, byte), length, someWord(world)]];
    case 2:
      return [['COPY', operand(world, target, byte), operand(world, source, byte), length]];
    case 3: {
      const { at, size } = rectangle(world, target.pages);
      return [['DRAW_RECT', { bo: target.name }, PAGE, XRGB8888, at, size, someWord(world)]];
    }
    case 4: {
      // The two surfaces must not overlap: within one object there is nothing to blit.
      if (target === source) return [['USER_INTERRUPT']];
      const rows = Math.min(target.pages, source.pages);
      const { at, size } = rectangle(world, rows);
      const formats = world.random.chance(1, 4) ? XRGB8888 | (RGB565 << 8) : XRGB8888;
      return [['BLIT', { bo: target.name }, PAGE, at, { bo: source.name }, PAGE, at, size, formats]];
    }
    case 5: {
      const at = operand(world, target, byte);
      return [
        ['STORE_DWORD', at, 7],
        ['WAIT', at, 7],
      ];
    }
    case 6:
      return [['FLUSH'], ['USER_INTERRUPT']];
    default:
      return [['NOP']];
  }
}

/** A command after which the engine has to be reset. */
function badCommand(world: FuzzWorld, batch: FuzzBo, start: number): Json[] {
  const at = { bo: batch.name, delta: start };
  return world.random.pick<Json[]>([
    [[BAD_HEADER]],
    [['STORE_DWORD', NOWHERE, 1]],
    [['COPY', at, NOWHERE, 64]],
    [['BATCH_CHAIN', at]],
    [
      ['STORE_DWORD', { bo: batch.name, delta: start + PAGE - RING_BYTE - 4 }, 0],
      ['WAIT', { bo: batch.name, delta: start + PAGE - RING_BYTE - 4 }, 1],
    ],
  ]);
}

/** A file of lab_gpu with an object in it. */
function fileWithObjects(
  world: FuzzWorld,
): { readonly fd: FuzzFd; readonly task: string; readonly objects: readonly FuzzBo[] } | null {
  const found = labFile(world);
  const objects = found ? labObjects(world, found.fd) : [];
  return found && objects.length > 0 ? { ...found, objects } : null;
}

function execbuffer(world: FuzzWorld): Plan | null {
  const found = fileWithObjects(world);
  if (!found) return null;
  const batch = world.random.pick(found.objects);
  const others = found.objects.filter(bo => bo !== batch && world.random.chance(1, 4)).slice(0, 3);
  const list = [...others, batch];
  const start = world.random.below(batch.pages) * PAGE + RING_BYTE;
  const commands: Json[] = [];
  for (let n = world.random.below(5); n >= 0; n--) commands.push(...goodCommand(world, list));
  if (world.random.chance(1, 24)) commands.push(...badCommand(world, batch, start));
  commands.push(['BATCH_END']);
  const args: Record<string, Json> = {
    fd: found.fd.name,
    start,
    list: [
      ...others.map(bo => ({ bo: bo.name, write: true })),
      { bo: batch.name, write: true, offset: start, commands },
    ],
  };
  if (world.random.chance(1, 3)) args.durationNs = world.random.below(200_000);
  if (world.random.chance(1, 40)) args.start = start + 4;
  const as = world.fresh('r');
  return {
    ...call(found.task, 'gpu.execbuffer', args, as),
    done: failed => {
      if (failed === null) world.jobs.push(as);
      if (world.jobs.length > 4) world.jobs.shift();
    },
  };
}

/** What became of a job: of its file, or of another one's. */
function jobStatus(world: FuzzWorld): Plan | null {
  const found = labFile(world);
  const job = world.jobs.length === 0 ? 9999 : world.random.pick(world.jobs);
  return found && call(found.task, 'gpu.jobStatus', { fd: found.fd.name, job });
}

function kernelWrites(world: FuzzWorld): Plan | null {
  const found = fileWithObjects(world);
  if (!found) return null;
  const bo = world.random.pick(found.objects);
  const { byte, length } = ringRange(world);
  const words = Array.from({ length: length / 4 }, () => someWord(world));
  const offset = world.random.below(bo.pages) * PAGE + byte;
  return call(found.task, 'gpu.pwrite', { fd: found.fd.name, bo: bo.name, offset, words });
}

function taskWrites(world: FuzzWorld): Plan | null {
  const some = world.objectMaps().filter(({ users, writable }) => users.size > 0 && writable);
  if (some.length === 0) return null;
  const map = world.random.pick(some);
  const { byte, length } = ringRange(world);
  const words = Array.from({ length: length / 4 }, () => someWord(world));
  const page = world.random.below(map.pages);
  return call(world.random.pick([...map.users]), 'mem.storeWords', { map: map.name, page, byte, words });
}

function waitForObject(world: FuzzWorld): Plan | null {
  const found = fileWithObjects(world);
  return (
    found && call(found.task, 'gpu.waitBo', { fd: found.fd.name, bo: world.random.pick(found.objects).name })
  );
}

function cursor(world: FuzzWorld): Plan | null {
  const found = fileWithObjects(world);
  if (!found) return null;
  const args: Record<string, Json> = { fd: found.fd.name, x: world.random.below(640), y: 20 };
  const large = found.objects.filter(({ pages }) => pages >= CURSOR_PAGES);
  if (large.length > 0 && world.random.chance(2, 3)) args.bo = world.random.pick(large).name;
  return call(found.task, 'gpu.cursor', args);
}

/** A call of the machine itself on its lab_gpu, while it is in. */
function onMachine(name: string, more: { readonly [name: string]: Json } = {}) {
  return (world: FuzzWorld): Plan | null => {
    const device = world.devices.find(
      ({ name: dev, driver }) => driver === 'lab_gpu' && world.plugged.has(dev),
    );
    return device ? call('K', name, { dev: device.name, ...more }) : null;
  };
}

export const RING_MOVES: readonly Move[] = [
  { weight: 16, make: execbuffer },
  { weight: 2, make: jobStatus },
  { weight: 3, make: kernelWrites },
  { weight: 3, make: taskWrites },
  { weight: 2, make: waitForObject },
  { weight: 1, make: cursor },
  { weight: 2, make: onMachine('lab.gpuReset') },
  // Until the next reset every batch is refused.
  { weight: 1, make: world => (world.random.chance(1, 4) ? onMachine('lab.gpuWedge')(world) : null) },
  { weight: 1, make: onMachine('console.start') },
  { weight: 1, make: onMachine('console.print', { text: 'one line of text' }) },
  { weight: 1, make: onMachine('console.bootLine', { line: 0 }) },
  {
    weight: 1,
    make: world => {
      const found = labFile(world);
      return found && call(found.task, 'gpu.engine', { fd: found.fd.name });
    },
  },
];
