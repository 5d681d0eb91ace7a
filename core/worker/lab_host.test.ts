import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createHostMachine } from '../hw/host/host_machine.ts';
import { parseMachineDescription } from '../hw/machine_description.ts';
import { parseScenario, type Scenario } from '../lab/scenario.ts';
import { type FromLab, type LabCommand, PROTOCOL_VERSION } from '../public/protocol.ts';
import type { AnswerOf, Ask, QuestionName } from '../public/questions.ts';
import { applyDelta, EMPTY_VIEW } from '../public/view_delta.ts';
import type { Change, EventRow, LabView } from '../public/view_types.ts';
import type { Input } from '../session/input.ts';
import { LabHost } from './lab_host.ts';

const asset = (path: string) => readFileSync(new URL(`../../assets/${path}`, import.meta.url), 'utf8');
const machine = (id: string) => parseMachineDescription(JSON.parse(asset(`machines/${id}.json`)), id);
const MACHINES = new Map(['transcripts-pc', 'lab-16m', 'lab-64m'].map(id => [id, machine(id)]));

const A = (call: string, args: Input['args'], as?: string): Input => ({
  task: 'A',
  call,
  args,
  ...(as && { as }),
});
const B = (call: string, args: Input['args'], as?: string): Input => ({
  task: 'B',
  call,
  args,
  ...(as && { as }),
});
const SIZE = 1024 * 768 * 4;

/** Three framebuffers of 3 MiB for 8 MiB of VRAM: showing the third evicts the first, which two tasks map. */
const inputs: Input[] = [
  A('spawn', {}),
  A('open', { dev: 'bochs' }, 'fd'),
  ...['a', 'b', 'c'].flatMap(name => [
    A('drm.createDumb', { fd: 'fd', width: 1024, height: 768, bpp: 32 }, name),
    A('drm.addFB', { fd: 'fd', bo: name, width: 1024, height: 768 }, `fb-${name}`),
  ]),
  A('drm.setCrtc', { fd: 'fd', fb: 'fb-a', mode: '1024x768' }),
  A('mmap', { fd: 'fd', offsetOf: 'a', length: SIZE, prot: 'rw', flags: 'shared' }, 'map'),
  A('mmap', { fd: 'fd', offsetOf: 'c', length: SIZE, prot: 'rw', flags: 'shared' }, 'other'),
  A('touchRange', { map: 'map', count: 8, write: true, value: 7 }),
  A('fork', {}, 'B'),
  B('touchRange', { map: 'map', count: 4, write: true, value: 9 }),
  A('drm.pageFlip', { fd: 'fd', fb: 'fb-b' }),
  A('drm.pageFlip', { fd: 'fd', fb: 'fb-c' }),
  B('touch', { map: 'map', page: 0, write: false }),
];
const FLIP_THAT_EVICTS = inputs.length - 2;

const scenario: Scenario = {
  id: 'three-buffers',
  title: 'Three framebuffers',
  summary: '',
  machine: 'transcripts-pc',
  seed: 1,
  needs: {},
  pauseAt: 2,
  inputs,
  captions: [
    { position: 0, text: 'begin' },
    { position: FLIP_THAT_EVICTS + 1, text: 'evicted' },
  ],
  expect: {},
};

/** A window that answers at once and remembers everything. */
class Window {
  view: LabView = EMPTY_VIEW;
  events: EventRow[] = [];
  changes: Change[] = [];
  failures: string[] = [];
  called: Extract<FromLab, { type: 'called' }>[] = [];
  views = 0;
  private next = 1;
  private readonly waiting = new Map<number, () => void>();
  private readonly asked = new Map<
    number,
    { resolve: (answer: unknown) => void; reject: (why: Error) => void }
  >();
  private readonly host: LabHost;

  constructor(scenarios: readonly Scenario[] = [scenario]) {
    this.host = new LabHost({
      send: message => this.receive(structuredClone(message)),
      makeMachine: async (wanted, _kind, layout) => ({
        machine: createHostMachine(wanted, { layout }),
        because: 'test',
      }),
      library: { scenarios, machine: id => MACHINES.get(id) },
      nowMs: () => performance.now(),
      breathe: () => new Promise(resolve => setTimeout(resolve, 0)),
    });
  }

  do(command: LabCommand): Promise<void> {
    const number = this.next++;
    return new Promise(resolve => {
      this.waiting.set(number, resolve);
      this.host.receive({ type: 'command', number, command });
    });
  }

  ask<Name extends QuestionName>(name: Name, ask: Ask<Name>): Promise<AnswerOf<Name>> {
    const number = this.next++;
    return new Promise((resolve, reject) => {
      this.asked.set(number, { resolve: resolve as (answer: unknown) => void, reject });
      this.host.receive({ type: 'ask', number, name, ask });
    });
  }

  async open(scene = 'three-buffers'): Promise<void> {
    await this.do({ type: 'open', version: PROTOCOL_VERSION, machine: 'host', vram: 'paged' });
    await this.do({ type: 'load', scene });
  }

  private receive(message: FromLab): void {
    switch (message.type) {
      case 'loaded':
        this.view = EMPTY_VIEW;
        this.events = [];
        break;
      case 'view':
        this.view = applyDelta(this.view, message.delta);
        this.changes = [...this.changes, ...message.changes];
        this.views++;
        setTimeout(() => this.host.receive({ type: 'shown', view: this.view.status.number }), 0);
        break;
      case 'events':
        this.events = [...this.events.slice(0, message.keep), ...message.rows];
        break;
      case 'called':
        this.called.push(message);
        break;
      case 'failed':
        this.failures.push(message.sentence);
        break;
      case 'answer':
        this.asked.get(message.number)!.resolve(message.answer);
        break;
      case 'refused':
        this.asked.get(message.number)!.reject(new Error(message.sentence));
        break;
      case 'done':
        this.waiting.get(message.number)!();
        break;
    }
  }
}

describe('LabHost', () => {
  it('opens a scene at the input where it pauses, verified and with its invariants checked', async () => {
    const window = new Window();
    await window.open();
    const { status } = window.view;
    expect(window.failures).toEqual([]);
    expect([status.inputsDone, status.inputs, status.running]).toEqual([2, inputs.length, false]);
    expect(status.caption).toBe('begin');
    expect(status.invariantsChecked).toBeGreaterThan(0);
    expect(status.invariantsBroken).toEqual([]);
    expect(window.view.tasks.map(t => t.name)).toEqual(['A']);
  });

  it('a question is answered without leaving a mark: files in order of path, their text, or the errno', async () => {
    const window = new Window();
    await expect(window.ask('files', {})).rejects.toThrow('No scene is loaded.');
    await window.open();
    const { digest } = window.view.status;
    const paths = (await window.ask('files', {})).map(entry => entry.path);
    expect(paths).toContain('/proc/1/maps');
    expect(paths.indexOf('/proc/1/maps')).toBeLessThan(paths.indexOf('/proc/meminfo'));
    expect(await window.ask('readFile', { path: '/proc/meminfo' })).toEqual({
      text: expect.stringMatching(/^MemTotal: +\d+ kB\n/),
      position: 2,
    });
    expect(await window.ask('readFile', { path: '/proc/77/maps' })).toEqual({
      error: 'open: ENOENT: There is no task 77.',
    });
    await window.do({ type: 'step' });
    await window.do({ type: 'stepBack' });
    expect(window.view.status.digest).toBe(digest);
  });

  it('a call of a person takes effect now; the scene goes on behind it, and nonsense leaves no trace', async () => {
    const window = new Window();
    await window.open();
    const { inputs: all, digest } = window.view.status;
    await window.do({
      type: 'call',
      input: { task: 'A', call: 'mmap', args: { fd: 'nothing', length: 4096 }, as: 'x' },
    });
    expect(window.called.at(-1)).toMatchObject({
      line: 'A: mmap fd=nothing length=4096 as x',
      answer: { ret: 'EBADF' },
      refused: expect.stringMatching(/^\S+: EBADF: [A-Z].+\.$/),
    });
    expect(window.view.status.inputs).toBe(all + 1);
    await window.do({ type: 'stepBack' });
    expect(window.view.status.digest).toBe(digest);
    await window.do({ type: 'call', input: { task: 'nobody', call: 'exit', args: {} } });
    expect(window.called.at(-1)).toEqual({
      type: 'called',
      line: 'nobody: exit',
      error: 'There is no task nobody; spawn or fork makes one.',
    });
    expect(window.view.status.digest).toBe(digest);
    await window.do({ type: 'seek', position: 99_999 });
    expect(window.view.status.inputsDone).toBe(window.view.status.inputs);
    expect(window.failures).toEqual([]);
    const words = await window.ask('words', {});
    expect(words).toContainEqual({ word: 'drm.createDumb', kind: 'call' });
    expect(words).toContainEqual({ word: 'A', kind: 'task' });
    expect(words).toContainEqual({ word: 'map', kind: 'map' });
  });

  it('runs to the end: the eviction cleared the entries of both tasks, and the card says why', async () => {
    const window = new Window();
    await window.open();
    await window.do({ type: 'run' });
    expect(window.failures).toEqual([]);
    const { view } = window;
    expect(view.status.inputsDone).toBe(inputs.length);
    const zap = window.changes.find(c => c.kind === 'zap')!;
    expect(zap.kind === 'zap' && [zap.ptes > 0, zap.vmaIds.length]).toEqual([true, 2]);
    const move = window.changes.find(c => c.kind === 'move' && c.from === 'VRAM');
    expect(move).toMatchObject({ nrPages: SIZE / 4096, to: 'SYSTEM' });
    const why = view.why.at(-1)!;
    expect(why.victim).toBe('a');
    expect(why.candidates.find(c => c.outcome === 'victim')!.name).toBe('a');
    expect(why.candidates.find(c => c.name === 'b')!.reason).toBe('pinned, never walked');
    expect(view.status.verified).toMatchObject({ objects: 4, verified: 4, wrong: [] });
    expect(view.status.caption).toBe('evicted');
  });

  it('shows the mappings of a victim as zapped, and back in system memory after a touch', async () => {
    const window = new Window();
    await window.open();
    for (let i = 2; i <= FLIP_THAT_EVICTS; i++) await window.do({ type: 'step' });
    expect(window.view.tasks.map(t => t.vmas.length)).toEqual([2, 2]);
    const vmas = () => window.view.tasks.map(t => t.vmas.find(v => v.objectId === 2)!);
    expect(vmas().map(v => [v.presentPtes, v.leadsTo, v.zappedPtes > 0])).toEqual([
      [0, null, true],
      [0, null, true],
    ]);
    await window.do({ type: 'step' });
    expect(vmas().map(v => [v.presentPtes > 0, v.leadsTo])).toEqual([
      [false, null],
      [true, 'SYSTEM'],
    ]);
    const fault = window.changes.findLast(c => c.kind === 'fault');
    expect(fault).toMatchObject({ refault: true, outcome: 'fault' });
  });

  it('steps back to exactly the view that was there, and forward to the same digest again', async () => {
    const window = new Window();
    await window.open();
    for (let i = 2; i <= FLIP_THAT_EVICTS; i++) await window.do({ type: 'step' });
    const after = window.view;
    const rows = window.events;
    await window.do({ type: 'stepBack' });
    expect(window.view.status.inputsDone).toBe(FLIP_THAT_EVICTS);
    expect(window.view.objects.find(o => o.name === 'a')!.placement).toBe('VRAM');
    expect(window.events.length).toBe(window.view.status.events);
    await window.do({ type: 'step' });
    expect(window.view.status.digest).toBe(after.status.digest);
    expect(window.view.objects).toEqual(after.objects);
    expect(window.view.why).toEqual(after.why);
    expect(window.events).toEqual(rows);
  });

  it('pauses a run where it is, and reset goes back to the opening position', async () => {
    const window = new Window();
    await window.open();
    const running = window.do({ type: 'run' });
    await window.do({ type: 'pause' });
    await running;
    expect(window.view.status.running).toBe(false);
    expect(window.view.status.inputsDone).toBeLessThan(inputs.length);
    await window.do({ type: 'reset' });
    expect(window.view.status.inputsDone).toBe(2);
  });

  it('shows the memories of another device while a scene runs, which goes on', async () => {
    const window = new Window();
    await window.open();
    const { shown, all } = window.view.status.devices!;
    const other = all.find(name => name !== shown)!;
    const running = window.do({ type: 'run' });
    await window.do({ type: 'showDevice', name: other });
    await running;
    expect(window.view.status.devices).toEqual({ shown: other, all });
    expect(window.view.status.inputsDone).toBe(inputs.length);
    expect(window.failures).toEqual([]);
  });

  it('answers a selection with facts and history', async () => {
    const window = new Window();
    await window.open();
    await window.do({ type: 'run' });
    await window.do({ type: 'select', selection: { kind: 'object', id: 1 } });
    expect(window.failures).toEqual([]);
  });

  it('says in a sentence what it cannot do, and stays usable', async () => {
    const window = new Window([scenario, { ...scenario, id: 'too-large', needs: { vramBytes: 2 ** 40 } }]);
    await window.open('nowhere');
    await window.do({ type: 'load', scene: 'too-large' });
    expect(window.failures[0]).toBe('There is no scene "nowhere".');
    expect(window.failures[1]).toMatch(/asks for 1099511627776 vramBytes, but the machine .* has \d+\.$/);
    await window.do({ type: 'load', scene: 'three-buffers' });
    expect(window.view.status.inputsDone).toBe(2);
  });

  it('takes a scenario that a person brings and opens it; a broken one changes nothing', async () => {
    const window = new Window();
    await window.open();
    const text = asset('scenarios/evict-refault.json');
    await window.do({ type: 'addScene', name: 'x.json', text: '{}', open: true });
    expect(window.failures).toEqual([expect.stringMatching(/^x\.json is not a scenario/)]);
    expect(window.view.status.inputs).toBe(inputs.length);
    await window.do({ type: 'addScene', name: 'y.json', text, open: true });
    expect(window.view.status.inputs).toBe(parseScenario(text, 'y.json').inputs.length);
    await window.do({ type: 'load', scene: 'three-buffers' });
    expect(window.failures).toHaveLength(1);
  });

  it('plays the first scene: three tasks shot down, refaulted in place, validated back, every byte right', async () => {
    const window = new Window([parseScenario(asset('scenarios/evict-refault.json'), 'evict-refault')]);
    await window.open('evict-refault');
    const opened = window.view;
    expect(opened.status.inputsDone).toBeGreaterThan(0);
    await window.do({ type: 'run' });
    expect(window.failures).toEqual([]);
    const zap = window.changes.find(c => c.kind === 'zap' && c.vmaIds.length === 3);
    expect(zap).toBeDefined();
    expect(window.changes.some(c => c.kind === 'fault' && c.refault)).toBe(true);
    expect(window.changes.some(c => c.kind === 'move' && c.from !== 'VRAM' && c.to === 'VRAM')).toBe(true);
    expect(window.changes.find(c => c.kind === 'move')).toMatchObject({ rateSource: 'model' });
    const { verified, invariantsBroken } = window.view.status;
    expect(verified.verified).toBe(window.view.objects.length);
    expect(invariantsBroken).toEqual([]);
  });

  it('a lowered budget evicts and stays part of the run: stepping back over it and forward again is the same run', async () => {
    const window = new Window([parseScenario(asset('scenarios/evict-refault.json'), 'evict-refault')]);
    await window.open('evict-refault');
    const { inputs, inputsDone } = window.view.status;
    const vram = () => window.view.placements.find(p => p.placement === 'VRAM')!;
    const half = Math.round(vram().sizePages / 2);
    await window.do({ type: 'setBudget', pages: half });
    expect(window.failures).toEqual([]);
    expect(vram().budgetPages).toBe(half);
    expect(vram().usedPages).toBeLessThanOrEqual(half);
    expect(window.view.status).toMatchObject({ inputs: inputs + 1, inputsDone: inputsDone + 1 });
    expect(window.view.why.at(-1)!.need).toContain(`ends at page ${half}`);
    const { digest } = window.view.status;
    await window.do({ type: 'stepBack' });
    expect(vram().budgetPages).toBe(vram().sizePages);
    await window.do({ type: 'step' });
    expect(window.view.status.digest).toBe(digest);
  });

  it('a budget that pinned objects forbid is refused in a sentence and changes nothing', async () => {
    const window = new Window([parseScenario(asset('scenarios/evict-refault.json'), 'evict-refault')]);
    await window.open('evict-refault');
    const before = window.view.placements;
    await window.do({ type: 'setBudget', pages: 1 });
    expect(window.failures).toEqual([
      expect.stringMatching(/^setBudget: ENOSPC: .* is pinned .*\. The budget is as it was\.$/),
    ]);
    expect(window.view.placements).toEqual(before);
  });
});
