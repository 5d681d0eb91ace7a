/**
 * A tool of user space that looks at other processes: it knows only what links, stat, fdinfo, maps and bufinfo say, and counts
 * every look.
 *
 * Cost       `calls` system calls (a text: open, read, close; a link or a stat: one), `files` different looks at /proc and debugfs
 */
import { filePath } from '../../fs/open_file.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { readKernelText } from '../../kernel/proc/read_text.ts';

/** A descriptor of a process. */
export interface FdPlace {
  readonly pid: number;
  readonly fd: number;
}

/** A line of bufinfo. */
export interface BufinfoLine {
  readonly size: number;
  readonly exporter: string;
  /** Null where the columns have none. */
  readonly ino: number | null;
  readonly devices: readonly string[];
}

/** A line of maps that shows a shared buffer. */
export interface MappedBuffer {
  readonly pid: number;
  /** Inode number, where it is one of the buffer. */
  readonly ino: number | null;
}

/** Links of shared buffers in every design. */
const BUFFER_LINK = /^(anon_inode:dmabuf|\/dmabuf(:.*| \(deleted\)))$/;

export class Probe {
  calls = 0;
  files = 0;
  private lines: BufinfoLine[] | null = null;

  constructor(private readonly kernel: Kernel) {}

  /** Processes of the system: the directory /proc. */
  pids(): number[] {
    this.count(3);
    return [...this.kernel.tasks.keys()];
  }

  nameOf(pid: number): string {
    return this.kernel.task(pid).name;
  }

  /** Descriptors of a process that are shared buffers, by their links. */
  bufferFds(pid: number): FdPlace[] {
    this.count(3);
    const found: FdPlace[] = [];
    for (const [fd] of this.kernel.task(pid).files.entries()) {
      if (BUFFER_LINK.test(this.link({ pid, fd }))) found.push({ pid, fd });
    }
    return found;
  }

  link({ pid, fd }: FdPlace): string {
    this.count(1);
    return filePath(this.kernel.task(pid).files.getRaw(fd, 'readlink'));
  }

  /** stat of /proc/<pid>/fd/<fd>. */
  stat({ pid, fd }: FdPlace): { ino: number; size: number; blocks: number } {
    this.count(1);
    const { ino, sizeBytes, blocks } = this.kernel.task(pid).files.getRaw(fd, 'stat').inode;
    return { ino, size: sizeBytes, blocks };
  }

  /** The fields of fdinfo. */
  fdinfo({ pid, fd }: FdPlace): ReadonlyMap<string, string> {
    this.count(3);
    const text = readKernelText(this.kernel, `/proc/${pid}/fdinfo/${fd}`);
    return new Map(
      text
        .trim()
        .split('\n')
        .map(line => line.split(/:\s*/) as [string, string]),
    );
  }

  /** Mappings of shared buffers in the maps of a process. */
  mapped(pid: number): MappedBuffer[] {
    this.count(3);
    const found: MappedBuffer[] = [];
    for (const line of readKernelText(this.kernel, `/proc/${pid}/maps`).split('\n')) {
      const parts = /^\S+ \S+ \S+ \S+ (\d+) +(.+)$/.exec(line);
      if (!parts || !BUFFER_LINK.test(parts[2]!)) continue;
      found.push({ pid, ino: isShared(parts[2]!) ? null : Number(parts[1]) });
    }
    return found;
  }

  /** The lines of bufinfo; read once. */
  bufinfo(): readonly BufinfoLine[] {
    if (this.lines) return this.lines;
    const rows = this.bufinfoText().split('\n');
    const heading = rows.find(row => row.startsWith('size '))!.split('\t');
    const inoAt = heading.findIndex(word => word.trim() === 'ino');
    const lines: (BufinfoLine & { devices: string[] })[] = [];
    let inDevices = false;
    for (const row of rows) {
      if (/^\d{8,}\t/.test(row)) {
        const fields = row.split('\t');
        const ino = inoAt < 0 ? null : Number(fields[inoAt]);
        lines.push({ size: Number(fields[0]), exporter: fields[4]!, ino, devices: [] });
        inDevices = false;
      } else if (row === '\tAttached Devices:') inDevices = true;
      else if (row.startsWith('\t') && inDevices) lines.at(-1)!.devices.push(row.trim());
    }
    this.lines = lines;
    return lines;
  }

  bufinfoText(): string {
    this.count(3);
    return readKernelText(this.kernel, '/sys/kernel/debug/dma_buf/bufinfo');
  }

  /**
   * Which buffer a descriptor is, as a text that is equal for the same buffer and different for others: by its own inode; else by
   * size and exporter when only one line of bufinfo has them. Null when it cannot be told.
   */
  identify(place: FdPlace): string | null {
    if (!isShared(this.link(place))) return `ino ${this.stat(place).ino}`;
    const line = this.lineOf(place);
    return line ? `${line.exporter} of ${line.size} bytes` : null;
  }

  /** The line of bufinfo that a descriptor is, or null when it cannot be told. */
  lineOf(place: FdPlace): BufinfoLine | null {
    if (!isShared(this.link(place))) {
      const { ino } = this.stat(place);
      return this.bufinfo().find(line => line.ino === ino) ?? null;
    }
    const info = this.fdinfo(place);
    if (!info.has('size')) return null;
    const like = this.bufinfo().filter(
      ({ size, exporter }) => size === Number(info.get('size')) && exporter === info.get('exp_name'),
    );
    return like.length === 1 ? like[0]! : null;
  }

  /** Bytes of the buffer behind a descriptor of another process, or null. */
  sizeOf(place: FdPlace): number | null {
    if (!isShared(this.link(place))) return this.stat(place).size;
    const size = this.fdinfo(place).get('size');
    return size === undefined ? null : Number(size);
  }

  private count(calls: number): void {
    this.calls += calls;
    this.files++;
  }
}

/** True for the link of a file on the inode that all share. */
function isShared(link: string): boolean {
  return link.startsWith('anon_inode:');
}
