/**
 * A scenario from a form: "my GPU has N GiB, my program allocates this list, and uses all of it in every frame".
 *
 * Scale   the memory of the machine stands for that of the GPU, so the shares are right and the bytes are fewer
 */

/** What a program allocates. */
export interface PresetItem {
  readonly name: string;
  readonly mebibytes: number;
  readonly count: number;
}

export interface Preset {
  /** VRAM of the GPU that is meant. */
  readonly gibibytes: number;
  readonly items: readonly PresetItem[];
  readonly frames: number;
}

const MIB = 2 ** 20;
const PAGE = 4096;
/** VRAM of lab-64m. */
const MACHINE_BYTES = 64 * MIB;
/** What the kernel pins there at boot, rounded up: no object finds room for this much less than all of it. */
const PINNED_BYTES = 2 * MIB;
/** RAM of lab-64m, into which what has no room in VRAM is evicted. */
const RAM_BYTES = 512 * MIB;
const MOST_OBJECTS = 200;

/** Lines `name MiB [x count]` as items. @throws Error naming the line */
export function parseItems(text: string): PresetItem[] {
  const items: PresetItem[] = [];
  for (const line of text.split('\n').map(each => each.trim())) {
    if (line === '') continue;
    const match = /^(.*?)\s+(\d+(?:\.\d+)?)\s*(?:MiB)?(?:\s*[x×]\s*(\d+))?$/i.exec(line);
    if (!match?.[1] || !(Number(match[2]) > 0))
      throw new Error(`${JSON.stringify(line)} is not a name, a size in MiB and perhaps x and a count.`);
    items.push({ name: match[1], mebibytes: Number(match[2]), count: Number(match[3] ?? 1) });
  }
  return items;
}

/** Why no GPU of this size could run the list, or null. */
function refusal(gibibytes: number, items: readonly PresetItem[]): string | null {
  const count = items.reduce((sum, item) => sum + item.count, 0);
  if (count === 0 || count > MOST_OBJECTS)
    return `A list has 1 to ${MOST_OBJECTS} objects; this one has ${count}.`;
  const most = (gibibytes * 1024 * (MACHINE_BYTES - PINNED_BYTES)) / MACHINE_BYTES;
  const large = items.find(item => item.count > 0 && item.mebibytes > most);
  if (large)
    return `${large.name} has ${large.mebibytes} MiB; a GPU of ${gibibytes} GiB has room for an object of ${Math.floor(most)} MiB at most.`;
  const total = items.reduce((sum, item) => sum + item.count * item.mebibytes, 0);
  const room = (gibibytes * 1024 * RAM_BYTES) / MACHINE_BYTES;
  if (total > room)
    return `The list has ${Math.ceil(total / 1024)} GiB together; the machine with this GPU has ${room / 1024} GiB of memory to evict to.`;
  return null;
}

/** @returns the text of a scenario. @throws Error when the list is empty, too long, or too large for the GPU or its machine */
export function presetScenario({ gibibytes, items, frames }: Preset): string {
  if (!(gibibytes > 0)) throw new Error(`A GPU has more than ${gibibytes} GiB.`);
  const refused = refusal(gibibytes, items);
  if (refused !== null) throw new Error(refused);
  const objects = items.flatMap(item =>
    Array.from({ length: item.count }, (_, i) => ({
      name: item.count > 1 ? `${item.name}-${i}` : item.name,
      mebibytes: item.mebibytes,
    })),
  );
  const scale = MACHINE_BYTES / (gibibytes * 1024 * MIB);
  const pagesOf = (mebibytes: number) => Math.max(1, Math.round((mebibytes * MIB * scale) / PAGE));
  const total = objects.reduce((sum, object) => sum + object.mebibytes, 0);
  const app = (call: string, args: object, as?: string) => ({
    task: 'app',
    call,
    args: { fd: 'gpu', ...args },
    ...(as !== undefined && { as }),
  });
  const makes = objects.flatMap(({ name, mebibytes }, i) => [
    app('gpu.create', { size: pagesOf(mebibytes) * PAGE, domain: 'system', name }, `o${i}`),
    app('gpu.submit', { list: [`o${i}`], fills: [{ bo: `o${i}`, seed: i + 1 }] }),
  ]);
  const frame = [
    ...objects.map((_, i) => app('gpu.submit', { list: [`o${i}`], durationNs: 100_000 })),
    app('gpu.idle', {}),
  ];
  return `${JSON.stringify(
    {
      format: 'gart-lab-scenario',
      version: 1,
      id: 'my-program',
      title: 'My program',
      summary: `${objects.length} objects of ${total} MiB together on a GPU of ${gibibytes} GiB. The 64 MiB of this machine stand for it: 1 MiB here is ${Math.round(1 / scale)} MiB there.`,
      machine: 'lab-64m',
      steps: [
        { caption: `The program allocates ${total} MiB; the GPU has ${gibibytes * 1024} MiB.` },
        { task: 'app', call: 'spawn' },
        { task: 'app', call: 'open', args: { dev: 'lab_gpu' }, as: 'gpu' },
        ...makes,
        app('gpu.idle', {}),
        { pause: true },
        { caption: 'Frames: each uses every object once, in order.' },
        { repeat: frames, counter: 'frame', steps: frame },
        { caption: 'That was the cost of these frames.' },
      ],
    },
    null,
    2,
  )}\n`;
}
