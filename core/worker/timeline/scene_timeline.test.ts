import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createHostMachine } from '../../hw/host/host_machine.ts';
import { parseMachineDescription } from '../../hw/machine_description.ts';
import { bootKernel } from '../../kernel/boot.ts';
import { parseScenario } from '../../lab/scenario.ts';
import { countSpans } from '../../public/timeline_types.ts';
import { applyDelta, EMPTY_VIEW } from '../../public/view_delta.ts';
import { type LabView, PLACEMENTS } from '../../public/view_types.ts';
import '../../session/calls/all.ts';
import { Session } from '../../session/session.ts';
import { LabScene } from '../lab_scene.ts';
import { POSITION_AT, SERIES, TIMELINE, TIMELINE_ROWS } from '../questions/timeline.ts';

const folder = new URL('../../../assets/', import.meta.url);
const asset = (path: string) => readFileSync(new URL(path, folder), 'utf8');

async function openScene(id: string): Promise<LabScene> {
  const scenario = parseScenario(asset(`scenarios/${id}.json`), id);
  const description = parseMachineDescription(
    JSON.parse(asset(`machines/${scenario.machine}.json`)),
    scenario.machine,
  );
  const session = await Session.open(
    {
      createMachine: async () => createHostMachine(description),
      boot: machine => bootKernel(machine.description),
    },
    scenario.inputs,
  );
  return new LabScene(scenario, session, 0);
}

function viewOf(scene: LabScene, before: LabView): LabView {
  for (const message of scene.takeMessages(false)) {
    if (message.type === 'view') return applyDelta(before, message.delta);
  }
  throw new Error('no view');
}

const drawn = (scene: LabScene) => {
  const { newest } = scene.timeline.extent();
  return TIMELINE.answer(scene, {
    from: 0,
    to: newest + 1,
    pixels: 800,
    selection: null,
    tracks: null,
    overview: 50,
  }) as Exclude<ReturnType<typeof TIMELINE.answer>, Promise<unknown>>;
};

/** What is shown, without where the lab stands. */
const picture = (scene: LabScene) => {
  const { spans, tracks, overview, extent } = drawn(scene);
  return JSON.stringify([
    spans.map(each => [each.track, [...each.numbers], [...each.texts]]),
    tracks,
    [...overview],
    extent.newest,
  ]);
};

describe('the timeline of a scene', () => {
  // Scenes of one device with a memory manager: the view shows the objects of one device only.
  const ids = ['boot-console', 'evict-refault', 'one-address-space', 'one-address-space-per-node', 'thrash'];

  it.each(ids)('%s: pages by placement are those of the objects after every input', async id => {
    const scene = await openScene(id);
    const { timeline } = scene;
    let view = EMPTY_VIEW;
    for (;;) {
      view = viewOf(scene, view);
      const pages = timeline.read().placements.pagesAt(view.status.time);
      const rows = view.placements.map(row => [row.placement, row.usedPages]);
      if (rows.length > 0) {
        expect(rows).toEqual(
          view.placements.map(row => [row.placement, pages[PLACEMENTS.indexOf(row.placement)]]),
        );
      }
      if (scene.atEnd) break;
      await scene.advance(1);
    }
    expect(countSpans(drawn(scene).spans[0]!)).toBeGreaterThan(0);
    await scene.session.close();
  });

  it('going back keeps what is known; going forward again changes nothing; another input makes another future', async () => {
    const scene = await openScene('evict-refault');
    const { timeline } = scene;
    await scene.advance(1000);
    const whole = picture(scene);
    const end = timeline.extent();
    const last = scene.session.position;
    for (const position of [last - 1, 3, 20]) {
      await scene.seek(position);
      expect(picture(scene)).toBe(whole);
      const { now, nowEvents, newestPosition } = timeline.extent();
      expect([now, nowEvents]).toEqual([scene.session.kernel.trace.now, scene.session.kernel.trace.count]);
      expect(newestPosition).toBe(last);
      expect(POSITION_AT.answer(scene, { time: now })).toEqual({ position, time: now });
    }
    await scene.advance(1000);
    expect(timeline.extent()).toEqual(end);
    expect(picture(scene)).toBe(whole);
    await scene.seek(20);
    const { nowEvents } = timeline.extent();
    await scene.act({ task: 'game', call: 'dup', args: { fd: 77 } });
    const { newestEvents, newestPosition } = timeline.extent();
    expect(newestEvents).toBe(scene.session.kernel.trace.count);
    expect(newestEvents).toBeGreaterThan(nowEvents);
    expect(newestPosition).toBe(21);
    expect(picture(scene)).not.toBe(whole);
    await scene.session.close();
  });

  it('tells the eviction as a chain, spans as text, and series that add up', async () => {
    const scene = await openScene('evict-refault');
    await scene.advance(1000);
    const { newest } = scene.timeline.extent();
    const { trace } = scene.timeline;
    const answer = TIMELINE.answer(scene, {
      from: 0,
      to: newest,
      pixels: 100,
      selection: { kind: 'object', id: 4 },
      tracks: ['kernel'],
      overview: 10,
    }) as ReturnType<typeof drawn>;
    expect(answer.flow.map(each => each.step)).toEqual(['access', 'unmap', 'copy', 'PTE']);
    expect(answer.spans.map(each => each.track)).toEqual(['kernel']);
    expect(answer.overview.reduce((sum, each) => sum + each, 0)).toBe(trace.count);
    const { rows, more } = TIMELINE_ROWS.answer(scene, { from: 0, to: newest, most: 1000 }) as Exclude<
      ReturnType<typeof TIMELINE_ROWS.answer>,
      Promise<unknown>
    >;
    expect(more).toBe(false);
    const walk = rows.find(each => each.kind === 'walk')!;
    expect(walk.text).toMatch(/^evict for /);
    const chain = TIMELINE.answer(scene, {
      from: 0,
      to: newest,
      pixels: 100,
      selection: { kind: 'event', index: walk.event },
      tracks: [],
      overview: 0,
    }) as ReturnType<typeof drawn>;
    expect(chain.flow.map(each => each.step)).toEqual(['access', 'evict', 'unmap', 'copy', 'PTE']);
    const { faults, evictions, gpuTime } = SERIES.answer(scene, { from: 0, to: newest, bins: 30 }) as Exclude<
      ReturnType<typeof SERIES.answer>,
      Promise<unknown>
    >;
    const sum = (column: Float64Array) => column.reduce((all, each) => all + each, 0);
    expect(sum(faults)).toBe(rows.filter(each => each.kind === 'fault').length);
    expect(sum(evictions)).toBe(2);
    expect(gpuTime).toBeNull();
    await scene.session.close();
  });
});
