export const NONCE_PLACEHOLDER: string;
/** The policy. @param nonce of this load; absent for answers that are no page */
export function contentSecurityPolicy(nonce?: string): string;
/** All headers. @param nonce of this load; absent for answers that are no page */
export function securityHeaders(nonce?: string): Record<string, string>;
/** One file of the app as it goes out; a page gets a fresh nonce in its headers and in itself. */
export function securedAnswer(
  path: string,
  bytes: Uint8Array,
): { headers: Record<string, string>; body: Uint8Array<ArrayBuffer> };
/** The media type of a file by its ending. */
export function mediaType(path: string): string;
/** Path parts below the served folder, or null for a path that must not be served. */
export function requestedFile(pathname: string): string[] | null;
