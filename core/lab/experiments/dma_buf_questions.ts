/**
 * Ten questions about shared buffers, each asked with what user space can see, and the truth from the model to compare with.
 *
 * Rule       an answer is right, or null: nobody can tell. A wrong one is a fault of the question, and reported as such
 */
import { type DmaBuf, dmaBufOfFile } from '../../dma_buf/dma_buf.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { FdPlace, Probe } from './dma_buf_probe.ts';

/** Where the scene's things are. */
export interface QuestionScene {
  readonly kernel: Kernel;
  /** A frame of the game, and the same buffer as the compositor got it. */
  readonly frame: FdPlace;
  readonly frameElsewhere: FdPlace;
  /** The other frame: equal in size, exporter and name. */
  readonly otherFrame: FdPlace;
  /** What its owner called the frame, whether the kernel took the name or not. */
  readonly frameName: string;
}

export interface Question {
  readonly text: string;
  /** What the number of looks grows with. */
  readonly growsWith: string;
  ask(probe: Probe, scene: QuestionScene): string | null;
  truth(scene: QuestionScene): string;
}

function bufAt({ kernel }: QuestionScene, { pid, fd }: FdPlace): DmaBuf {
  return dmaBufOfFile(kernel.task(pid).files.get(fd, 'truth'))!;
}

function fdBufs({ kernel }: QuestionScene, pid: number): DmaBuf[] {
  const bufs = [...kernel.task(pid).files.entries()].map(([, file]) => dmaBufOfFile(file));
  return [...new Set(bufs.filter(buf => buf !== null))];
}

function mappedBufs({ kernel }: QuestionScene, pid: number): DmaBuf[] {
  const bufs = kernel.task(pid).mm.vmas.map(({ file }) => file && dmaBufOfFile(file));
  return [...new Set(bufs.filter(buf => buf !== null))];
}

const names = (list: readonly string[]): string =>
  list.length > 0 ? [...new Set(list)].join(', ') : 'nobody';

/** Identities of all descriptors of a process; null when one of them cannot be told. */
function identities(probe: Probe, pid: number): Set<string> | null {
  const found = new Set<string>();
  for (const place of probe.bufferFds(pid)) {
    const identity = probe.identify(place);
    if (identity === null) return null;
    found.add(identity);
  }
  return found;
}

/** Each buffer shared equally among the processes with a descriptor of it, in bytes. */
function proportionalBytes(of: readonly { size: number; holders: number }[]): string {
  return `${Math.floor(of.reduce((sum, { size, holders }) => sum + size / holders, 0))} bytes`;
}

export const QUESTIONS: readonly Question[] = [
  {
    text: 'Which process holds this buffer?',
    growsWith: 'descriptors of all processes',
    ask(probe, { frame }) {
      const wanted = probe.identify(frame);
      if (wanted === null) return null;
      const holders: string[] = [];
      for (const pid of probe.pids()) {
        const all = identities(probe, pid);
        if (all === null) return null;
        if (all.has(wanted)) holders.push(probe.nameOf(pid));
      }
      return names(holders);
    },
    truth(scene) {
      const buf = bufAt(scene, scene.frame);
      const tasks = [...scene.kernel.tasks.values()];
      return names(tasks.filter(({ pid }) => fdBufs(scene, pid).includes(buf)).map(({ name }) => name));
    },
  },
  {
    text: 'Are these two descriptors the same buffer?',
    growsWith: 'nothing',
    ask(probe, { frame, frameElsewhere, otherFrame }) {
      const [a, b, c] = [frame, frameElsewhere, otherFrame].map(place => probe.identify(place));
      if (a === null || b === null || c === null) return null;
      return `${a === b ? 'yes' : 'no'}, and the other frame: ${a === c ? 'yes' : 'no'}`;
    },
    truth(scene) {
      const [a, b, c] = [scene.frame, scene.frameElsewhere, scene.otherFrame].map(at => bufAt(scene, at));
      return `${a === b ? 'yes' : 'no'}, and the other frame: ${a === c ? 'yes' : 'no'}`;
    },
  },
  {
    text: "How large is the buffer behind another process's descriptor?",
    growsWith: 'nothing',
    ask(probe, { frameElsewhere }) {
      const size = probe.sizeOf(frameElsewhere);
      return size === null ? null : `${size} bytes`;
    },
    truth: scene => `${bufAt(scene, scene.frameElsewhere).size} bytes`,
  },
  {
    text: 'How many different buffers does this process hold?',
    growsWith: 'descriptors of the process',
    ask(probe, { frame }) {
      const all = identities(probe, frame.pid);
      return all && `${all.size}`;
    },
    truth: scene => `${fdBufs(scene, scene.frame.pid).length}`,
  },
  {
    text: 'How much is the PSS of this process?',
    growsWith: 'descriptors of all processes',
    ask(probe, { frame }) {
      const mine = new Map<string, number>();
      for (const place of probe.bufferFds(frame.pid)) {
        const identity = probe.identify(place);
        const size = probe.sizeOf(place);
        if (identity === null || size === null) return null;
        mine.set(identity, size);
      }
      const holders = new Map<string, number>();
      for (const pid of probe.pids()) {
        const all = identities(probe, pid);
        if (all === null) return null;
        for (const identity of all) holders.set(identity, (holders.get(identity) ?? 0) + 1);
      }
      return proportionalBytes([...mine].map(([key, size]) => ({ size, holders: holders.get(key)! })));
    },
    truth(scene) {
      const pids = [...scene.kernel.tasks.keys()];
      const parts = fdBufs(scene, scene.frame.pid).map(buf => ({
        size: buf.size,
        holders: pids.filter(pid => fdBufs(scene, pid).includes(buf)).length,
      }));
      return proportionalBytes(parts);
    },
  },
  {
    text: 'Which process has a buffer mapped without a descriptor of it?',
    growsWith: 'descriptors and mappings of all processes',
    ask(probe) {
      const found: string[] = [];
      for (const pid of probe.pids()) {
        const mapped = probe.mapped(pid);
        if (mapped.some(({ ino }) => ino === null)) return null;
        const held = identities(probe, pid);
        if (held === null) return null;
        if (mapped.some(({ ino }) => !held.has(`ino ${ino}`))) found.push(probe.nameOf(pid));
      }
      return names(found);
    },
    truth(scene) {
      const tasks = [...scene.kernel.tasks.values()].filter(({ pid }) =>
        mappedBufs(scene, pid).some(buf => !fdBufs(scene, pid).includes(buf)),
      );
      return names(tasks.map(({ name }) => name));
    },
  },
  {
    text: 'Which devices are attached to this buffer?',
    growsWith: 'buffers of the system (one text)',
    ask(probe, { frame }) {
      const line = probe.lineOf(frame);
      return line && names(line.devices);
    },
    truth: scene => names(bufAt(scene, scene.frame).attachments.map(({ device }) => device)),
  },
  {
    text: 'What is this buffer called?',
    growsWith: 'nothing',
    ask(probe, { frame }) {
      return probe.fdinfo(frame).get('name') ?? /^\/dmabuf:(.+)$/.exec(probe.link(frame))?.[1] ?? null;
    },
    truth: scene => scene.frameName,
  },
  {
    text: 'How many buffers does no process hold (the kernel alone)?',
    growsWith: 'descriptors and mappings of all processes',
    ask(probe) {
      const held = new Set<string>();
      for (const pid of probe.pids()) {
        const all = identities(probe, pid);
        if (all === null) return null;
        for (const identity of all) held.add(identity);
        for (const { ino } of probe.mapped(pid)) {
          if (ino === null) return null;
          held.add(`ino ${ino}`);
        }
      }
      return `${probe.bufinfo().filter(({ ino }) => !held.has(`ino ${ino}`)).length}`;
    },
    truth(scene) {
      const pids = [...scene.kernel.tasks.keys()];
      const held = new Set(pids.flatMap(pid => [...fdBufs(scene, pid), ...mappedBufs(scene, pid)]));
      return `${scene.kernel.dmaBufs.buffers.filter(buf => !held.has(buf)).length}`;
    },
  },
  {
    text: 'How many bytes do all buffers have together?',
    growsWith: 'buffers of the system (one text)',
    ask: probe => /^Total \d+ objects, (\d+ bytes)$/m.exec(probe.bufinfoText())![1]!,
    truth: ({ kernel }) => `${kernel.dmaBufs.buffers.reduce((sum, { size }) => sum + size, 0)} bytes`,
  },
];
