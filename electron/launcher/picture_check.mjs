/**
 * Is anything drawn in a picture? A canvas that stays blank has one colour; a memory view has dozens.
 *
 * Sent to a page as text, so it may use nothing outside itself.
 * @param base64 a PNG
 * @returns {Promise<number>} distinct colours among the sampled pixels
 */
export async function countColours(base64) {
  const image = new Image();
  image.src = `data:image/png;base64,${base64}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = image.width;
  canvas.height = image.height;
  const context = canvas.getContext('2d');
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  const seen = new Set();
  for (let i = 0; i < data.length; i += 4) seen.add((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]);
  return seen.size;
}

/** Colours that a drawn memory view has at least; a blank one has the ground and nothing else. */
export const DRAWN_COLOURS = 24;
