/** Which caption is shown at a moment: one rule for the window, the pages and videos made of a session, and presenting. */

/**
 * Place in the list of the newest caption whose input has been executed; before the first one the opening words, at the end the
 * last ones. -1: none is shown.
 *
 * @param captions in order of position
 * @param position inputs that are executed
 * @param inputs all there are
 */
export function captionAt(
  captions: readonly { readonly position: number }[],
  position: number,
  inputs: number,
): number {
  const atEnd = position >= inputs;
  const shown = captions.findLastIndex(c => c.position < position || (atEnd && c.position === position));
  return shown >= 0 ? shown : captions.findIndex(c => c.position === 0);
}
