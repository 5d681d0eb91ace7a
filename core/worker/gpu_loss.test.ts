/**
 * Covers a GPU that goes while a scene is open in the window: at rest and in a run, with and without another one, and tried again by
 * a person. The real device does the work; only the failures are made up.
 */
import { describe, expect, test } from 'vitest';
import { loadScenario } from '../cli/assets.ts';
import { createHostMachine } from '../hw/host/host_machine.ts';
import { FaultyProvider } from '../hw/webgpu/faulty_device.ts';
import { createWebGpuMachine } from '../hw/webgpu/webgpu_machine.ts';
import { type FromLab, type LabCommand, PROTOCOL_VERSION } from '../public/protocol.ts';
import { applyDelta, EMPTY_VIEW } from '../public/view_delta.ts';
import type { LabView } from '../public/view_types.ts';
import { gpuForTests, machineFile } from '../testing/hw_machines.ts';
import { QuickClock } from '../testing/quick_clock.ts';
import { LabHost } from './lab_host.ts';
import type { MachineMaker } from './machine_keeper.ts';

const scenario = loadScenario('evict-refault');
const gpu = await gpuForTests();
const MANY = 1_000_000;

/** The window's side, on devices that can be lost. */
class Window {
  readonly provider = new FaultyProvider(gpu!);
  readonly failures: string[] = [];
  readonly adapters: Extract<FromLab, { type: 'adapter' }>['adapter'][] = [];
  view: LabView = EMPTY_VIEW;
  private next = 1;
  private readonly waiting = new Map<number, () => void>();
  private readonly host: LabHost;

  constructor() {
    const clock = new QuickClock();
    const makeMachine: MachineMaker = async (description, kind, layout) => {
      try {
        const machine = await createWebGpuMachine(description, this.provider, { layout, clock });
        return { machine, because: 'There is one.' };
      } catch (error) {
        if (kind === 'webgpu') throw error;
        return { machine: createHostMachine(description, { layout }), because: 'There is none.' };
      }
    };
    this.host = new LabHost({
      send: message => this.receive(message),
      makeMachine,
      library: { scenarios: [scenario], machine: machineFile },
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

  async open(): Promise<this> {
    await this.do({ type: 'open', version: PROTOCOL_VERSION, machine: 'auto', vram: 'paged' });
    await this.do({ type: 'load', scene: scenario.id });
    expect(this.adapters.at(-1)?.machine).toBe('webgpu');
    return this;
  }

  private receive(message: FromLab): void {
    if (message.type === 'done') this.waiting.get(message.number)!();
    else if (message.type === 'failed') this.failures.push(message.sentence);
    else if (message.type === 'adapter') this.adapters.push(message.adapter);
    else if (message.type === 'loaded') this.view = EMPTY_VIEW;
    else if (message.type === 'view') {
      this.view = applyDelta(this.view, message.delta);
      const { number } = this.view.status;
      setTimeout(() => this.host.receive({ type: 'shown', view: number }), 0);
    }
  }

  get adapter() {
    return this.adapters.at(-1)!;
  }

  expectWhole(): void {
    const { verified, invariantsBroken, inputs, inputsDone } = this.view.status;
    expect(inputsDone).toBe(inputs);
    expect(verified.objects).toBeGreaterThan(0);
    expect([verified.verified, verified.wrong, invariantsBroken]).toEqual([verified.objects, [], []]);
  }
}

describe.skipIf(gpu === undefined)('a lost GPU', () => {
  test('at rest: said without anybody asking, another device goes on to the end', async () => {
    const window = await new Window().open();
    window.provider.loseDevice();
    await expect.poll(() => window.failures.length).toBe(1);
    expect(window.failures[0]).toMatch(
      /^The GPU device was lost .*\d+ objects? lived only in VRAM .* A new device goes on\.$/,
    );
    expect(
      window.adapters.some(({ because }) => /asks for another one, for five seconds/.test(because)),
    ).toBe(true);
    expect(window.adapter).toMatchObject({ machine: 'webgpu', because: window.failures[0] });
    await window.do({ type: 'run' });
    window.expectWhole();
    expect(window.failures).toHaveLength(1);
  });

  test('and none comes: the host machine goes on in the same session, and says that a GPU can be tried', async () => {
    const window = await new Window().open();
    const { inputsDone } = window.view.status;
    window.provider.plan.refuseAdapters = MANY;
    window.provider.loseDevice();
    await expect.poll(() => window.failures.at(-1)).toMatch(/The host machine takes over\.$/);
    expect(window.adapter).toMatchObject({ machine: 'host', canTryGpu: true });
    expect(window.view.status.inputsDone).toBe(inputsDone);

    await window.do({ type: 'tryGpu' });
    expect(window.failures.at(-1)).toMatch(
      /^The GPU was tried again: .* offers no adapter\. The host machine goes on\.$/,
    );
    expect(window.adapter.machine).toBe('host');
    await window.do({ type: 'step' });
    expect(window.view.status.inputsDone).toBe(inputsDone + 1);
    const { digest } = window.view.status;

    window.provider.plan.refuseAdapters = 0;
    await window.do({ type: 'tryGpu' });
    expect(window.adapter).toMatchObject({ machine: 'webgpu', because: 'There is one.' });
    expect(window.adapter.canTryGpu).toBeUndefined();
    expect(window.view.status).toMatchObject({ digest, inputsDone: inputsDone + 1 });
    await window.do({ type: 'run' });
    window.expectWhole();
    expect(window.failures).toHaveLength(2);
  });

  test('in a run, and then back and forth over it: the scene ends whole', async () => {
    const window = await new Window().open();
    window.provider.plan.loseAtMap = 2;
    await window.do({ type: 'run' });
    expect(window.failures).toEqual([expect.stringContaining('A new device goes on.')]);
    window.expectWhole();
    await window.do({ type: 'stepBack' });
    await window.do({ type: 'seek', position: 3 });
    await window.do({ type: 'run' });
    window.expectWhole();
    expect(window.failures).toHaveLength(1);
  });
});
