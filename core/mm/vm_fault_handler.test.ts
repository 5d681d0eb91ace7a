import { describe, expect, it } from 'vitest';
import { snapshotConstant } from '../base/snapshot.ts';
import type { FileOperations, OpenFile } from '../fs/open_file.ts';
import { pfnOf, REGION_VRAM } from '../hw/region.ts';
import { access, mapAnonymous, mapPrivate, mapShared, mmFixture } from '../testing/mm_fixture.ts';
import { PAGE_FAULT_USER } from '../trace/events/mm.ts';
import { dupMm, exitMm } from './fork.ts';
import { vmfInsertPfn } from './insert_pfn.ts';
import { frameOf, lineOf, markOf, pagemapKindOf, permOf, whereOf } from './observe.ts';
import { ZERO_PFN } from './page_frame.ts';
import { VM_DONTEXPAND, VM_IO, VM_PFNMAP, type VmArea } from './vm_area.ts';
import type { VmFault, VmOperations } from './vm_fault.ts';
import { handleMmFault } from './vm_fault_handler.ts';

/** A device whose page n is page n of VRAM; maps `ahead` pages per fault. */
function deviceFile(file: OpenFile, ahead: number): OpenFile {
  const vmOps: VmOperations = {
    name: 'test-device',
    fault(vmf: VmFault) {
      for (let i = 0; i < ahead && vmf.page + i < vmf.vma.end; i++) {
        vmfInsertPfn(vmf, vmf.page + i, pfnOf(REGION_VRAM, vmf.pgoff + i), { writable: true });
      }
      return 'NOPAGE';
    },
  };
  const ops: FileOperations = {
    name: 'test-device',
    mmap(_file: OpenFile, vma: object) {
      const area = vma as VmArea;
      area.ops = vmOps;
      area.flags |= VM_PFNMAP | VM_IO | VM_DONTEXPAND;
    },
  };
  Object.assign(file, { ops });
  return file;
}

describe('handleMmFault', () => {
  it('maps the zero page for a read of anonymous memory and a frame for the write that follows', () => {
    const { newTask } = mmFixture();
    const mm = newTask();
    mapAnonymous(mm, 100, 4);
    expect(access(mm, 101, false)).toBe(1);
    expect(frameOf(mm, 101)).toBe(ZERO_PFN);
    expect(mm.rssAnon).toBe(0);
    expect(access(mm, 101, true)).toBe(1);
    expect(lineOf(mm, 100, 4, pagemapKindOf)).toBe('.a..');
    expect(access(mm, 102, true)).toBe(1);
    expect(mm.rssAnon).toBe(2);
  });

  it('tells missing mappings from forbidden accesses and from the end of the file', () => {
    const { newTask, memfd } = mmFixture();
    const mm = newTask();
    mapShared(mm, memfd(2), 100, 4, 0, 1);
    mapAnonymous(mm, 200, 1, 0);
    expect(access(mm, 99, false)).toBe('SEGV_MAPERR');
    expect(access(mm, 100, true)).toBe('SEGV_ACCERR');
    expect(access(mm, 200, false)).toBe('SEGV_ACCERR');
    expect(access(mm, 101, false)).toBe(1);
    expect(access(mm, 102, false)).toBe('BUS_ADRERR');
  });

  it('maps cached pages in the 16-page window aligned by address around a read, one page for a write', () => {
    const { newTask, memfd } = mmFixture();
    const mm = newTask();
    const file = memfd(64);
    file.ops.write!(file, 0, 40 * 4096, 1);
    mapShared(mm, file, 1024 + 3, 61, 3);
    expect(access(mm, 1027 + 20, false)).toBe(1);
    expect(lineOf(mm, 1027, 61, whereOf)).toBe(`${'.'.repeat(13)}${'r'.repeat(16)}${'.'.repeat(32)}`);
    expect(access(mm, 1027 + 35, true)).toBe(1);
    expect(mm.nrPtes).toBe(17);
    expect(access(mm, 1027, false)).toBe(1);
    expect(lineOf(mm, 1027, 13, permOf)).toBe('w'.repeat(13));
    expect(lineOf(mm, 1027, 16, markOf)).toBe('a'.repeat(16));
  });

  it('counts its entries in the event and allocates no second frame for a page that is cached', () => {
    const { context, newTask, memfd } = mmFixture();
    const mm = newTask();
    const file = memfd(16);
    file.ops.write!(file, 0, 16 * 4096, 1);
    mapShared(mm, file, 1024, 16, 0);
    const free = context.frames.nrFree;
    handleMmFault(mm, 1030, false);
    const event = context.trace.at(context.trace.count - 1);
    expect([event.typeId, ...event.args]).toEqual([PAGE_FAULT_USER.id, mm.id, 1030, 0, 0, 16]);
    expect(context.frames.nrFree).toBe(free);
  });

  it('changes nothing when it runs again at a page that is there', () => {
    const { newTask, memfd } = mmFixture();
    const mm = newTask();
    mapShared(mm, memfd(4), 100, 4, 0);
    access(mm, 100, true);
    const before = [mm.pageTable.get(100), mm.pageTable.generationOf(100), mm.nrPtes];
    expect(handleMmFault(mm, 100, true).reason).toBe('NOPAGE');
    expect([mm.pageTable.get(100), mm.pageTable.generationOf(100), mm.nrPtes]).toEqual(before);
  });

  it('copies on a private write and leaves the file as it was', () => {
    const { plane, newTask, memfd } = mmFixture();
    const mm = newTask();
    const file = memfd(4);
    mapPrivate(mm, file, 100, 4, 0);
    access(mm, 101, false);
    const cached = frameOf(mm, 101);
    expect(access(mm, 101, true)).toBe(1);
    expect(frameOf(mm, 101)).not.toBe(cached);
    expect(plane.log.at(-1)).toBe(`copy ${cached} ${frameOf(mm, 101)}`);
    expect([mm.rssFile, mm.rssAnon]).toEqual([0, 1]);
  });

  it('gives the last owner of a page its frame back and everybody else a copy', () => {
    const { newTask } = mmFixture();
    const parent = newTask();
    mapAnonymous(parent, 100, 2);
    access(parent, 100, true);
    access(parent, 101, true);
    const frames = [frameOf(parent, 100), frameOf(parent, 101)];
    const child = dupMm(parent);
    expect(lineOf(parent, 100, 2, permOf) + lineOf(child, 100, 2, permOf)).toBe('rrrr');
    expect(access(child, 100, true)).toBe(1);
    expect(frameOf(child, 100)).not.toBe(frames[0]);
    expect(access(parent, 100, true)).toBe(1);
    expect(frameOf(parent, 100)).toBe(frames[0]);
    exitMm(child);
    expect(access(parent, 101, true)).toBe(1);
    expect(frameOf(parent, 101)).toBe(frames[1]);
  });

  it('answers OOM without memory and leaves nothing behind', () => {
    const { context, newTask } = mmFixture(4);
    const mm = newTask();
    mapAnonymous(mm, 100, 4);
    expect([access(mm, 100, true), access(mm, 101, true), access(mm, 102, true)]).toEqual([1, 1, 'OOM']);
    expect(context.frames.nrFree).toBe(0);
    expect(mm.nrPtes).toBe(2);
  });

  it('passes on what a handler waits for', () => {
    const { context, newTask, memfd } = mmFixture();
    const mm = newTask();
    const fence = {};
    mapShared(mm, memfd(4), 100, 4, 0);
    const ops: VmOperations = snapshotConstant('test.waiting', {
      name: 'waiting',
      fault(vmf: VmFault) {
        vmf.waitFor = fence;
        return 'RETRY';
      },
    });
    mm.findVma(100)!.ops = ops;
    const outcome = handleMmFault(mm, 100, true);
    expect([outcome.reason, outcome.waitFor]).toEqual(['RETRY', fence]);
    expect(context.outcome).toBe(outcome);
  });

  it('asks page_mkwrite before a clean shared page becomes writable', () => {
    const { newTask, memfd } = mmFixture();
    const mm = newTask();
    mapShared(mm, memfd(4), 100, 4, 0);
    const vma = mm.findVma(100)!;
    const asked: number[] = [];
    vma.ops = {
      ...vma.ops!,
      pageMkwrite(vmf: VmFault) {
        asked.push(vmf.page);
        return 'DONE';
      },
    };
    expect(access(mm, 100, false)).toBe(1);
    expect(permOf(mm, 100)).toBe('r');
    expect(access(mm, 100, true)).toBe(1);
    expect(access(mm, 101, true)).toBe(1);
    expect(asked).toEqual([100, 101]);
  });
});

describe('vmfInsertPfn', () => {
  it('installs special entries that count nowhere', () => {
    const { newTask, memfd } = mmFixture();
    const mm = newTask();
    mapShared(mm, deviceFile(memfd(64), 16), 100, 20, 0);
    expect(access(mm, 106, false)).toBe(1);
    expect(lineOf(mm, 100, 20, whereOf)).toBe(`${'.'.repeat(6)}${'v'.repeat(14)}`);
    expect(lineOf(mm, 100, 20, pagemapKindOf)).toBe('.'.repeat(20));
    expect([mm.rssFile, mm.rssAnon]).toEqual([0, 0]);
    expect(access(mm, 110, true)).toBe(0);
  });

  it('leaves an entry that is there alone and answers NOPAGE', () => {
    const { context, newTask, memfd } = mmFixture();
    const mm = newTask();
    mapShared(mm, deviceFile(memfd(64), 1), 100, 4, 0);
    access(mm, 101, true);
    const before = mm.pageTable.get(101);
    const vmf = context.vmf;
    expect(vmfInsertPfn(vmf, 101, pfnOf(REGION_VRAM, 99), { writable: false })).toBe('NOPAGE');
    expect(mm.pageTable.get(101)).toBe(before);
    expect(vmfInsertPfn(vmf, 104, pfnOf(REGION_VRAM, 99), { writable: false })).toBe('SIGBUS');
  });

  it('is copied by fork at once, writable on both sides', () => {
    const { newTask, memfd } = mmFixture();
    const parent = newTask();
    mapShared(parent, deviceFile(memfd(64), 4), 100, 4, 0);
    access(parent, 100, true);
    const child = dupMm(parent);
    expect(lineOf(child, 100, 4, permOf)).toBe('wwww');
    expect(lineOf(parent, 100, 4, permOf)).toBe('wwww');
    expect(frameOf(child, 102)).toBe(pfnOf(REGION_VRAM, 2));
  });
});
