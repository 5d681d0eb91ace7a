/** The built window on loopback: GET and HEAD of its files, nothing else, to this machine only. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { basename, join } from 'node:path';
import { requestedFile, securedAnswer, securityHeaders } from '../shared/security_headers.mjs';
import { UserError } from './user_error.mjs';

/** Where the one file lies that a person gave on the command line, beside the app's own files. */
function addressOf(file) {
  return `session/${encodeURIComponent(basename(file))}`;
}

async function answer(folder, file, request, response) {
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
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  const parts = requestedFile(pathname);
  if (parts === null) return refuse(400, 'Bad path.');
  try {
    const isGiven = file !== undefined && pathname === `/${addressOf(file)}`;
    const path = isGiven ? file : join(folder, ...parts);
    send(200, securedAnswer(parts[parts.length - 1], await readFile(path)));
  } catch {
    refuse(404, 'Not found.');
  }
}

/**
 * Serve a folder on 127.0.0.1.
 * @param port 0 takes any free one
 * @param file one file from elsewhere, which a page reaches at `fileAddress`
 * @returns {Promise<{url: string, port: number, fileAddress: string | undefined, close: () => Promise<void>}>}
 * @throws UserError when the port is in use or not allowed
 */
export function serveFolder(folder, port = 0, file = undefined) {
  const server = createServer((request, response) => {
    answer(folder, file, request, response).catch(() => response.destroy());
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
        fileAddress: file === undefined ? undefined : addressOf(file),
        close: () =>
          new Promise(done => {
            server.close(() => done());
            server.closeAllConnections();
          }),
      });
    });
  });
}
