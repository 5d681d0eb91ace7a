/**
 * A snapshot of a session: the kernel, the names that inputs gave, the position in the log, and a hash over all contents.
 *
 * Contents   travel as recipes (hw/page_contents.ts) inside the kernel's graph; a fresh machine materialises them, hashes what
 *            it then holds, and the hash must be the one that was stored
 * Not in it  trace rows (the digest and the count are), commands in flight (a snapshot is taken right after a barrier), the
 *            machine's kind, adapter and VRAM layout
 */
import { invariant } from '../base/invariant.ts';
import { restoreSnapshot, type SnapshotImage, takeSnapshot } from '../base/snapshot.ts';
import type { Pfn } from '../base/units.ts';
import type { CommandQueue } from '../hw/command_queue.ts';
import { hashText } from '../hw/content_hash.ts';
import type { Machine } from '../hw/machine.ts';
import { type MachineDescription, machineHash } from '../hw/machine_description.ts';
import type { Region } from '../hw/region.ts';
import { REGION_MIRROR, REGION_RAM, REGION_SWAP, REGION_VRAM } from '../hw/region.ts';
import { revealContents } from '../hw/reveal_contents.ts';
// Every class and constant of the model must be known before a snapshot is read.
import '../kernel/boot.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { NameTable } from './name_table.ts';
import { Player } from './player.ts';

const REGIONS: readonly Region[] = [REGION_RAM, REGION_VRAM, REGION_MIRROR, REGION_SWAP];

/** What the root of a snapshot holds. */
interface SessionRoot {
  readonly kernel: Kernel;
  readonly names: NameTable;
  readonly position: number;
}

export interface SessionImage {
  readonly format: 'gart-lab-session';
  readonly version: 1;
  /** Inputs executed. */
  readonly position: number;
  /** Hash of the machine description. */
  readonly machineHash: string;
  /** Hash of every written page by region, in the order of REGIONS; none in keyframes, whose recipes say what the bytes must be. */
  readonly contentHashes: readonly string[];
  readonly snapshot: SnapshotImage;
}

/** Frames of a region that hold something a machine must have. */
function writtenFrames(queue: CommandQueue, region: Region): Pfn[] {
  const frames: Pfn[] = [];
  queue.contents.forEachWritten(region, pfn => {
    if (queue.contents.isDefined(pfn)) frames.push(pfn);
  });
  return frames;
}

function recipeHashes(queue: CommandQueue): string[] {
  return REGIONS.map(region => hashText(...queue.contents.hashOf(writtenFrames(queue, region))));
}

/**
 * Store a session; the player goes on as if nothing had happened.
 *
 * @param hashes false: without hashes of contents, which would take longer than all the rest
 */
export async function takeSessionImage(
  player: Player,
  { hashes = true }: { readonly hashes?: boolean } = {},
): Promise<SessionImage> {
  await player.barrier();
  const { kernel, names, position } = player;
  await revealContents(kernel.queue, player.machine);
  kernel.queue.prepareSnapshot();
  const root: SessionRoot = { kernel, names, position };
  return {
    format: 'gart-lab-session',
    version: 1,
    position,
    machineHash: machineHash(kernel.queue.machine),
    contentHashes: hashes ? recipeHashes(kernel.queue) : [],
    snapshot: takeSnapshot(root),
  };
}

/** An image whose graph is rebuilt: what is left to do is filling a machine. It is used up by one restore. */
export interface RestorableImage {
  readonly image: SessionImage;
  readonly root: SessionRoot;
}

/**
 * Rebuild the graph of an image.
 *
 * @throws ModelBug when the machine's description is another one, or the image is one of another version of this program; any error
 *         when the graph is damaged
 */
export function restorable(image: SessionImage, description: MachineDescription): RestorableImage {
  const hash = machineHash(description);
  invariant(
    hash === image.machineHash,
    () =>
      `The session was stored on a machine with hash ${image.machineHash}; this one (${description.name}) has ${hash}.`,
  );
  const root = restoreSnapshot(image.snapshot) as SessionRoot;
  invariant(root.names instanceof NameTable, () => 'The session image has no name table.');
  return { image, root };
}

/**
 * Rebuild a session on a machine of the same description: a fresh one, or one whose contents nobody needs any more.
 *
 * @param checkBytes false: whoever goes to many moments asks about bytes where somebody looks (lab/verify_objects.ts)
 * @throws ModelBug when the machine's description is another one, or when the bytes it holds are not those of the image
 */
export async function restoreSessionImage(
  image: SessionImage,
  machine: Machine,
  options: { readonly checkBytes?: boolean } = {},
): Promise<Player> {
  return restoreOnMachine(restorable(image, machine.description), machine, options);
}

/** As restoreSessionImage(), of an image whose graph is rebuilt. */
export async function restoreOnMachine(
  { image, root: { kernel, names, position } }: RestorableImage,
  machine: Machine,
  { checkBytes = true }: { readonly checkBytes?: boolean } = {},
): Promise<Player> {
  await machine.restoreContents(kernel.queue);
  const player = new Player(kernel, machine, names, position);
  if (!checkBytes) return player;
  const answers = await player.askOutside(() =>
    REGIONS.map(region => kernel.queue.hashPages(writtenFrames(kernel.queue, region))),
  );
  const stored = image.contentHashes.length > 0 ? image.contentHashes : recipeHashes(kernel.queue);
  answers.forEach((answer, i) => {
    const found = hashText(answer[0]!, answer[1]!);
    invariant(
      found === stored[i],
      () => `After the restore region ${REGIONS[i]} holds bytes with hash ${found}; ${stored[i]} was stored.`,
    );
  });
  const wrong = await machine.verifyGart(kernel.queue);
  invariant(wrong.length === 0, () => `After the restore the GART differs: ${wrong.join(' ')}`);
  return player;
}
