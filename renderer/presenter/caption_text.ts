/** A caption as it is shown to an audience: one sentence large, the rest below it. */

/** Letters of a large sentence; a longer one ends at its colon, if it has one. */
const LARGE_LETTERS = 80;

/** The first sentence, and what follows it. */
export function splitCaption(text: string): readonly [string, string] {
  const cut = (end: number): readonly [string, string] => [text.slice(0, end), text.slice(end).trim()];
  const sentence = /[.!?](?=\s+\S)/.exec(text);
  const end = sentence ? sentence.index + 1 : text.length;
  const colon = /:(?=\s+\S)/.exec(text.slice(0, end));
  return cut(end > LARGE_LETTERS && colon ? colon.index + 1 : end);
}
