/**
 * The text of a scenario with very many objects and events, for measuring: made when it is wanted, so that nobody ships it.
 *
 * Build    the objects, one page each, in all memories; the scene pauses behind them
 * Play     rounds over the objects: batches are submitted (they come into VRAM and push others out) and touched
 */

/**
 * @param objects how many objects
 * @param rounds  how many batches of 64 objects are used afterwards
 * @returns the text of a scenario file for the machine lab-64m
 */
export function largeScenario(objects = 100_000, rounds = 20_000) {
  const game = (call, args, as) => ({ task: 'game', call, args, ...(as && { as }) });
  const mapped = Math.min(64, objects);
  const list = offset => Array.from({ length: 64 }, (_, i) => `b{r*64+${offset + i}}`);
  const most = Math.max(1, Math.floor(objects / 64) - 1);
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
    { pause: true },
    { caption: 'Batches of 64 objects come into video memory and push others out.' },
  ];
  for (let left = rounds; left > 0; left -= most) {
    steps.push({
      repeat: Math.min(left, most),
      counter: 'r',
      steps: [game('gpu.submit', { fd: 'gpu', list: list(0), durationNs: 50_000 })],
    });
  }
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
