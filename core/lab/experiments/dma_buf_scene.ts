/**
 * Four processes with shared buffers, the same in every design of their inodes: a game with two equal frames and two equal
 * textures, a compositor, a camera, a recorder that maps without a descriptor; and one buffer that only the kernel holds.
 */
import { KernelError } from '../../base/errno.ts';
import { setDmaBufName } from '../../dma_buf/dma_buf.ts';
import { drmFileOf } from '../../drm/drm_file.ts';
import { importBuf } from '../../drm/prime.ts';
import type { DmaBufInodeDesign } from '../../fs/kernel_era.ts';
import { filePath } from '../../fs/open_file.ts';
import type { MachineDescription } from '../../hw/machine_description.ts';
import { bootKernel } from '../../kernel/boot.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { readKernelText } from '../../kernel/proc/read_text.ts';
import { dmaBufIoctl, sysHeapAlloc } from '../../kernel/sys_dma_buf.ts';
import { sysMmap } from '../../kernel/sys_mmap.ts';
import { sysClose, sysDup, sysOpen, sysRecvFd, sysSendFd } from '../../kernel/sys_open.ts';
import { sysOpenPath } from '../../kernel/sys_open_path.ts';
import { spawnTask } from '../../kernel/sys_task.ts';
import type { Task } from '../../kernel/task.ts';
import { shutdownAndFindLeaks } from '../shutdown_leaks.ts';
import type { FdPlace } from './dma_buf_probe.ts';
import { Probe } from './dma_buf_probe.ts';
import { QUESTIONS, type QuestionScene } from './dma_buf_questions.ts';

const FRAME_BYTES = 65536;
const FRAME_NAME = 'frame';
const O_RDWR = 2;
const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;

function allocate(kernel: Kernel, task: Task, bytes: number): number {
  return sysHeapAlloc(kernel, task, 'system', bytes, O_RDWR, 0, 0);
}

/** Name a buffer where there are names. */
function nameFrame(kernel: Kernel, task: Task, fd: number): void {
  try {
    dmaBufIoctl(kernel, task, fd, 'DMA_BUF_SET_NAME', buf => {
      setDmaBufName(buf, FRAME_NAME);
      return 0;
    });
  } catch (refusal) {
    if (!(refusal instanceof KernelError) || refusal.errno !== 'ENOTTY') throw refusal;
  }
}

function share(kernel: Kernel, from: Task, fd: number, to: Task): number {
  sysSendFd(kernel, from, fd, to);
  return sysRecvFd(kernel, to);
}

function importInto(task: Task, gpu: number, fd: number): void {
  importBuf(drmFileOf(task.files.get(gpu, 'import'))!, task.files.get(fd, 'import'));
}

/** Make the processes and their buffers on a booted kernel. */
export function buildScene(kernel: Kernel): QuestionScene {
  const [game, compositor, camera, recorder] = ['game', 'compositor', 'camera', 'recorder'].map(name =>
    spawnTask(kernel, name),
  ) as [Task, Task, Task, Task];
  const frames = [allocate(kernel, game, FRAME_BYTES), allocate(kernel, game, FRAME_BYTES)] as const;
  for (const fd of frames) nameFrame(kernel, game, fd);
  for (let i = 0; i < 2; i++) allocate(kernel, game, 2 * FRAME_BYTES);
  sysDup(kernel, game, frames[0]);
  const [elsewhere] = frames.map(fd => share(kernel, game, fd, compositor)) as [number, number];
  const video = allocate(kernel, camera, FRAME_BYTES / 2);
  share(kernel, camera, video, compositor);
  const device = kernel.devices.get('vgem')!.renderNode!;
  importInto(compositor, sysOpen(kernel, compositor, device, { mode: 'rdwr' }), elsewhere);
  // Only the camera's device file holds this one on.
  const kernelOnly = allocate(kernel, camera, 4096);
  importInto(camera, sysOpen(kernel, camera, device, { mode: 'rdwr' }), kernelOnly);
  sysClose(kernel, camera, kernelOnly);
  const recorded = share(kernel, game, frames[1], recorder);
  sysMmap(kernel, recorder, null, FRAME_BYTES, PROT_READ_WRITE, MAP_SHARED, recorded, 0);
  sysClose(kernel, recorder, recorded);
  const at = (task: Task, fd: number): FdPlace => ({ pid: task.pid, fd });
  return {
    kernel,
    frame: at(game, frames[0]),
    frameElsewhere: at(compositor, elsewhere),
    otherFrame: at(game, frames[1]),
    frameName: FRAME_NAME,
  };
}

/** One question in one design. */
export interface Asked {
  readonly question: string;
  /** What a tool finds out; null when nobody can tell. */
  readonly answer: string | null;
  readonly truth: string;
  readonly calls: number;
  readonly files: number;
}

/** What stays when the last real descriptor closes while somebody holds the place with O_PATH. */
export interface PathHolder {
  readonly listed: boolean;
  readonly exporterReleased: boolean;
  readonly link: string;
}

/** Everything seen in one design. */
export interface DesignRun {
  readonly design: DmaBufInodeDesign;
  readonly asked: readonly Asked[];
  readonly texts: {
    readonly link: string;
    readonly stat: string;
    readonly otherStat: string;
    readonly fdinfo: string;
    readonly maps: string;
    readonly bufinfo: string;
  };
  readonly pathHolder: PathHolder;
  /** Broken invariants and leaks. */
  readonly problems: readonly string[];
}

/** Run the scene in a design and ask everything. */
export function runDesign(machine: MachineDescription, design: DmaBufInodeDesign): DesignRun {
  const era = design === 'per-buffer' ? 'linux-6.12' : (`linux-6.12-dma-buf-${design}` as const);
  const kernel = bootKernel({ ...machine, era });
  const scene = buildScene(kernel);
  const asked = QUESTIONS.map(question => {
    const probe = new Probe(kernel);
    const answer = question.ask(probe, scene);
    const { calls, files } = probe;
    return { question: question.text, answer, truth: question.truth(scene), calls, files };
  });
  const texts = textsOf(scene);
  const problems = kernel.check();
  const pathHolder = holdByPath(kernel);
  problems.push(...kernel.check(), ...shutdownAndFindLeaks(kernel));
  return { design, asked, texts, pathHolder, problems };
}

function textsOf({ kernel, frame, otherFrame }: QuestionScene): DesignRun['texts'] {
  const fileAt = ({ pid, fd }: FdPlace) => kernel.task(pid).files.get(fd, 'look');
  const stat = (place: FdPlace) => {
    const { inode } = fileAt(place);
    return `dev 0:${inode.superBlock.dev} ino ${inode.ino} size ${inode.sizeBytes} blocks ${inode.blocks}`;
  };
  const recorder = [...kernel.tasks.values()].find(({ name }) => name === 'recorder')!;
  return {
    link: filePath(fileAt(frame)),
    stat: stat(frame),
    otherStat: stat(otherFrame),
    fdinfo: readKernelText(kernel, `/proc/${frame.pid}/fdinfo/${frame.fd}`),
    maps: readKernelText(kernel, `/proc/${recorder.pid}/maps`),
    bufinfo: readKernelText(kernel, '/sys/kernel/debug/dma_buf/bufinfo'),
  };
}

function holdByPath(kernel: Kernel): PathHolder {
  const owner = spawnTask(kernel, 'owner');
  const watcher = spawnTask(kernel, 'watcher');
  const fd = allocate(kernel, owner, 4096);
  const buf = kernel.dmaBufs.buffers.at(-1)!;
  const freeBefore = kernel.context.frames.nrFree;
  const place = sysOpenPath(kernel, watcher, owner, fd);
  sysClose(kernel, owner, fd);
  return {
    listed: kernel.dmaBufs.buffers.includes(buf),
    exporterReleased: kernel.context.frames.nrFree > freeBefore,
    link: filePath(watcher.files.getRaw(place, 'readlink')),
  };
}
