/** A film as a video file: every frame is drawn, encoded by WebCodecs and muxed; nothing is grabbed from a screen. */
import {
  BufferTarget,
  CanvasSource,
  getFirstEncodableVideoCodec,
  Mp4OutputFormat,
  Output,
  QUALITY_HIGH,
  type VideoCodec,
  WebMOutputFormat,
} from 'mediabunny';
import type { FilmStage } from './film_stage.ts';

export interface VideoWish {
  readonly container: 'webm' | 'mp4';
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  /** 2 plays twice as fast. */
  readonly speed: number;
}

export interface EncodedFilm {
  readonly buffer: ArrayBuffer;
  readonly codec: string;
  readonly frames: number;
}

const CODECS: Readonly<Record<VideoWish['container'], VideoCodec[]>> = {
  webm: ['vp9', 'vp8', 'av1'],
  mp4: ['avc', 'vp9', 'av1'],
};

/** Frames between two looks at whether somebody still wants it. */
const TELL_EVERY = 5;

/**
 * @param tell frames done and all; false ends it
 * @returns null when the browser can encode none of the codecs
 */
export async function encodeFilm(
  stage: FilmStage,
  { container, width, height, fps, speed }: VideoWish,
  tell: (done: number, all: number) => boolean | Promise<boolean>,
): Promise<EncodedFilm | 'cancelled' | null> {
  const codec = await getFirstEncodableVideoCodec(CODECS[container], { width, height });
  if (!codec) return null;
  const target = new BufferTarget();
  const format = container === 'webm' ? new WebMOutputFormat() : new Mp4OutputFormat();
  const output = new Output({ format, target });
  const source = new CanvasSource(stage.drawMoment(0, width, height), { codec, bitrate: QUALITY_HIGH });
  output.addVideoTrack(source, { frameRate: fps });
  await output.start();
  const frames = Math.max(1, Math.ceil((stage.film.length / speed / 1000) * fps));
  for (let i = 0; i < frames; i++) {
    stage.drawMoment((i * 1000 * speed) / fps, width, height);
    await source.add(i / fps, 1 / fps);
    if (i % TELL_EVERY === 0 && !(await tell(i, frames))) {
      await output.cancel();
      return 'cancelled';
    }
  }
  await output.finalize();
  return { buffer: target.buffer!, codec, frames };
}
