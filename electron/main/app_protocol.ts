/** Answers app://lab/ with the files of the built window and the security headers; nothing outside that folder. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { requestedFile, securedAnswer, securityHeaders } from '../shared/security_headers.mjs';
import { isAppUrl } from './app_origin.ts';

export function appProtocol(folder: string): (request: Request) => Promise<Response> {
  return async request => {
    const refuse = (status: number, text: string) =>
      new Response(text, { status, headers: { ...securityHeaders(), 'Content-Type': 'text/plain' } });
    if (!isAppUrl(request.url)) return refuse(403, 'Not the app.');
    if (request.method !== 'GET') return refuse(405, 'Only GET.');
    const parts = requestedFile(new URL(request.url).pathname);
    if (parts === null) return refuse(400, 'Bad path.');
    try {
      const bytes = await readFile(join(folder, ...parts));
      const { headers, body } = securedAnswer(parts[parts.length - 1]!, bytes);
      return new Response(body, { headers });
    } catch {
      return refuse(404, 'Not found.');
    }
  };
}
