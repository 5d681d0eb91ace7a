import { describe, expect, it } from 'vitest';
import { RecordingPlane } from '../testing/mm_fixture.ts';
import { NO_PFN, PageFrames, PG_ANON, PG_DIRTY, PG_EXCLUSIVE, ZERO_PFN } from './page_frame.ts';

function makeFrames(nrPages: number) {
  const plane = new RecordingPlane();
  return { plane, frames: new PageFrames(nrPages, plane) };
}

describe('PageFrames', () => {
  it('hands out zeroed frames, none of them frame 0 or the zero page', () => {
    const { plane, frames } = makeFrames(8);
    const pfn = frames.allocPage();
    expect(pfn).toBeGreaterThan(ZERO_PFN);
    expect(frames.refCount(pfn)).toBe(1);
    expect(plane.log.at(-1)).toBe(`fillPages ${pfn} 1 0`);
  });

  it('does not fill a frame that the caller overwrites', () => {
    const { plane, frames } = makeFrames(8);
    const before = plane.log.length;
    frames.allocDirtyPage();
    expect(plane.log.length).toBe(before);
  });

  it('answers NO_PFN when all frames are in use and goes on after a release', () => {
    const { frames } = makeFrames(6);
    const all = [frames.allocPage(), frames.allocPage(), frames.allocPage(), frames.allocPage()];
    expect(new Set(all).size).toBe(4);
    expect(frames.nrFree).toBe(0);
    expect(frames.allocPage()).toBe(NO_PFN);
    frames.put(all[2]!);
    expect(frames.allocPage()).toBe(all[2]);
  });

  it('keeps a frame until the last holder and the last entry are gone', () => {
    const { frames } = makeFrames(64);
    const pfn = frames.allocPage();
    frames.map(pfn);
    frames.map(pfn);
    expect([frames.refCount(pfn), frames.mapCount(pfn)]).toEqual([3, 2]);
    frames.put(pfn);
    frames.unmap(pfn);
    expect(frames.nrFree).toBe(61);
    frames.unmap(pfn);
    expect(frames.nrFree).toBe(62);
  });

  it('keeps flags apart from the map count', () => {
    const { frames } = makeFrames(64);
    const pfn = frames.allocPage();
    frames.mapFresh(pfn, PG_ANON | PG_EXCLUSIVE);
    frames.setFlag(pfn, PG_DIRTY);
    frames.clearFlag(pfn, PG_EXCLUSIVE);
    expect(frames.mapCount(pfn)).toBe(1);
    expect([PG_ANON, PG_DIRTY, PG_EXCLUSIVE].map(flag => frames.hasFlag(pfn, flag))).toEqual([
      true,
      true,
      false,
    ]);
    frames.unmap(pfn);
    expect(frames.hasFlag(pfn, PG_ANON)).toBe(false);
  });

  it('does not reuse a freed frame while many never-used ones are left', () => {
    const { frames } = makeFrames(5000);
    const first = frames.allocPage();
    frames.put(first);
    for (let i = 0; i < 100; i++) expect(frames.allocPage()).not.toBe(first);
  });

  it('returns freed frames oldest first, through growth of its ring', () => {
    const { frames } = makeFrames(4002);
    const all = Array.from({ length: 4000 }, () => frames.allocPage());
    for (const pfn of all) frames.put(pfn);
    expect(frames.nrFree).toBe(4000);
    expect(Array.from({ length: 4000 }, () => frames.allocPage())).toEqual(all);
  });

  it('allocates a run of consecutive frames, or nothing at all', () => {
    const { frames } = makeFrames(34);
    const run = frames.allocRun(16)!;
    expect(run.map((pfn, i) => pfn - i)).toEqual(Array(16).fill(run[0]));
    expect(frames.allocRun(17)).toBeNull();
    expect(frames.nrFree).toBe(16);
  });

  it('asks the reclaimer before it gives up', () => {
    const { frames } = makeFrames(4);
    const held = frames.allocPage();
    frames.allocPage();
    frames.reclaimer = {
      reclaim: f => {
        f.put(held);
        return 1;
      },
    };
    expect(frames.allocPage()).toBe(held);
  });

  it('reports a frame that is released too often', () => {
    const { frames } = makeFrames(64);
    const pfn = frames.allocPage();
    frames.put(pfn);
    expect(() => frames.put(pfn)).toThrow(/references/);
  });
});
