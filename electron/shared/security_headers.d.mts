export const SECURITY_HEADERS: Readonly<Record<string, string>>;
/** The media type of a file by its ending. */
export function mediaType(path: string): string;
/** Path parts below the served folder, or null for a path that must not be served. */
export function requestedFile(pathname: string): string[] | null;
