/** The built window on loopback: GET and HEAD of its files, nothing else, to this machine only. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { requestedFile, securedAnswer, securityHeaders } from '../shared/security_headers.mjs';
import { UserError } from './user_error.mjs';

async function answer(folder, request, response) {
  const send = (status, { headers, body }) => {
    response.writeHead(status, { ...headers, 'Content-Length': Buffer.byteLength(body) });
    response.end(request.method === 'HEAD' ? undefined : body);
  };
  const refuse = (status, body) =>
    send(status, { headers: { ...securityHeaders(), 'Content-Type': 'text/plain; charset=utf-8' }, body });
  // A page elsewhere that resolves its own name to loopback must not reach the app.
  const host = (request.headers.host ?? '').replace(/:\d+$/, '');
  if (!['127.0.0.1', 'localhost', '[::1]'].includes(host)) return refuse(403, 'Only for this machine.');
  if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(405, 'Only GET.');
  const parts = requestedFile(new URL(request.url ?? '/', 'http://localhost').pathname);
  if (parts === null) return refuse(400, 'Bad path.');
  try {
    send(200, securedAnswer(parts[parts.length - 1], await readFile(join(folder, ...parts))));
  } catch {
    refuse(404, 'Not found.');
  }
}

/**
 * Serve a folder on 127.0.0.1.
 * @param port 0 takes any free one
 * @returns {Promise<{url: string, port: number, close: () => Promise<void>}>}
 * @throws UserError when the port is in use or not allowed
 */
export function serveFolder(folder, port = 0) {
  const server = createServer((request, response) => {
    answer(folder, request, response).catch(() => response.destroy());
  });
  return new Promise((resolve, reject) => {
    server.once('error', error => {
      const why = { EADDRINUSE: 'is in use by another program', EACCES: 'is not allowed for this user' }[
        error.code
      ];
      const hint = error.code === 'EADDRINUSE' ? ' Choose another with --port, or leave --port out.' : '';
      reject(why ? new UserError(`Port ${port} ${why}.${hint}`) : error);
    });
    server.listen(port, '127.0.0.1', () => {
      const bound = server.address().port;
      resolve({
        url: `http://127.0.0.1:${bound}/`,
        port: bound,
        close: () =>
          new Promise(done => {
            server.close(() => done());
            server.closeAllConnections();
          }),
      });
    });
  });
}
