/** One check of everything: the kernel, and what the entries of all rooms walk and share. Dropped when the check is over. */
import { type DrmSubject, SubjectLists } from '../drm/invariants/subject.ts';
import type { OpenFile } from '../fs/open_file.ts';
import { MmPass } from '../mm/mm_pass.ts';
import { countFileReferences } from './file_references.ts';
import type { Kernel } from './kernel.ts';

export class CheckPass implements DrmSubject {
  readonly lists = new SubjectLists();
  readonly mm: MmPass;
  readonly drm: DrmSubject['drm'];
  readonly queue: DrmSubject['queue'];
  readonly tasks: Kernel['tasks'];
  private counted: ReadonlyMap<OpenFile, number> | null = null;

  constructor(private readonly kernel: Kernel) {
    this.mm = new MmPass(kernel.context);
    this.drm = kernel.drm;
    this.queue = kernel.queue;
    this.tasks = kernel.tasks;
  }

  /** References that anybody holds, by file: descriptors, mappings, messages in flight, PRIME caches, objects. */
  get files(): ReadonlyMap<OpenFile, number> {
    this.counted ??= countFileReferences(this.kernel);
    return this.counted;
  }
}
