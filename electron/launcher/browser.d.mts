/** Path of a browser, or null. */
export function findBrowser(): string | null;
export function isRoot(): boolean;
/** Flags for one kind of adapter. @param labMode with developer flags of WebGPU */
export function browserFlags(adapter: 'hardware' | 'software', labMode?: boolean): string[];
