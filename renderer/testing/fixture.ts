/** A view written by hand, with the objects of the design's picture, for unit tests and for looking at the drawing alone. */
import type {
  CandidateView,
  GartRunView,
  HolderView,
  LabView,
  ObjectView,
  Placement,
  PlacementView,
  TaskView,
  VmaView,
} from '../../core/public/view_types.ts';

const COLUMN = 512;
const MIB = 256;

type Row = readonly [placement: Placement, name: string, column: number, pages: number, pinned?: string];

const ROWS: readonly Row[] = [
  ['VRAM', 'fb0', 0, 2025, 'scan-out'],
  ['VRAM', 'ring0', 4, 32, 'ring'],
  ['VRAM', 'comp.glyphs', 4.3, 1024],
  ['VRAM', 'video.ref0', 6.5, 760],
  ['VRAM', 'game.color', 8.2, 2025],
  ['VRAM', 'video.out0', 12.4, 2025],
  ['VRAM', 'game.depth', 16.6, 2025],
  ['VRAM', 'game.mesh', 20.8, 1536],
  ['VRAM', 'game.atlas0', 24, 4096],
  ['TT', 'comp.tiles', 0.5, 1024],
  ['TT', 'game.staging', 5, 2048],
  ['TT', 'video.ref1', 25.4, 760],
  ['TT', 'game.ubo', 28.8, 512],
  ['SYSTEM', 'video.bitstream', -1, 1024],
  ['SYSTEM', 'comp.wall', -1, 2025],
  ['SYSTEM', 'game.level2', -1, 6144],
  ['SWAP', 'game.level1', -1, 4608],
  ['SWAP', 'comp.thumbs', -1, 768],
];

const TASKS = [
  ['compositor', 212, ['comp.wall', 'comp.glyphs', 'video.out0', 'fb0']],
  ['game', 245, ['game.staging', 'game.atlas0', 'video.out0']],
  ['video', 251, ['video.bitstream', 'video.ref0', 'video.out0']],
] as const;

/** The fixture before (step 0) and after (step 1) video.out0 is evicted, and after video touched it (step 2). */
export function fixtureView(step: 0 | 1 | 2): LabView {
  const evicted = step > 0;
  const columnPages: Partial<Record<Placement, number>> = { VRAM: COLUMN, TT: COLUMN / 2 };
  const idOf = (name: string) => ROWS.findIndex(row => row[1] === name) + 1;
  const placementOf = (row: Row): Placement => (evicted && row[1] === 'video.out0' ? 'SYSTEM' : row[0]);

  let nextEntry = 0;
  const runs: GartRunView[] = [];
  for (const row of ROWS) {
    const placement = placementOf(row);
    if (row[0] !== 'VRAM' && row[0] !== 'TT') continue;
    const firstEntry = nextEntry;
    nextEntry += row[3] + 256;
    if (placement !== 'VRAM' && placement !== 'TT') continue;
    runs.push({ firstEntry, nrEntries: row[3], leadsTo: placement, objectId: idOf(row[1]) });
  }

  const tasks: TaskView[] = TASKS.map(([name, pid, maps]) => ({
    pid,
    name,
    state: null,
    fds: [{ fd: 3, path: '/dev/dri/card0' }],
    vmas: maps.map((object, i): VmaView => {
      const row = ROWS[idOf(object) - 1]!;
      const gone = object === 'video.out0' && (step === 1 || (step === 2 && pid !== 251));
      return {
        id: pid * 10 + i,
        startPage: 0x7f2a40000 + i * 0x1000,
        nrPages: row[3],
        perm: 'rw-s',
        name: '/dev/dri/card0',
        objectId: idOf(object),
        presentPtes: gone ? 0 : row[3],
        leadsTo: gone ? null : placementOf(row),
        zappedPtes: gone ? row[3] : 0,
      };
    }),
  }));

  const objects: ObjectView[] = ROWS.map((row, i) => {
    const [, name, column, nrPages, pinned] = row;
    const placement = placementOf(row);
    const per = columnPages[placement];
    const holders: HolderView[] = tasks.flatMap(task =>
      task.vmas
        .filter(vma => vma.objectId === i + 1)
        .map(vma => ({ task: task.name, pid: task.pid, how: 'handle 3, map', presentPtes: vma.presentPtes })),
    );
    return {
      id: i + 1,
      name,
      placement,
      nrPages,
      runs: per === undefined ? [] : [{ firstPage: Math.round(column * per), nrPages }],
      pinned: pinned ?? null,
      maps: holders.length,
      moving: false,
      lastUse: 1_840_000_000 - i * 13_000_000,
      gartEntry: runs.find(run => run.objectId === i + 1)?.firstEntry ?? null,
      holders,
    };
  });

  const placements: PlacementView[] = (
    [
      ['VRAM', 64],
      ['TT', 32],
      ['SYSTEM', 80],
      ['SWAP', 48],
    ] as const
  ).map(([placement, mib]) => ({
    placement,
    sizePages: mib * MIB,
    budgetPages: mib * MIB,
    visiblePages: mib * MIB,
    adjustable: placement === 'VRAM',
    usedPages: objects.filter(o => o.placement === placement).reduce((sum, o) => sum + o.nrPages, 0),
  }));

  const candidate = (
    name: string,
    age: number,
    reason: string,
    outcome: CandidateView['outcome'],
  ): CandidateView => ({
    objectId: idOf(name),
    name,
    age,
    reason,
    outcome,
    count: 1,
  });

  return {
    status: {
      number: step + 1,
      time: 1_840_711_000 + step * 1_000_000,
      events: 18_000 + step * 40,
      newest: { time: 1_840_711_000 + step * 1_000_000, events: 18_000 + step * 40, inputsDone: 40 + step },
      inputsDone: 40 + step,
      inputs: 90,
      running: false,
      lastInput: 'game: job.submit game.atlas1',
      caption: evicted
        ? 'Three older objects cannot move. video.out0 is the first that can, so it goes.'
        : 'Three processes share 64 MiB of VRAM.',
      invariantsChecked: 63,
      invariantsBroken: [],
      gpu: { liveBytes: 101_082_726, expectedBytes: 101_082_726 },
      verified: { atInput: 40 + step, objects: ROWS.length, verified: ROWS.length, wrong: [] },
      digest: '0123456789abcdef',
    },
    placements,
    objects,
    tasks,
    gart: { nrEntries: 24_576, runs },
    why: evicted
      ? [
          {
            number: 1,
            time: 1_840_180_000,
            victimId: idOf('video.out0'),
            victim: 'video.out0',
            need: 'game submitted a job that uses game.atlas1: 1 366 pages wanted in VRAM, 835 free. The LRU is walked from the oldest.',
            policy: 'LRU',
            candidates: [
              candidate('comp.glyphs', 412e6, 'reserved by compositor', 'skipped'),
              candidate('game.mesh', 305e6, 'game holds its reservation', 'skipped'),
              candidate('video.ref0', 221e6, 'fence 4118 not signalled', 'skipped'),
              candidate('video.out0', 188e6, 'idle, frees 2 025 pages', 'victim'),
              candidate('game.depth', 16e6, 'not reached: it fits now', 'not reached'),
              candidate('game.color', 16e6, 'not reached: it fits now', 'not reached'),
              candidate('game.atlas0', 16e6, 'not reached: it fits now', 'not reached'),
            ],
          },
        ]
      : [],
  };
}
