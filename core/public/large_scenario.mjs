/**
 * The text of a scenario with very many objects and events, for measuring: made when it is wanted, so that nobody ships it.
 *
 * Build    the objects, one page each, some of them pinned; then rounds that make events: the scene pauses behind them
 * Round    64 objects come into VRAM and push others out, and each of the 64 walks names what is pinned: about 8,900 events
 */

const PINNED = 128;

/**
 * @param objects how many objects
 * @param rounds  how many batches of 64 objects are used after the pause
 * @param before  and how many before it
 * @returns the text of a scenario file for the machine lab-64m
 */
export function largeScenario(objects = 100_000, rounds = 20_000, before = 0) {
  const game = (call, args, as) => ({ task: 'game', call, args, ...(as && { as }) });
  const mapped = Math.min(64, objects);
  const list = offset => Array.from({ length: 64 }, (_, i) => `b{r*64+${offset + i}}`);
  const most = Math.max(1, Math.floor(objects / 64) - 1);
  const play = count => {
    const repeats = [];
    for (let left = count; left > 0; left -= most)
      repeats.push({
        repeat: Math.min(left, most),
        counter: 'r',
        steps: [
          game('gpu.submit', { fd: 'gpu', list: list(0), durationNs: 50_000 }),
          // Who never waits fills video memory with work in flight, and every eviction walks past all of it.
          game('gpu.idle', { fd: 'gpu' }),
        ],
      });
    return repeats;
  };
  const steps = [
    { caption: `${objects} objects of one page each.` },
    game('spawn', {}),
    game('open', { dev: 'lab_gpu' }, 'gpu'),
    {
      repeat: objects,
      counter: 'i',
      steps: [game('gpu.create', { fd: 'gpu', size: 4096, domain: 'system' }, 'b{i}')],
    },
    {
      repeat: mapped,
      counter: 'i',
      steps: [
        game('mmap', { fd: 'gpu', offsetOf: 'b{i}', length: 4096, prot: 'rw', flags: 'shared' }, 'map{i}'),
      ],
    },
    {
      repeat: Math.min(PINNED, objects),
      counter: 'i',
      steps: [
        game('gpu.submit', { fd: 'gpu', list: ['b{i}'] }),
        game('gpu.idle', { fd: 'gpu' }),
        game('gpu.pin', { fd: 'gpu', bo: 'b{i}', why: 'measuring' }),
      ],
    },
    ...play(before),
    { pause: true },
    { caption: 'Batches of 64 objects come into video memory and push others out.' },
    ...play(rounds),
  ];
  return JSON.stringify({
    format: 'gart-lab-scenario',
    version: 1,
    id: 'large',
    title: 'Very many objects',
    summary: 'Made for measuring.',
    machine: 'lab-64m',
    seed: 1,
    needs: {},
    steps,
    expect: {},
  });
}
