/** Videos of the player's film, for the program of the launcher that drives this page. */
import { encodeFilm, type VideoWish } from './film_encode.ts';

export interface MadeVideo {
  readonly base64: string;
  readonly codec: string;
  readonly frames: number;
}

const HEAD = 'base64,';

function toBase64(buffer: ArrayBuffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => {
      const url = String(reader.result);
      resolve(url.slice(url.indexOf(HEAD) + HEAD.length));
    };
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(new Blob([buffer]));
  });
}

/** @param tell frames done and all; @returns null when the browser can encode none of the codecs */
async function makeVideo(
  wish: VideoWish,
  tell: (done: number, all: number) => Promise<boolean>,
): Promise<MadeVideo | 'cancelled' | null> {
  const made = await encodeFilm(window.labPlayer!, wish, tell);
  if (made === null || made === 'cancelled') return made;
  const { buffer, codec, frames } = made;
  return { base64: await toBase64(buffer), codec, frames };
}

declare global {
  interface Window {
    labMakeVideo?: typeof makeVideo;
  }
}
window.labMakeVideo = makeVideo;
