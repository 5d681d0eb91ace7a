/**
 * Invariants of chapter 8 of the dossier about device-dax: identity of inodes, entries, dead devices, unwinding, grace periods.
 */
import type { InvariantEntry, InvariantKind } from '../base/invariant_entry.ts';
import { isPtePresent, pfnOfPte } from '../mm/page_table.ts';
import type { VmArea } from '../mm/vm_area.ts';
import type { DaxBus } from './dax_bus.ts';
import { devDaxOf } from './dax_fault.ts';
import { daxHash } from './dax_fs.ts';
import { type DevDax, daxPgoffToPfn } from './dax_region.ts';
import { DAX_FILE_OPS } from './device_dax.ts';
import { checkDaxUnwind } from './scratch_bus.ts';
import type { SlabObject } from './slab_cache.ts';

const MAX_SAYS = 8;

function* allDevices(bus: DaxBus): IterableIterator<DevDax> {
  yield* bus.devices();
  yield* bus.departed;
}

/** All mappings of dax devices, with the task's entries. */
function* daxVmas(bus: DaxBus): IterableIterator<VmArea> {
  for (const mm of bus.mm.mms.values()) {
    for (const vma of mm.vmas) if (vma.file?.ops === DAX_FILE_OPS) yield vma;
  }
}

/** 28: one live inode for each number, found under the number's hash, held once by each device that has it. */
export function checkDaxInodes(bus: DaxBus): string[] {
  const says: string[] = [];
  const holders = new Map<object, number>();
  const owners = new Map<number, DevDax>();
  for (const device of allDevices(bus)) {
    holders.set(device.daxDevice, (holders.get(device.daxDevice) ?? 0) + 1);
    const other = owners.get(device.minor);
    if (other) says.push(`${device.name} and ${other.name} both have minor ${device.minor}.`);
    owners.set(device.minor, device);
    const { devt } = device.daxDevice;
    if (devt?.minor !== device.minor)
      says.push(`${device.name} has minor ${device.minor}, its inode ${devt?.minor}.`);
  }
  for (const daxDevice of bus.fs.hashed()) {
    const { inode, devt, hashedAt, isNew } = daxDevice;
    const expected = holders.get(daxDevice) ?? 0;
    if (inode.count !== expected)
      says.push(`Inode ${inode.ino} counts ${inode.count} references; ${expected} devices hold it.`);
    if (isNew) says.push(`Inode ${inode.ino} is still locked by whoever made it.`);
    if (hashedAt !== daxHash(devt))
      says.push(
        `Inode ${inode.ino} of minor ${devt?.minor} is hashed under ${hashedAt}; a lookup of its number searches ${daxHash(devt)}.`,
      );
    holders.delete(daxDevice);
  }
  if (holders.size > 0) says.push(`${holders.size} inodes that devices hold are not in the hash table.`);
  return says;
}

/** 9: every open file that is mapped, and every node that was opened, leads to the one address space of its device. */
function checkOneMapping(bus: DaxBus): string[] {
  const says: string[] = [];
  for (const vma of daxVmas(bus)) {
    const { mapping } = devDaxOf(vma).daxDevice.inode;
    if (vma.file!.mapping !== mapping)
      says.push(`VMA ${vma.id} is linked in mapping ${vma.file!.mapping.id}; its device has ${mapping.id}.`);
  }
  for (const { cdev, daxDevice, name } of allDevices(bus)) {
    for (const inode of cdev?.attached() ?? []) {
      const { mapping } = inode;
      if (mapping !== inode.data && mapping !== daxDevice.inode.mapping)
        says.push(`A node of ${name} leads to mapping ${mapping.id}, not to ${daxDevice.inode.mapping.id}.`);
    }
  }
  return says.slice(0, MAX_SAYS);
}

/** 2: an entry shows the page of the device that its place in the mapping says. */
function checkOwners(bus: DaxBus): string[] {
  const says: string[] = [];
  for (const vma of daxVmas(bus)) {
    const device = devDaxOf(vma);
    if (!device.daxDevice.alive) continue;
    vma.mm.pageTable.forEachPte(
      (page, word) => {
        if (!isPtePresent(word) || says.length >= MAX_SAYS) return;
        const expected = daxPgoffToPfn(device, vma.pgoff + (page - vma.start), 1);
        if (pfnOfPte(word) !== expected)
          says.push(
            `Page ${page} of mm ${vma.mm.id} shows frame ${pfnOfPte(word)}; ${device.name} has ${expected} there.`,
          );
      },
      vma.start,
      vma.end,
    );
  }
  return says;
}

/** 16: no entry leads into a dead device. */
export function checkDead(bus: DaxBus): string[] {
  const says: string[] = [];
  for (const vma of daxVmas(bus)) {
    const device = devDaxOf(vma);
    if (device.daxDevice.alive) continue;
    let entries = 0;
    vma.mm.pageTable.forEachPte(() => void entries++, vma.start, vma.end);
    if (entries > 0) says.push(`${device.name} is dead and VMA ${vma.id} has ${entries} entries.`);
  }
  for (const { daxDevice, cdev, name } of allDevices(bus)) {
    if (daxDevice.alive !== (cdev !== null))
      says.push(`${name} is ${daxDevice.alive ? 'alive without' : 'dead with'} a driver.`);
  }
  return says.slice(0, MAX_SAYS);
}

/** 32: pieces of devices do not overlap and lie inside their region; a device has no gap. */
function checkRanges(bus: DaxBus): string[] {
  const says: string[] = [];
  for (const region of bus.regions) {
    const ranges = [...region.devices.values()]
      .flatMap(({ name, ranges: own }) => own.map(range => ({ name, ...range })))
      .sort((a, b) => a.start - b.start || a.nrPages - b.nrPages);
    let end = 0;
    for (const { name, start, nrPages } of ranges) {
      if (start < end || start + nrPages > region.nrPages || nrPages <= 0)
        says.push(
          `${name} has pages ${start} to ${start + nrPages} of its region; the one before ends at ${end}.`,
        );
      end = start + nrPages;
    }
    for (const { name, ranges: own } of region.devices.values()) {
      let pgoff = 0;
      for (const range of own) {
        if (range.pgoff !== pgoff)
          says.push(`A range of ${name} begins at its page ${range.pgoff}, not ${pgoff}.`);
        pgoff += range.nrPages;
      }
    }
  }
  return says;
}

/** 69: memory of an inode that is gone waits for its grace period; nothing comes back into a cache that is destroyed. */
export function checkGracePeriods(bus: DaxBus): string[] {
  const says: string[] = [];
  const { cache, rcu } = bus.fs;
  if (!cache) return rcu.pending > 0 ? [`${rcu.pending} frees wait, and the cache is gone.`] : [];
  if (cache.destroyed) {
    says.push(
      `The cache was destroyed with ${cache.usedAtDestroy} objects in use; ${cache.releasedAfterDestroy} came back later, ${rcu.pending} still wait.`,
    );
  }
  const waiting = new Set(rcu.objects() as Iterable<SlabObject>);
  const live = new Set<SlabObject>();
  for (const { memory } of bus.fs.hashed()) live.add(memory);
  for (const object of cache.objects) {
    if ((object.state === 'dying') !== waiting.has(object))
      says.push(
        `Object ${object.index} is ${object.state}; it ${waiting.has(object) ? 'waits' : 'does not wait'} for a grace period.`,
      );
    if ((object.state === 'live') !== live.has(object))
      says.push(
        `Object ${object.index} is ${object.state}, and an inode that can be found ${live.has(object) ? 'is' : 'is not'} in it.`,
      );
    if (object.constructorRuns !== 1)
      says.push(`Object ${object.index} was constructed ${object.constructorRuns} times.`);
  }
  return says.slice(0, MAX_SAYS);
}

function entry(
  number: number,
  name: string,
  rooms: readonly string[],
  check: (bus: DaxBus) => string[],
  kind: InvariantKind = 'state',
  breaksIn: readonly string[] = [],
): InvariantEntry<DaxBus> {
  return { number, name, kind, rooms, eras: 'all', breaksIn, check };
}

/** The era with the two defects of the patch of 2016. */
const POSTED_PATCH: readonly string[] = ['dax-seed-004'];

/** All entries of this room, by number. */
export const DAX_INVARIANTS: readonly InvariantEntry<DaxBus>[] = [
  entry(2, 'PTE-owner', ['dax'], checkOwners),
  entry(9, 'One mapping', ['fs', 'dax'], checkOneMapping),
  entry(16, 'Dead never resolves', ['dax'], checkDead),
  entry(28, 'inode count', ['fs', 'dax'], checkDaxInodes, 'state', POSTED_PATCH),
  entry(32, 'No overlap', ['dax'], checkRanges),
  entry(68, 'Unwind', ['dax'], bus => checkDaxUnwind(bus.machine), 'scenario'),
  entry(69, 'RCU', ['dax'], checkGracePeriods, 'state', POSTED_PATCH),
];
