/**
 * Headers of every answer that carries the app, on loopback and under app:// alike: cross-origin isolation (shared
 * memory, a fine clock) and a policy under which nothing runs or loads that did not come with the app. The only source
 * of that policy: the page has no second copy of it.
 *
 * Styles  come from files of the app; a library that makes <style> elements gets the nonce of this load, which the
 *         served page carries in its `csp-nonce` meta element (renderer/state/csp_nonce.ts)
 * Wasm    may be compiled ('wasm-unsafe-eval'); text never becomes script
 */

/** What stands for the nonce in the built page; both servers replace it, anew for each load. */
export const NONCE_PLACEHOLDER = '__CSP_NONCE__';

const HEADERS = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Permissions-Policy':
    'camera=(), microphone=(), geolocation=(), usb=(), serial=(), hid=(), payment=(), display-capture=()',
  'Cache-Control': 'no-store',
};

/** The policy. @param nonce of this load; absent for answers that are no page */
export function contentSecurityPolicy(nonce) {
  return [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "worker-src 'self'",
    nonce ? `style-src 'self' 'nonce-${nonce}'` : "style-src 'self'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "media-src 'self' blob:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** All headers. @param nonce of this load; absent for answers that are no page */
export function securityHeaders(nonce) {
  return { ...HEADERS, 'Content-Security-Policy': contentSecurityPolicy(nonce) };
}

function newNonce() {
  return btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(18))));
}

/**
 * One file of the app as it goes out: headers with its media type, and for a page a fresh nonce in the headers and in
 * the page.
 *
 * @param path   name of the file, for its media type
 * @param bytes  as it lies in the folder
 * @returns {{headers: Record<string, string>, body: Uint8Array}}
 */
export function securedAnswer(path, bytes) {
  const type = mediaType(path);
  if (!type.startsWith('text/html'))
    return { headers: { ...securityHeaders(), 'Content-Type': type }, body: bytes };
  const nonce = newNonce();
  const page = new TextDecoder().decode(bytes).replaceAll(NONCE_PLACEHOLDER, nonce);
  return {
    headers: { ...securityHeaders(nonce), 'Content-Type': type },
    body: new TextEncoder().encode(page),
  };
}

const TYPES = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  mjs: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  json: 'application/json; charset=utf-8',
  map: 'application/json; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  ico: 'image/x-icon',
  woff2: 'font/woff2',
  wasm: 'application/wasm',
};

/** The media type of a file by its ending. */
export function mediaType(path) {
  const ending = path.slice(path.lastIndexOf('.') + 1).toLowerCase();
  return TYPES[ending] ?? 'application/octet-stream';
}

/**
 * The file below a folder that a request path names, as path parts; null for a path that leaves it, names a hidden file
 * or is not written properly.
 */
export function requestedFile(pathname) {
  let decoded;
  try {
    decoded = decodeURIComponent(pathname);
  } catch {
    return null;
  }
  if (decoded.includes('\0') || decoded.includes('\\')) return null;
  const parts = decoded.split('/').filter(part => part !== '');
  if (parts.some(part => part.startsWith('.') || part.includes(':'))) return null;
  if (parts.length === 0 || decoded.endsWith('/')) parts.push('index.html');
  return parts;
}
