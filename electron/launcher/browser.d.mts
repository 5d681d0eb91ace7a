/** Path of a browser, or null. */
export function findBrowser(): string | null;
export function isRoot(): boolean;
/** Flags for one kind of adapter. */
export function browserFlags(adapter: 'hardware' | 'software'): string[];
