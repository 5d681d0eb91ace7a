/**
 * Keyframes of a session: images in memory, and those that stand in a file and are read when somebody goes there.
 *
 * Memory   images as bytes, at most `mostBytes` together; when more would be held every second one goes. DECODED_BYTES more are decoded
 */
import type { DigestLine } from './recorder.ts';
import { decodeSession, encodeSession } from './session_file.ts';
import type { SessionImage } from './session_image.ts';

/** A place that can be gone to at once. */
export interface Keyframe {
  /** Inputs executed. */
  readonly position: number;
  /** What the trace was there; null for one of a file, whose digests stand beside it. */
  readonly digest: DigestLine | null;
  /** The image as bytes (session_file.ts). @throws SessionFileError those of a file, when it is damaged */
  bytes(): Promise<Uint8Array<ArrayBuffer>>;
}

const MOST_BYTES = 192 * 1024 * 1024;

/** Bytes of images that stay decoded: who scrubs comes back to the same few. */
const DECODED_BYTES = 8 * 1024 * 1024;

export class KeyframeStore {
  private list: (Keyframe & { readonly held: number })[] = [];
  /** The last ones that were decoded, the newest last. */
  private decoded: { readonly keyframe: Keyframe; readonly image: SessionImage; readonly bytes: number }[] =
    [];

  constructor(private readonly mostBytes = MOST_BYTES) {}

  /** In order of position. */
  all(): readonly Keyframe[] {
    return this.list;
  }

  has(position: number): boolean {
    return this.list.some(each => each.position === position);
  }

  /** Keep an image. */
  add(image: SessionImage, digest: DigestLine): void {
    const encoded = encodeSession(image) as Uint8Array<ArrayBuffer>;
    this.insert({ position: image.position, digest, held: encoded.length, bytes: async () => encoded });
    let held = this.list.reduce((sum, each) => sum + each.held, 0);
    while (held > this.mostBytes && this.list.length > 2) {
      this.list = this.list.filter((each, i) => i % 2 === 0 || each.held === 0);
      held = this.list.reduce((sum, each) => sum + each.held, 0);
    }
  }

  /** Know of one that lies in a file. */
  addRecorded(position: number, bytes: () => Promise<Uint8Array<ArrayBuffer>>): void {
    this.insert({ position, digest: null, held: 0, bytes });
  }

  /** The last one at or before a position; the first one stands at the beginning. */
  nearest(position: number): Keyframe | undefined {
    return this.list.findLast(each => each.position <= position);
  }

  /** Its image. @throws SessionFileError it is damaged */
  async image(keyframe: Keyframe): Promise<SessionImage> {
    const known = this.decoded.find(each => each.keyframe === keyframe);
    if (known) return known.image;
    const bytes = await keyframe.bytes();
    const image = decodeSession(bytes);
    this.decoded.push({ keyframe, image, bytes: bytes.length });
    let held = this.decoded.reduce((sum, each) => sum + each.bytes, 0);
    while (held > DECODED_BYTES) held -= this.decoded.shift()!.bytes;
    return image;
  }

  /** Keep those for which this holds. */
  filter(keep: (keyframe: Keyframe) => boolean): void {
    this.list = this.list.filter(keep);
    this.decoded = this.decoded.filter(({ keyframe }) =>
      this.list.includes(keyframe as (typeof this.list)[number]),
    );
  }

  private insert(keyframe: Keyframe & { readonly held: number }): void {
    if (this.has(keyframe.position)) return;
    const at = this.list.findLastIndex(each => each.position < keyframe.position) + 1;
    this.list.splice(at, 0, keyframe);
  }
}
