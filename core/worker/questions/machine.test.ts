/** Questions about ring, status page, framebuffer and pages, on the scene whose console is drawn by the ring. */

import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { createHostMachine } from '../../hw/host/host_machine.ts';
import { parseMachineDescription } from '../../hw/machine_description.ts';
import { bootKernel } from '../../kernel/boot.ts';
import { parseScenario } from '../../lab/scenario.ts';
import type { FramebufferView, RingView } from '../../public/machine_types.ts';
import { type LabCommand, PROTOCOL_VERSION } from '../../public/protocol.ts';
import { applyDelta, EMPTY_VIEW } from '../../public/view_delta.ts';
import '../../session/calls/all.ts';
import { Session } from '../../session/session.ts';
import { LabHost } from '../lab_host.ts';
import { LabScene } from '../lab_scene.ts';
import { FRAMEBUFFER } from './framebuffer.ts';
import { OBJECT_PAGES } from './object_pages.ts';
import { RING, STATUS_PAGE } from './ring.ts';

const folder = new URL('../../../assets/', import.meta.url);
const asset = (path: string) => readFileSync(new URL(path, folder), 'utf8');

async function openScene(id: string, machine?: string, layout: 'paged' | 'dedicated' = 'paged') {
  const scenario = parseScenario(asset(`scenarios/${id}.json`), id);
  const name = machine ?? scenario.machine;
  const description = parseMachineDescription(JSON.parse(asset(`machines/${name}.json`)), name);
  const session = await Session.open(
    {
      createMachine: async () => createHostMachine(description, { layout }),
      boot: from => bootKernel(from.description),
    },
    machine ? [] : scenario.inputs,
  );
  return new LabScene(scenario, session, 0);
}

const ringOf = (scene: LabScene) => RING.answer(scene, {}) as RingView;
const pictureOf = async (scene: LabScene) => (await FRAMEBUFFER.answer(scene, {})) as FramebufferView;

describe('a scene with a ring', () => {
  let scene: LabScene;
  beforeAll(async () => {
    scene = await openScene('boot-console');
    await scene.advance(30);
  });

  it('the ring shows decoded commands of requests, each at its address', () => {
    const { engines, note } = ringOf(scene);
    expect(note).toBe('');
    const engine = engines[0]!;
    expect(engine.space).toBe((engine.head - engine.tail - 64) & (engine.bytes - 1));
    const newest = engine.requests[0]!;
    expect(newest.commands.map(({ name }) => name)).toEqual([
      'DRAW_TEXT',
      'STORE_DWORD',
      'USER_INTERRUPT',
      ...(newest.commands.length > 3 ? ['NOP'] : []),
    ]);
    expect(newest.commands[0]!.address).toBe(engine.base + newest.start);
    expect(newest.commands[1]!.says).toMatch(new RegExp(` = ${newest.seqno}$`));
    expect(newest.end).toBe(engine.tail);
  });

  it('the text of the commands stands in the picture', async () => {
    const said = /^"(.*)" at/.exec(ringOf(scene).engines[0]!.requests[0]!.commands[0]!.says)![1]!;
    const picture = await pictureOf(scene);
    expect(picture).toMatchObject({ width: 640, format: 'XRGB8888', source: 'console', unboundPages: 0 });
    expect(picture.text.split('\n').at(-1)).toBe(said.trimEnd().slice(0, 80));
    expect(picture.pixels.length).toBe(picture.width * picture.height * 4);
  });

  it('the status page holds the seqno that the engine stored last', async () => {
    const page = (await STATUS_PAGE.answer(scene, { engine: 0 }))!;
    const engine = ringOf(scene).engines[0]!;
    expect(page.address).toBe(engine.statusAddress);
    expect(page.words.find(({ name }) => name === 'seqno')!.value).toBe(engine.engineSeqno);
    expect(engine.engineSeqno).toBe(engine.requests[0]!.seqno);
  });

  it('questions leave the digest as it is', async () => {
    const { trace } = scene.session.kernel;
    await scene.session.player.barrier();
    const before = [trace.digest(), trace.count];
    ringOf(scene);
    await pictureOf(scene);
    await STATUS_PAGE.answer(scene, { engine: 0 });
    expect([trace.digest(), trace.count]).toEqual(before);
  });

  it('a bound object says its entries in three formats, the machine own first, and every page', async () => {
    const { objectId } = await pictureOf(scene);
    const pages = (await OBJECT_PAGES.answer(scene, { id: objectId }))!;
    expect(pages.entries.map(({ format }) => format)).toHaveLength(3);
    expect(pages.entries[0]!.format).toBe(scene.session.kernel.description.pteFormat);
    expect(pages.validEntries).toBe(pages.nrPages);
    // Its first move, out of nothing, is still under way in virtual time: what has arrived comes first.
    expect(pages).toMatchObject({ from: 'SYSTEM', nrPages: 256 });
    const arrived = Math.floor(256 * pages.progress);
    expect(pages.runs).toEqual([
      { first: 0, nrPages: arrived, placement: 'VRAM', arrived: true },
      { first: arrived, nrPages: 256 - arrived, placement: 'SYSTEM', arrived: false },
    ]);
  });

  it('a framebuffer that was forced out: no text, no pin, every page unbound', async () => {
    await scene.act({ task: 'K', call: 'lab.forceOutShown', args: {} });
    const picture = await pictureOf(scene);
    expect(picture).toMatchObject({ pinned: null, text: '' });
    expect(picture.unboundPages).toBe(picture.nrPages);
  });
});

it('a write to nowhere and an endless wait: both requests end with EIO, faults and reset name the address', async () => {
  const scene = await openScene('boot-console');
  await scene.advance(1000);
  const batch = (...command: (string | number)[]) => ({
    task: 'painter',
    call: 'gpu.execbuffer',
    args: { fd: 'gpu', list: [{ bo: 'batch', commands: [command, ['BATCH_END']] }] },
  });
  for (const input of [batch('STORE_DWORD', 0x3000000, 1), batch('WAIT', 0x3000000, 77)]) {
    await scene.act(input);
    await scene.act({ task: 'painter', call: 'gpu.idle', args: { fd: 'gpu' } });
  }
  const engine = ringOf(scene).engines[0]!;
  expect(engine.requests.slice(0, 3).map(({ state }) => state)).toEqual(['EIO', 'EIO', 'retired']);
  expect(engine.resets).toBe(1);
  expect(engine.troubles.map(({ kind, address, says }) => [kind, address, says])).toEqual([
    ['reset', null, '0 replayed, 0 cancelled'],
    ['stop', expect.any(Number), 'hang'],
    ['fault', 0x3000000, 'read fault: nothing is bound there'],
    ['fault', 0x3000000, 'write fault: nothing is bound there'],
  ]);
});

it('a running scene is followed: the picture is answered between two inputs, and the digest is that of a run nobody watched', async () => {
  const id = 'boot-console';
  const scenario = parseScenario(asset(`scenarios/${id}.json`), id);
  const machine = parseMachineDescription(
    JSON.parse(asset(`machines/${scenario.machine}.json`)),
    scenario.machine,
  );
  const run = async (watched: boolean) => {
    const heard: string[] = [];
    let digest = '';
    let texts = 0;
    const host: LabHost = new LabHost({
      send: message => {
        if (message.type === 'view') {
          digest = applyDelta(EMPTY_VIEW, message.delta).status.digest;
          host.receive({ type: 'shown', view: Number.MAX_SAFE_INTEGER });
        } else if (message.type === 'answer') {
          heard.push(`answer ${message.number}`);
          if ((message.answer as FramebufferView).text !== '') texts++;
        } else if (message.type === 'done') heard.push(`done ${message.number}`);
        if (message.type === 'done' && message.number === 3) finished();
      },
      makeMachine: async (wanted, _kind, layout) => ({
        machine: createHostMachine(wanted, { layout }),
        because: 'test',
      }),
      library: { scenarios: [scenario], machine: () => machine },
      nowMs: () => performance.now(),
      breathe: async () => {
        if (watched && heard.length === 2)
          host.receive({ type: 'ask', number: 9, name: 'framebuffer', ask: {} });
        await new Promise(resolve => setTimeout(resolve, 0));
      },
    });
    let finished = () => {};
    const ended = new Promise<void>(resolve => {
      finished = resolve;
    });
    const command = (number: number, what: LabCommand) =>
      host.receive({ type: 'command', number, command: what });
    command(1, { type: 'open', version: PROTOCOL_VERSION, machine: 'host', vram: 'paged' });
    command(2, { type: 'load', scene: id });
    command(3, { type: 'run' });
    await ended;
    return { heard, digest, texts };
  };
  const watched = await run(true);
  const alone = await run(false);
  expect(watched.heard.slice(0, 3)).toEqual(['done 1', 'done 2', 'answer 9']);
  expect(watched.texts).toBeGreaterThan(0);
  expect(alone.digest).toMatch(/^[0-9a-f]{16}$/);
  expect(watched.digest).toBe(alone.digest);
});

it('a machine without a ring says why there is nothing to show', async () => {
  const scene = await openScene('boot-console', 'transcripts-pc');
  const { engines, note } = ringOf(scene);
  expect(engines).toEqual([]);
  expect(note).toMatch(/^No device of the machine .* has a ring: /);
  expect(await FRAMEBUFFER.answer(scene, {})).toMatchObject({ none: expect.stringContaining('lab_gpu') });
});

it('i915_2008 has requests in virtual time and says so', async () => {
  const scene = await openScene('boot-console', 'i915-2008');
  expect(ringOf(scene)).toMatchObject({ engines: [], note: expect.stringContaining('virtual time') });
});

it('without pages of VRAM the display cannot be read, and the answer says how it can', async () => {
  const scene = await openScene('evict-refault', undefined, 'dedicated');
  expect(await FRAMEBUFFER.answer(scene, {})).toMatchObject({ none: expect.stringContaining('vram=paged') });
});
