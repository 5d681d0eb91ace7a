/**
 * Invariants of chapter 8 of the dossier about FreeBSD's devices: destructors, td_fpop, page sets, references.
 */
import type { InvariantEntry } from '../base/invariant_entry.ts';
import { isPtePresent, pfnOfPte } from '../mm/page_table.ts';
import type { VmArea } from '../mm/vm_area.ts';
import type { BsdCore } from './bsd_core.ts';
import { bsdFileOf } from './cdevpriv.ts';
import { BSD_VM_OPS } from './vm_fault.ts';
import type { MapEntry, VmObject } from './vm_object.ts';

const MAX_SAYS = 8;

function* bsdVmas(core: BsdCore): IterableIterator<VmArea> {
  for (const mm of core.context.mms.values()) {
    for (const vma of mm.vmas) if (vma.ops === BSD_VM_OPS) yield vma;
  }
}

/** 29: a record lives in its file and on its device's list and its destructor has not run; all others ran once. */
export function checkDestructors(core: BsdCore): string[] {
  const says: string[] = [];
  let live = 0;
  for (const cdev of core.cdevs) {
    for (const record of cdev.records) {
      live++;
      if (record.destructorRuns !== 0)
        says.push(`The destructor of record ${record.id} ran ${record.destructorRuns} times; it is alive.`);
      if (bsdFileOf(record.file).record !== record)
        says.push(`Record ${record.id} is on the list of ${cdev.name} but not in file ${record.file.id}.`);
      if (record.file.count <= 0)
        says.push(`Record ${record.id} is alive and its file ${record.file.id} is closed.`);
    }
    if (cdev.sw === null && cdev.records.size > 0)
      says.push(`${cdev.name} is destroyed and has ${cdev.records.size} records.`);
  }
  if (core.recordsSet - core.destructorsRun !== live)
    says.push(
      `${core.recordsSet} records were set and ${core.destructorsRun} destructors ran; ${live} records are alive.`,
    );
  return says.slice(0, MAX_SAYS);
}

/** 30: at rest no thread has a td_fpop, no thread is inside a device, and no fault showed a driver a file. */
export function checkFpop(core: BsdCore): string[] {
  const says: string[] = [];
  for (const [pid, file] of core.fpops) says.push(`Task ${pid} is at rest with file ${file.id} in td_fpop.`);
  for (const { name, threads } of core.cdevs)
    if (threads !== 0) says.push(`${threads} threads are in ${name}.`);
  if (core.faultsWithFile > 0) says.push(`${core.faultsWithFile} faults called d_mmap with a file.`);
  return says;
}

/** 2: an entry shows the page that its object has there. */
export function checkPageSets(core: BsdCore): string[] {
  const says: string[] = [];
  for (const vma of bsdVmas(core)) {
    const { object } = vma.file!.privateData as MapEntry;
    if (object.dead) says.push(`VMA ${vma.id} shows VM object ${object.id}, which is dead.`);
    vma.mm.pageTable.forEachPte(
      (page, word) => {
        if (!isPtePresent(word) || says.length >= MAX_SAYS) return;
        const expected = object.pages.get(vma.pgoff + (page - vma.start))?.pfn;
        if (pfnOfPte(word) !== expected)
          says.push(
            `Page ${page} of mm ${vma.mm.id} shows frame ${pfnOfPte(word)}; object ${object.id} has ${expected}.`,
          );
      },
      vma.start,
      vma.end,
    );
  }
  return says;
}

/** 27: references of devices and VM objects are those that were found. */
export function checkReferences(core: BsdCore): string[] {
  const says: string[] = [];
  const entries = new Map<VmObject, Set<object>>();
  for (const vma of bsdVmas(core)) {
    const { object } = vma.file!.privateData as MapEntry;
    const files = entries.get(object) ?? new Set();
    entries.set(object, files.add(vma.file!));
  }
  for (const object of core.pagers) {
    const found = entries.get(object)?.size ?? 0;
    if (object.refs !== found)
      says.push(`VM object ${object.id} counts ${object.refs} references; ${found} map entries have it.`);
    entries.delete(object);
  }
  for (const object of entries.keys())
    says.push(`VM object ${object.id} is mapped and not on the pager's list.`);
  for (const cdev of core.cdevs) {
    const held = core.era.pagerHoldsDevice
      ? core.pagers.filter(object => object.cdev === cdev && !object.managed).length
      : 0;
    const found = (cdev.charDevice ? 1 : 0) + cdev.opens + held;
    if (cdev.refs !== found) says.push(`${cdev.name} counts ${cdev.refs} references; ${found} were found.`);
  }
  return says.slice(0, MAX_SAYS);
}

function entry(number: number, name: string, check: (core: BsdCore) => string[]): InvariantEntry<BsdCore> {
  return { number, name, kind: 'state', rooms: ['bsd'], eras: 'all', check };
}

/** All entries of this room, by number. */
export const BSD_INVARIANTS: readonly InvariantEntry<BsdCore>[] = [
  entry(2, 'PTE-owner', checkPageSets),
  entry(27, 'Device lifetime', checkReferences),
  entry(29, 'Destructor once', checkDestructors),
  entry(30, 'td_fpop', checkFpop),
];
