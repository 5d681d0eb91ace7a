/**
 * Covers the console on every machine: digests, contents and picture are equal; slices never show; a restored image goes on the same;
 * a framebuffer that was forced out is seen to be gone.
 */
import { describe, expect, test } from 'vitest';
import { loadMachine, loadScenario } from '../cli/assets.ts';
import { scratchPixel } from '../hw/ring/scan_out.ts';
import { bootKernel } from '../kernel/boot.ts';
import '../session/calls/all.ts';
import { Player } from '../session/player.ts';
import { restoreSessionImage, takeSessionImage } from '../session/session_image.ts';
import { gpuForTests, ringMachineKinds } from '../testing/hw_machines.ts';
import { runScenario } from './run_scenario.ts';
import { type Picture, takePicture } from './screenshot.ts';

const scenario = loadScenario('boot-console');
const description = loadMachine(scenario.machine);
const kinds = ringMachineKinds(await gpuForTests());

interface Seen {
  readonly digests: readonly string[];
  readonly picture: Picture;
}

async function runOn(kind: (typeof kinds)[number], slice?: number): Promise<Seen> {
  let picture: Picture | null = null;
  const result = await runScenario(scenario, {
    machine: await kind.create(description),
    ...(slice === undefined ? {} : { slice }),
    atEnd: async player => {
      picture = await takePicture(player);
    },
  });
  expect(result.problems).toEqual([]);
  return { digests: [result.eventDigest, result.contentDigest], picture: picture! };
}

/** Colours of a picture as RGBA words. */
const pixelsOf = ({ pixels }: Picture) => new Uint32Array(pixels.slice().buffer);

const host = await runOn(kinds[0]!);

test('the picture shows ink on paper in every row of text', () => {
  const { width } = host.picture;
  const words = pixelsOf(host.picture);
  for (let row = 0; row < 24; row++) {
    const cells = words.subarray(row * 16 * width, (row + 1) * 16 * width);
    expect(new Set(cells.filter((_, i) => i % width < 160)).size, `row ${row}`).toBe(2);
  }
});

test.each([1, 7, 10_000])('slices of %d inputs: the same digests and picture', async slice => {
  const again = await runOn(kinds[0]!, slice);
  expect(again.digests).toEqual(host.digests);
  expect(again.picture).toEqual(host.picture);
});

/** Digest of the trace of the whole scene on the host, which is that of every machine. */
async function digestOnHost(): Promise<string> {
  const machine = await kinds[0]!.create(description);
  const whole = new Player(bootKernel(description), machine);
  await whole.play(scenario.inputs);
  await machine.dispose();
  return whole.kernel.trace.digest();
}
const wholeDigest = digestOnHost();

describe.each(kinds)('on $name', kind => {
  test.each([
    ['batch-never-ends', /^Engine 0, request \d+: stopped at 0x[0-9a-f]{8} \(hang\); it was reset\.$/],
    // The table is looked at after every input, so rule 42 comes first.
    ['bind-writes-bad-entry', /42 Bound matches pages: GART entry \d+ leads to frame/],
    ['bind-forgets-tlb-flush', /^Engine 0, request \d+: \w+ fault at 0x[0-9a-f]{8}: stale translation\.$/],
  ])('%s: the run fails and names the address', async (sabotage, says) => {
    const machine = await kind.create({ ...description, tlb: true });
    const { problems } = await runScenario(scenario, { machine, sabotage });
    expect(problems.filter(problem => says.test(problem))).not.toEqual([]);
  });

  test('digests, contents and picture as on the host', async () => {
    const seen = await runOn(kind);
    expect(seen.digests).toEqual(host.digests);
    expect(seen.picture).toEqual(host.picture);
  });

  test('an image taken with requests in flight: the restored session has the same digest at its end', async () => {
    const first = await kind.create(description);
    const player = new Player(bootKernel(description), first);
    await player.play(scenario.inputs.slice(0, 20));
    expect(player.kernel.fences.nrPending).toBeGreaterThan(0);
    const image = await takeSessionImage(player);
    await first.dispose();
    const second = await kind.create(description);
    const restored = await restoreSessionImage(image, second);
    await restored.play(scenario.inputs.slice(20));
    expect(restored.kernel.trace.digest()).toBe(await wholeDigest);
    await second.dispose();
  });

  test('forced out without its pin: the display shows the pattern of memory that is not there', async () => {
    const machine = await kind.create(description);
    const player = new Player(bootKernel(description), machine);
    await player.play(scenario.inputs.slice(0, 30));
    await player.step({ task: 'K', call: 'lab.forceOutShown', args: {} });
    const picture = (await takePicture(player))!;
    const words = pixelsOf(picture);
    const wrong = words.findIndex(
      (word, i) => word !== scratchPixel(i % picture.width, Math.floor(i / picture.width)),
    );
    expect(wrong).toBe(-1);
    await machine.dispose();
  });
});
