/**
 * Private records of open files: what a driver hangs on the file whose operation runs now.
 *
 * Models     devfs_set_cdevpriv, devfs_get_cdevpriv, devfs_clear_cdevpriv, devfs_destroy_cdevpriv (sys/fs/devfs/devfs_vnops.c, F9.3)
 * Invariants I1 a live record is on its device's list and in its file; a destroyed one is in neither
 *            I2 its destructor has run exactly once when it is destroyed
 * Order      the record leaves file and list before its destructor runs, so the destructor finds none
 */
import { invariant } from '../base/invariant.ts';
import { snapshotClass } from '../base/snapshot.ts';
import type { OpenFile } from '../fs/open_file.ts';
import { BSD_CDEVPRIV_DTOR, BSD_CDEVPRIV_SET } from '../trace/events/bsd.ts';
import type { BsdCore } from './bsd_core.ts';
import type { Cdev } from './cdev.ts';

/** What a driver does when a record ends; a registered constant. */
export interface CdevPrivDestructor {
  readonly name: string;
  run(cdev: Cdev, data: object): void;
}

/** Why a record ended; order is that of lab_bsd:cdevpriv_dtor. */
const WHY = ['clear', 'failed open', 'last close', 'destroy_dev'] as const;
export type EndOfRecord = (typeof WHY)[number];

export class CdevPriv {
  destructorRuns = 0;

  constructor(
    readonly id: number,
    readonly cdev: Cdev,
    readonly file: OpenFile,
    readonly data: object,
    readonly destructor: CdevPrivDestructor,
  ) {}
}
snapshotClass(CdevPriv, 'bsd.CdevPriv');

/** What an open file of a device carries (f_vnun, f_cdevpriv). */
export class BsdFile {
  record: CdevPriv | null = null;
  constructor(readonly cdev: Cdev) {}
}
snapshotClass(BsdFile, 'bsd.BsdFile');

/** The device side of an open file. */
export function bsdFileOf(file: OpenFile): BsdFile {
  return file.privateData as BsdFile;
}

/** @returns 0, ENOENT when the thread runs no operation of a file, EBUSY when the file has a record */
export function devfsSetCdevpriv(
  core: BsdCore,
  data: object,
  destructor: CdevPrivDestructor,
): 0 | 'ENOENT' | 'EBUSY' {
  const file = core.fpop;
  if (file === null) return 'ENOENT';
  const side = bsdFileOf(file);
  if (side.record !== null) return 'EBUSY';
  const record = new CdevPriv(core.takeRecordId(), side.cdev, file, data, destructor);
  side.record = record;
  side.cdev.records.add(record);
  core.recordsSet++;
  core.context.trace.emit(BSD_CDEVPRIV_SET, side.cdev.id, file.id, record.id);
  return 0;
}

/** @returns the data, EBADF when the thread runs no operation of a file, ENOENT when that file has no record */
export function devfsGetCdevpriv(core: BsdCore): object | 'EBADF' | 'ENOENT' {
  const file = core.fpop;
  if (file === null) return 'EBADF';
  return bsdFileOf(file).record?.data ?? 'ENOENT';
}

/** End the record of the current file, if there is one. */
export function devfsClearCdevpriv(core: BsdCore, why: EndOfRecord = 'clear'): void {
  const file = core.fpop;
  if (file !== null) dropRecordOf(file, why);
}

/** End the record of a file, if it has one. */
export function dropRecordOf(file: OpenFile, why: EndOfRecord): void {
  const { record } = bsdFileOf(file);
  if (record !== null) destroyRecord(record, why);
}

/** End a record: out of the file, off the list, then the destructor. Models devfs_destroy_cdevpriv(). */
export function destroyRecord(record: CdevPriv, why: EndOfRecord): void {
  const { cdev, file } = record;
  const { core } = cdev;
  invariant(record.destructorRuns === 0, () => `Record ${record.id} of ${cdev.name} is destroyed twice.`);
  bsdFileOf(file).record = null;
  cdev.records.delete(record);
  if (core.context.sabotage === 'destructor-forgotten') return;
  record.destructorRuns++;
  core.destructorsRun++;
  core.context.trace.emit(BSD_CDEVPRIV_DTOR, cdev.id, file.id, record.id, WHY.indexOf(why));
  record.destructor.run(cdev, record.data);
}
