/**
 * The nonce of this load, for libraries that make <style> elements (CodeMirror's `EditorView.cspNonce`): the policy refuses
 * styles without it. The server puts it into the page; browsers hide it from everything but script.
 */
export function cspNonce(): string {
  const meta = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]');
  return meta?.nonce ?? '';
}
