/**
 * kernel.checkStep(): the state checks, on what one step touched. Which things that are is read from the events of the step,
 * which name objects, devices and files, and from the ranges in which page tables and mappings changed.
 *
 * Shared     the checks are those of the state invariants; they are given the touched things instead of all
 * Cost       in proportion to what was touched, but for two walks: over the objects (to find an id) and over the descriptors
 *            and mappings (to count who refers to a touched object or file)
 * Not for    sums over a whole machine, scans of all page tables: kernel.check() runs those
 */
import { invariant } from '../base/invariant.ts';
import { holdsIn, type InvariantEntry } from '../base/invariant_entry.ts';
import { BSD_INVARIANTS } from '../bsd/invariants.ts';
import { BSD_VM_OPS } from '../bsd/vm_fault.ts';
import { DAX_FILE_OPS } from '../dax/device_dax.ts';
import { DAX_INVARIANTS } from '../dax/invariants.ts';
import { dmaBufOfFile } from '../dma_buf/dma_buf.ts';
import { GemObject } from '../drm/gem_object.ts';
import { DRM_INVARIANTS } from '../drm/invariants/drm_invariants.ts';
import { type DrmSubject, framebuffersOf } from '../drm/invariants/subject.ts';
import { filePath, type OpenFile } from '../fs/open_file.ts';
import { checkMmStep } from '../mm/invariants.ts';
import { checkVma } from '../mm/invariants_vma.ts';
import type { VmArea } from '../mm/vm_area.ts';
import { allEventTypes } from '../trace/event.ts';
import '../trace/events/all.ts';
import { forEachFileReference } from './file_references.ts';
import type { Kernel } from './kernel.ts';

/** State entries that go object by object or mapping by mapping: they say the same of a part as of the whole. */
const OF_OBJECTS: readonly string[] = [
  '2 PTE-owner',
  '2 PTE-owner of shmem objects',
  '18 Prefault bound',
  '19 Writable',
  '19 Writable shmem objects',
  '22 Name',
  '27 Device lifetime',
  '38 Alignment and range',
  '39 Offset windows',
  '42 Bound matches pages',
  '43 One place',
  '48 Pin balance',
  '52 Swapped has no PTE',
  '53 Unevictable mapping',
  '63 Reservation rules',
  '64 Kernel fence first',
];

function entriesNamed(names: readonly string[]): readonly InvariantEntry<DrmSubject>[] {
  return names.map(name => {
    const entry = DRM_INVARIANTS.find(known => `${known.number} ${known.name}` === name);
    invariant(entry?.kind === 'state', () => `There is no invariant of states called ${name}.`);
    return entry;
  });
}

const OBJECT_ENTRIES = entriesNamed(OF_OBJECTS);
const DAX_ENTRIES = DAX_INVARIANTS.filter(({ kind }) => kind === 'state');
const BSD_ENTRIES = BSD_INVARIANTS.filter(({ kind }) => kind === 'state');

const EVENT_TYPES = allEventTypes();
/** By event type: the column that names an object, another one, a file; -1 for none. */
const OBJECT_COLUMN = new Int8Array(EVENT_TYPES.length).fill(-1);
const OTHER_OBJECT_COLUMN = new Int8Array(EVENT_TYPES.length).fill(-1);
const FILE_COLUMN = new Int8Array(EVENT_TYPES.length).fill(-1);
/** By event type: the system that it belongs to, where its state is checked as a whole. */
const SYSTEM = new Uint8Array(EVENT_TYPES.length);
const SYSTEM_DAX = 1;
const SYSTEM_BSD = 2;
for (const { id, name, fields } of EVENT_TYPES) {
  OBJECT_COLUMN[id] = fields.indexOf('objectId');
  OTHER_OBJECT_COLUMN[id] = fields.indexOf('forObjectId');
  FILE_COLUMN[id] = fields.indexOf('fileId');
  if (name.startsWith('lab_dax:')) SYSTEM[id] = SYSTEM_DAX;
  else if (name.startsWith('lab_bsd:')) SYSTEM[id] = SYSTEM_BSD;
}

class Touched {
  readonly ids = new Set<number>();
  readonly fileIds = new Set<number>();
  readonly files = new Set<OpenFile>();
  readonly objects = new Set<GemObject>();
  readonly vmas = new Set<VmArea>();
  dax = false;
  bsd = false;

  /** Read the events of the step. */
  readEvents({ trace }: Kernel, first: number): void {
    for (let index = Math.max(first, trace.firstIndex); index < trace.count; index++) {
      const type = trace.typeIdAt(index);
      if (OBJECT_COLUMN[type]! >= 0) this.ids.add(trace.argAt(index, OBJECT_COLUMN[type]!));
      if (OTHER_OBJECT_COLUMN[type]! >= 0) this.ids.add(trace.argAt(index, OTHER_OBJECT_COLUMN[type]!));
      if (FILE_COLUMN[type]! >= 0) this.fileIds.add(trace.argAt(index, FILE_COLUMN[type]!));
      if (SYSTEM[type] === SYSTEM_DAX) this.dax = true;
      else if (SYSTEM[type] === SYSTEM_BSD) this.bsd = true;
    }
  }

  /** Mappings in the ranges that changed, with their files and objects. */
  readRanges({ context }: Kernel): void {
    for (const mm of context.mms.values()) {
      if (mm.touchedFirst >= mm.touchedEnd) continue;
      const { vmas } = mm;
      for (let i = mm.indexOfFirstEndingAfter(Math.max(0, mm.touchedFirst - 1)); i < vmas.length; i++) {
        const vma = vmas[i]!;
        if (vma.start > mm.touchedEnd) break;
        this.vmas.add(vma);
        if (vma.file) this.files.add(vma.file);
        if (vma.privateData instanceof GemObject) this.objects.add(vma.privateData);
        if (vma.ops === BSD_VM_OPS) this.bsd = true;
        if (vma.file?.ops === DAX_FILE_OPS) this.dax = true;
      }
    }
  }

  /** The objects behind the ids, and all their mappings. */
  findObjects({ drm, context }: Kernel): void {
    if (this.ids.size > 0) {
      for (const device of drm.allDevices) {
        for (const object of device.objects) if (this.ids.has(object.id)) this.objects.add(object);
      }
    }
    if (this.objects.size === 0) return;
    for (const mm of context.mms.values()) {
      for (const vma of mm.vmas) {
        if (vma.privateData instanceof GemObject && this.objects.has(vma.privateData)) this.vmas.add(vma);
      }
    }
  }
}

/**
 * Check what a step touched.
 *
 * @param first index of the first event of the step
 * @returns violations with number and name, as kernel.check() writes them
 */
export function checkStep(kernel: Kernel, first: number): string[] {
  const says: string[] = [];
  const touched = new Touched();
  touched.readEvents(kernel, first);
  touched.readRanges(kernel);
  touched.findObjects(kernel);
  for (const vma of touched.vmas) for (const wrong of checkVma(vma)) says.push(wrong);
  says.push(...checkMmStep(kernel.context));
  if (touched.objects.size > 0) {
    const objects = [...touched.objects];
    const subject = { ...subjectOf(kernel), touched: { objects, vmas: [...touched.vmas] } };
    run(OBJECT_ENTRIES, subject, kernel, says);
    for (const object of objects) checkHandleCount(object, says);
  }
  if (kernel.dax && touched.dax) run(DAX_ENTRIES, kernel.dax, kernel, says);
  if (kernel.bsd && touched.bsd) run(BSD_ENTRIES, kernel.bsd, kernel, says);
  if (touched.files.size > 0 || touched.fileIds.size > 0) checkFileCounts(kernel, touched, says);
  return says;
}

function subjectOf({ drm, queue, tasks }: Kernel): DrmSubject {
  return { drm, queue, tasks };
}

function run<Subject>(
  entries: readonly InvariantEntry<Subject>[],
  subject: Subject,
  kernel: Kernel,
  into: string[],
): void {
  for (const entry of entries) {
    const found = entry.check(subject);
    if (found.length === 0 || !holdsIn(entry, kernel.context.era.name)) continue;
    for (const sentence of found) into.push(`${entry.number} ${entry.name}: ${sentence}`);
  }
}

/** 21, the part of one object. */
function checkHandleCount(object: GemObject, says: string[]): void {
  let handles = 0;
  const { device } = object;
  for (const file of device.files) handles += file.handles.countOf(object);
  if (device.core.mm.era.framebufferHoldsHandle) {
    for (const fb of framebuffersOf(device)) if (fb.object === object) handles++;
  }
  if (object.handleCount !== handles)
    says.push(
      `21 Handle count: Object ${object.id} counts ${object.handleCount} handles; ${handles} were found.`,
    );
}

/** 26: who refers to a touched file. */
function checkFileCounts(kernel: Kernel, { files, fileIds }: Touched, says: string[]): void {
  const found = new Map<OpenFile, number>();
  forEachFileReference(kernel, file => {
    if (files.has(file) || fileIds.has(file.id)) found.set(file, (found.get(file) ?? 0) + 1);
  });
  for (const [file, references] of found) {
    if (file.count === references) continue;
    const what = dmaBufOfFile(file) ? 'The file of a shared buffer' : `File ${file.id} (${filePath(file)})`;
    says.push(`26 File count: ${what} counts ${file.count} references; ${references} were found.`);
  }
}
