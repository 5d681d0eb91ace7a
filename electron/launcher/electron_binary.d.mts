/** Path of Electron's binary, or null. */
export function presentElectron(): string | null;
