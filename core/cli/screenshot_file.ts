/** `--screenshot`: the picture of the display as a PNG file. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { encode } from 'fast-png';
import { takePicture } from '../lab/screenshot.ts';
import type { Player } from '../session/player.ts';
import { UsageError } from './outcome.ts';

/** @throws UsageError the machine has no display that can be read */
export async function writeScreenshot(player: Player, file: string): Promise<void> {
  const picture = await takePicture(player);
  if (picture === null) throw new UsageError('The machine has no lab_gpu, so there is no picture to write.');
  const { width, height, pixels } = picture;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, encode({ width, height, data: pixels, channels: 4, depth: 8 }));
}
