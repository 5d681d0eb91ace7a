import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createHostMachine } from '../hw/host/host_machine.ts';
import { parseMachineDescription } from '../hw/machine_description.ts';
import { bootKernel } from '../kernel/boot.ts';
import { runHistory } from '../lab/fuzz/history.ts';
import { parseScenario } from '../lab/scenario.ts';
import { EMPTY_VIEW } from '../public/view_delta.ts';
import type { ObjectView } from '../public/view_types.ts';
import '../session/calls/all.ts';
import { largeScenario } from '../public/large_scenario.mjs';
import { Session } from '../session/session.ts';
import { KernelNames } from './kernel_names.ts';
import { buildLabView, ViewBuilder } from './lab_view.ts';
import { TraceReader } from './trace_reader.ts';

const asset = (path: string) => readFileSync(new URL(`../../assets/${path}`, import.meta.url), 'utf8');
const scene = (id: string) => parseScenario(asset(`scenarios/${id}.json`), id);

const machineOf = (name: string) => parseMachineDescription(JSON.parse(asset(`machines/${name}.json`)), name);

async function opened(scenario: Pick<ReturnType<typeof scene>, 'machine' | 'inputs'>) {
  const description = machineOf(scenario.machine);
  const session = await Session.open(
    {
      createMachine: async () => createHostMachine(description, { layout: 'paged' }),
      boot: machine => bootKernel(machine.description),
    },
    scenario.inputs,
  );
  const names = new KernelNames();
  const reader = new TraceReader(names);
  const builder = new ViewBuilder();
  const named: string[] = [];
  return {
    session,
    show: (device: string) => builder.show(device),
    async play(count: number) {
      const before = session.position;
      for (const { refused } of await session.run(count)) if (refused) builder.noteRefusal();
      for (const { as } of session.inputs.slice(before, session.position)) if (as) named.push(as);
    },
    /** Prepare the next view, at most so many steps. @returns steps that it took */
    prepare(most: number) {
      const { kernel } = session;
      names.learn(kernel, session.player.names, named.splice(0));
      reader.read(kernel.trace);
      let steps = 0;
      if (most > 0) for (const _ of builder.prepare(kernel, reader, names)) if (++steps >= most) break;
      return steps;
    },
    unsure: () => builder.noteRefusal(),
    restart: () => reader.restart(),
    /** The view that follows the ones before, and one that is built from nothing. */
    both(running = true) {
      const { kernel } = session;
      names.learn(kernel, session.player.names, named.splice(0));
      reader.read(kernel.trace);
      const view = builder.build(kernel, reader, names, { ...EMPTY_VIEW.status, running });
      const freshNames = new KernelNames();
      freshNames.learn(kernel, session.player.names);
      return { view, anew: buildLabView(kernel, reader, names, view.status), names, freshNames };
    },
  };
}

describe('a view that follows others', () => {
  it.each(['evict-refault', 'who-holds-this-buffer', 'two-sessions', 'boot-console', 'boot-objects'])(
    'is the one built from nothing, all through %s and after going back',
    async id => {
      const scenario = scene(id);
      const { session, play, both } = await opened(scenario);
      const stride = Math.max(1, Math.floor(scenario.inputs.length / 40));
      while (session.position < scenario.inputs.length) {
        await play(stride);
        const { view, anew, names, freshNames } = both();
        expect(view).toEqual(anew);
        for (const { id: object } of view.objects)
          expect(names.object(object)).toBe(freshNames.object(object));
      }
      for (const part of [0.3, 0.8, 0.1]) {
        await session.seek(Math.floor(scenario.inputs.length * part));
        const { view, anew } = both();
        expect(view).toEqual(anew);
      }
      await session.close();
    },
  );

  it.each([1, 2])(
    'is the one built from nothing, all through random calls with failures (seed %d)',
    async seed => {
      const description = machineOf('lab-64m');
      const newMachine = () => createHostMachine(description, { layout: 'paged' });
      const history = await runHistory({ seed, steps: 500, description, newMachine, faults: true });
      expect(history.failure).toBeNull();
      const { session, play, both } = await opened({ machine: 'lab-64m', inputs: history.inputs });
      while (session.position < history.inputs.length) {
        await play(3);
        const resting = session.position % 10 < 3;
        const { view, anew } = both(!resting);
        // When an object was used last is known where the scene rests: a refused call uses objects and has no event.
        const comparable = (row: ObjectView) => (resting ? row : { ...row, lastUse: 0 });
        expect({ ...view, objects: view.objects.map(comparable) }).toEqual({
          ...anew,
          objects: anew.objects.map(comparable),
        });
      }
      await session.close();
    },
  );

  it('is the one built from nothing where it was prepared in steps, to the end or not', async () => {
    const { machine, inputs } = parseScenario(largeScenario(10_000, 40), 'large');
    // Behind it every object has another holder; the first way back goes over it.
    const fork = { task: 'game', call: 'fork', args: {}, as: 'child' };
    const { session, play, both, prepare, unsure, restart } = await opened({
      machine,
      inputs: [...inputs.slice(0, 10_285), fork, ...inputs.slice(10_285)],
    });
    await play(10_100);
    expect(prepare(1)).toBe(1);
    await play(200);
    expect(prepare(9)).toBe(4);
    let last = both(false);
    expect(last.view).toEqual(last.anew);
    // Very many objects were touched since the last view.
    for (const steps of [9, 1]) {
      await session.seek(100);
      restart();
      both(false);
      await play(10_200);
      expect(prepare(steps)).toBe(Math.min(4, steps));
      last = both(false);
      expect(last.view).toEqual(last.anew);
    }
    for (const [back, steps] of [
      [30, 1],
      [10, 9],
      [50, 2],
      [3, 0],
    ] as const) {
      await session.seek(session.position - back);
      restart();
      expect(prepare(steps)).toBe(Math.min(4, steps));
      await play(2);
      unsure();
      expect(prepare(1)).toBe(1);
      await play(1);
      prepare(steps);
      last = both(false);
      expect(last.view).toEqual(last.anew);
      await play(4);
      last = both();
      expect(last.view).toEqual(last.anew);
    }
    await session.close();
  });

  it('keeps the rows of objects that a step left alone', async () => {
    const { session, play, both } = await opened(parseScenario(largeScenario(400, 5), 'large'));
    await play(470 + 3 * 128);
    const before = both().view;
    await play(1);
    const after = both().view;
    const old = new Set(before.objects);
    expect(before.objects).toHaveLength(403);
    expect(after.objects.filter(row => !old.has(row))).toHaveLength(64);
    expect(both().view.objects).toBe(after.objects);
    await session.close();
  });
});

describe('the i915 of 2008', () => {
  it('has rows: what the GTT leads to, by whom it is mapped, and memories that add up', async () => {
    const { session, play, both } = await opened(scene('boot-objects'));
    await play(session.inputs.length);
    const { view } = both();
    expect(view.placements.map(({ placement, sizePages }) => [placement, sizePages])).toEqual([
      ['TT', 2048],
      ['SYSTEM', 8192],
      ['SWAP', 8192],
    ]);
    for (const { placement, usedPages } of view.placements) {
      const pages = view.objects.filter(object => object.placement === placement).map(each => each.nrPages);
      expect(usedPages, placement).toBe(pages.reduce((sum, each) => sum + each, 0));
    }
    const boot = view.objects.filter(({ pinned }) => pinned !== null);
    expect(boot.map(({ name, placement }) => [name, placement])).toEqual([
      ['status page', 'TT'],
      ['ring', 'TT'],
      ['framebuffer', 'TT'],
    ]);
    expect(view.gart.runs.map(run => run.objectId)).toEqual(
      view.objects.filter(({ placement }) => placement === 'TT').map(({ id }) => id),
    );
    // All three ways into an object: the aperture, the file of the object, the file that tasks got as a descriptor.
    const mapped = view.tasks.flatMap(({ vmas }) => vmas.map(({ objectId }) => objectId));
    expect(mapped.every(id => view.objects.some(object => object.id === id))).toBe(true);
    await session.close();
  });
});

describe('a machine with several managed devices', () => {
  it('shows the first, then the one that was chosen, with its memories and objects alone', async () => {
    const { session, play, both, show } = await opened({
      machine: 'fuzz-pc',
      inputs: [
        { task: 'A', call: 'spawn', args: {} },
        { task: 'A', call: 'open', args: { dev: 'bochs' }, as: 'card' },
        {
          task: 'A',
          call: 'drm.createDumb',
          args: { fd: 'card', width: 1024, height: 4, bpp: 32 },
          as: 'dumb',
        },
      ],
    });
    await play(3);
    const first = both().view;
    expect(first.status.devices?.all.length).toBe(2);
    expect(first.status.devices?.shown).toBe(first.status.devices?.all[0]);
    const other = first.status.devices!.all.find(name => name !== first.status.devices?.shown)!;
    show(other);
    const { view } = both();
    expect(view.status.devices?.shown).toBe(other);
    const ids = new Set(first.objects.map(({ id }) => id));
    expect(view.objects.some(({ id }) => ids.has(id))).toBe(false);
    expect(view.objects.map(({ nrPages }) => nrPages)).toContain(4);
    const vram = (seen: typeof view) =>
      seen.placements.find(({ placement }) => placement === 'VRAM')?.sizePages;
    expect(vram(view)).not.toBe(vram(first));
    await session.close();
  });
});
