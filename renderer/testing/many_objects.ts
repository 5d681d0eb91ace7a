/** A view with very many objects of different sizes in all memories, for tests of what the memory view leaves out. */
import type { GartRunView, LabView, ObjectView, Placement } from '../../core/public/view_types.ts';
import { fixtureView } from './fixture.ts';

const PLACES: readonly Placement[] = ['VRAM', 'TT', 'SYSTEM', 'SWAP'];

/** `count` objects of 1 to 64 pages and, every thousandth, of 4096; VRAM and TT have addresses with holes between them. */
export function manyObjectsView(count: number): LabView {
  const base = fixtureView(0);
  const end = new Map<Placement, number>();
  const objects: ObjectView[] = [];
  const runs: GartRunView[] = [];
  let entry = 0;
  for (let i = 0; i < count; i++) {
    const placement = PLACES[i % PLACES.length]!;
    const nrPages = i % 1000 < 4 ? 4096 : 1 + ((i * 7919) % 64);
    const firstPage = (end.get(placement) ?? 0) + ((i * 31) % 3);
    end.set(placement, firstPage + nrPages);
    const addressed = placement === 'VRAM' || placement === 'TT';
    if (addressed) {
      runs.push({ firstEntry: entry, nrEntries: nrPages, leadsTo: placement, objectId: i + 1 });
    }
    objects.push({
      id: i + 1,
      name: `object ${i + 1}`,
      placement,
      nrPages,
      runs: addressed ? [{ firstPage, nrPages }] : [],
      pinned: null,
      maps: 0,
      moving: false,
      lastUse: i,
      gartEntry: addressed ? entry : null,
      holders: [],
    });
    if (addressed) entry += nrPages;
  }
  const placements = PLACES.map(placement => {
    const sizePages = (end.get(placement) ?? 0) + 4096;
    return {
      placement,
      sizePages,
      budgetPages: sizePages,
      visiblePages: sizePages,
      adjustable: false,
      usedPages: objects.reduce((sum, o) => sum + (o.placement === placement ? o.nrPages : 0), 0),
    };
  });
  return { ...base, objects, placements, tasks: [], gart: { nrEntries: entry + 4096, runs } };
}

/** Small numbers in a fixed disorder. */
export function numbers(seed: number): (below: number) => number {
  let state = seed;
  return below => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Some objects move between memories, some go, some come; addresses stay free of others'. */
export function changedView(view: LabView, pick: (below: number) => number, nextId: number): LabView {
  const objects = [...view.objects];
  const change = (at: number, of: Partial<ObjectView>) => {
    objects[at] = { ...objects[at]!, ...of };
  };
  for (let i = 0; i < 40; i++) {
    const at = pick(objects.length);
    const { placement } = objects[at]!;
    if (i % 4 === 0) change(at, { lastUse: i });
    else if (placement === 'VRAM') change(at, { placement: 'SYSTEM', runs: [] });
    else if (placement === 'SYSTEM') change(at, { placement: 'SWAP' });
    else if (placement === 'SWAP') change(at, { placement: 'SYSTEM' });
  }
  objects.splice(pick(objects.length), 1);
  objects.push({ ...objects[0]!, id: nextId, placement: 'SYSTEM', runs: [], nrPages: 1 + pick(9) });
  const used = (placement: Placement) =>
    objects.reduce((sum, o) => sum + (o.placement === placement ? o.nrPages : 0), 0);
  const placements = view.placements.map(row => ({ ...row, usedPages: used(row.placement) }));
  return { ...view, objects, placements };
}
