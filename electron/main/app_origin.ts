/** Where the app lives inside Electron: its own scheme, so that nothing is ever loaded from file: or from the network. */
export const APP_SCHEME = 'app';
export const APP_ORIGIN = 'app://lab';

/** Whether a URL belongs to the app. Custom schemes have the origin "null" in URL, so scheme and host are compared. */
export function isAppUrl(url: string): boolean {
  try {
    const { protocol, host } = new URL(url);
    return protocol === `${APP_SCHEME}:` && host === 'lab';
  } catch {
    return false;
  }
}
