/** Distinct colours of a PNG; to be run in a page. */
export function countColours(base64: string): Promise<number>;
/** Colours that a drawn memory view has at least. */
export const DRAWN_COLOURS: number;
