import { describe, expect, it } from 'vitest';
import { fixtureView } from '../testing/fixture.ts';
import { frame, project, THREE_QUARTER } from './camera.ts';
import { cutPath } from './ribbons.ts';
import { layOutScene } from './scene_layout.ts';
import { blocksOf } from './slab_layout.ts';
import { layOutPanels } from './task_panels.ts';

const idOf = (name: string) => fixtureView(0).objects.find(o => o.name === name)!.id;

describe('layOutScene', () => {
  it('draws a ribbon for every mapping with present PTEs, from its task to its block', () => {
    const view = fixtureView(0);
    const layout = layOutScene(view);
    const mapped = view.tasks.flatMap(task =>
      task.vmas.filter(vma => vma.presentPtes > 0).map(vma => vma.id),
    );
    expect(layout.ribbons.map(r => r.vmaId).sort()).toEqual(mapped.sort());
    for (const ribbon of layout.ribbons) {
      const last = ribbon.stretches.at(-1)!;
      const [block] = blocksOf(layout.slabs, ribbon.objectId);
      expect(last.upper.at(-1)![0]).toBeCloseTo(block!.x0, 6);
    }
  });

  it('leads ribbons to VRAM and TT through the strip, ribbons to SYSTEM below it', () => {
    const layout = layOutScene(fixtureView(0));
    for (const ribbon of layout.ribbons) {
      expect(ribbon.stretches.length).toBe(ribbon.leadsTo === 'SYSTEM' ? 1 : 2);
    }
  });

  it('turns the ribbons of all mappers into cut ones at a shoot-down, and one back at a fault', () => {
    const victim = idOf('video.out0');
    const before = layOutScene(fixtureView(0));
    const shot = layOutScene(fixtureView(1), before.slabs);
    const back = layOutScene(fixtureView(2), shot.slabs);
    const count = (list: readonly { objectId: number }[]) => list.filter(r => r.objectId === victim).length;
    expect([count(before.ribbons), count(before.cutRibbons)]).toEqual([3, 0]);
    expect([count(shot.ribbons), count(shot.cutRibbons)]).toEqual([0, 3]);
    expect([count(back.ribbons), count(back.cutRibbons)]).toEqual([1, 2]);
    expect(back.ribbons.find(r => r.objectId === victim)!.leadsTo).toBe('SYSTEM');
  });

  it('lands the ribbons of several mappers of one object side by side', () => {
    const layout = layOutScene(fixtureView(0));
    const ends = layout.ribbons
      .filter(r => r.objectId === idOf('video.out0'))
      .map(r => [r.stretches.at(-1)!.upper.at(-1)![2], r.stretches.at(-1)!.lower.at(-1)![2]] as const)
      .sort((a, b) => a[0] - b[0]);
    expect(ends.length).toBe(3);
    for (let i = 1; i < ends.length; i++) expect(ends[i]![0]).toBeGreaterThan(ends[i - 1]![1]);
  });

  it('fits into the view with its margins', () => {
    const layout = layOutScene(fixtureView(0));
    const margins = { top: 46, right: 18, bottom: 26, left: 14 };
    const camera = frame(THREE_QUARTER, layout.extent, 864, 572, margins);
    for (const p of layout.extent) {
      const [x, y] = project(camera, p);
      expect(x).toBeGreaterThanOrEqual(margins.left - 1e-6);
      expect(x).toBeLessThanOrEqual(864 - margins.right + 1e-6);
      expect(y).toBeGreaterThanOrEqual(margins.top - 1e-6);
      expect(y).toBeLessThanOrEqual(572 - margins.bottom + 1e-6);
    }
  });
});

describe('layOutPanels', () => {
  it('keeps bands in order of address, apart, and inside their panel, however many there are', () => {
    const [task] = fixtureView(0).tasks;
    for (const count of [1, 4, 30]) {
      const vmas = Array.from({ length: count }, (_, i) => ({
        ...task!.vmas[0]!,
        id: i,
        startPage: 1000 - i,
        nrPages: 1 + i * i,
      }));
      const [panel] = layOutPanels([{ ...task!, vmas }]);
      const starts = panel!.bands.map(band => band.vma.startPage);
      expect(starts).toEqual([...starts].sort((a, b) => a - b));
      panel!.bands.forEach((band, i) => {
        expect(band.y1).toBeGreaterThan(band.y0);
        expect(band.y0).toBeGreaterThan(i === 0 ? panel!.y0 : panel!.bands[i - 1]!.y1);
        expect(band.y1).toBeLessThan(panel!.y1);
      });
    }
  });

  it('keeps the panels of many tasks apart', () => {
    const [task] = fixtureView(0).tasks;
    const panels = layOutPanels(Array.from({ length: 8 }, (_, i) => ({ ...task!, pid: i })));
    for (let i = 1; i < panels.length; i++) expect(panels[i]!.z - panels[i - 1]!.z).toBeGreaterThan(1);
  });
});

describe('cutPath', () => {
  it('keeps the wanted share of both edges', () => {
    const edge = (z: number) => Array.from({ length: 11 }, (_, i) => [i, 0, z] as const);
    const cut = cutPath({ upper: edge(0), lower: edge(1) }, 0.25);
    expect(cut.upper.at(-1)).toEqual([2.5, 0, 0]);
    expect(cut.lower.at(-1)).toEqual([2.5, 0, 1]);
  });
});
