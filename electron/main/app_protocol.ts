/** Answers app://lab/ with the files of the built window and the security headers; nothing outside that folder. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mediaType, requestedFile, SECURITY_HEADERS } from '../shared/security_headers.mjs';
import { isAppUrl } from './app_origin.ts';

export function appProtocol(folder: string): (request: Request) => Promise<Response> {
  return async request => {
    const refuse = (status: number, text: string) =>
      new Response(text, { status, headers: { ...SECURITY_HEADERS, 'Content-Type': 'text/plain' } });
    if (!isAppUrl(request.url)) return refuse(403, 'Not the app.');
    if (request.method !== 'GET') return refuse(405, 'Only GET.');
    const parts = requestedFile(new URL(request.url).pathname);
    if (parts === null) return refuse(400, 'Bad path.');
    try {
      const body = await readFile(join(folder, ...parts));
      const type = mediaType(parts[parts.length - 1]!);
      return new Response(new Uint8Array(body), { headers: { ...SECURITY_HEADERS, 'Content-Type': type } });
    } catch {
      return refuse(404, 'Not found.');
    }
  };
}
