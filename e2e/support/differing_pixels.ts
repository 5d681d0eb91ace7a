import type { Page } from '@playwright/test';

/** Steps of a colour channel (0 to 255) that rasterizing the same picture twice may differ by. */
const ROUNDING = 2;

/** Pixels in which two pictures of one size (PNG, base64) differ by more than rounding. Throws when their sizes differ. */
export function differingPixels(page: Page, a: string, b: string): Promise<number> {
  return page.evaluate(
    async ([first, second, rounding]) => {
      const pixels = async (png: string) => {
        const bytes = Uint8Array.from(atob(png), character => character.charCodeAt(0));
        const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
        const context = new OffscreenCanvas(image.width, image.height).getContext('2d')!;
        context.drawImage(image, 0, 0);
        return context.getImageData(0, 0, image.width, image.height);
      };
      const [one, other] = [await pixels(first), await pixels(second)];
      if (one.width !== other.width || one.height !== other.height)
        throw new Error(`${one.width} by ${one.height} pixels against ${other.width} by ${other.height}.`);
      let differing = 0;
      for (let at = 0; at < one.data.length; at += 4) {
        let most = 0;
        for (let channel = 0; channel < 3; channel++)
          most = Math.max(most, Math.abs(one.data[at + channel]! - other.data[at + channel]!));
        if (most > rounding) differing++;
      }
      return differing;
    },
    [a, b, ROUNDING] as const,
  );
}
