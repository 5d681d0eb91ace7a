/** Covers the policy that both servers send, and the nonce of a load. */
import { describe, expect, test } from 'vitest';
import {
  contentSecurityPolicy,
  NONCE_PLACEHOLDER,
  securedAnswer,
  securityHeaders,
} from './security_headers.mjs';

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const page = new TextEncoder().encode(`<meta property="csp-nonce" nonce="${NONCE_PLACEHOLDER}">`);

function directives(policy: string): Map<string, string[]> {
  return new Map(policy.split('; ').map(each => [each.split(' ')[0]!, each.split(' ').slice(1)]));
}

describe('the policy', () => {
  test('nothing is allowed that is not named', () => {
    expect(directives(contentSecurityPolicy()).get('default-src')).toEqual(["'none'"]);
  });

  test('scripts come from the app; Wasm compiles, text never becomes script', () => {
    expect(directives(contentSecurityPolicy('n')).get('script-src')).toEqual([
      "'self'",
      "'wasm-unsafe-eval'",
    ]);
  });

  test('no source is inline, evaluated, a wildcard or another host', () => {
    const policy = contentSecurityPolicy('n');
    for (const word of ["'unsafe-inline'", "'unsafe-eval'", '*', 'http:', 'https:', "'strict-dynamic'"])
      expect(policy.split(/[ ;]+/)).not.toContain(word);
  });

  test('styles made by script carry the nonce of the load', () => {
    expect(directives(contentSecurityPolicy('abc')).get('style-src')).toEqual(["'self'", "'nonce-abc'"]);
    expect(directives(contentSecurityPolicy()).get('style-src')).toEqual(["'self'"]);
  });

  test('the page is isolated: shared memory and a fine clock', () => {
    expect(securityHeaders()).toMatchObject({
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Embedder-Policy': 'require-corp',
      'X-Content-Type-Options': 'nosniff',
    });
  });
});

describe('a file as it goes out', () => {
  test('a page: the nonce in its policy is the one in itself', () => {
    const { headers, body } = securedAnswer('index.html', page);
    const nonce = /nonce="([^"]+)"/.exec(text(body))?.[1] ?? '';
    expect(nonce).toMatch(/^[A-Za-z0-9+/]{24}$/);
    expect(headers['Content-Security-Policy']).toContain(`'nonce-${nonce}'`);
  });

  test('two loads: two nonces', () => {
    expect(text(securedAnswer('index.html', page).body)).not.toBe(
      text(securedAnswer('index.html', page).body),
    );
  });

  test('a script stays as it is and has no nonce', () => {
    const { headers, body } = securedAnswer('main.js', page);
    expect(body).toBe(page);
    expect(headers['Content-Security-Policy']).not.toContain('nonce-');
    expect(headers['Content-Type']).toContain('text/javascript');
  });
});
