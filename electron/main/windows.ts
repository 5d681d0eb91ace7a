/**
 * Owns what a window may do: sandboxed, isolated, without Node, on the app's own origin only; no permission, no second
 * window, no navigation away, no webview.
 */
import type { BrowserWindowConstructorOptions, Session, WebContents } from 'electron';
import { isAppUrl } from './app_origin.ts';
import { FIRST_SIZE, LEAST_SIZE } from './window_bounds.ts';

/** What shows before the page does: its ground in dark or light, as in renderer/theme/tokens.css. */
export function backgroundOf(dark: boolean): string {
  return dark ? '#141518' : '#f2f2ef';
}

export function windowOptions(preload: string, backgroundColor: string): BrowserWindowConstructorOptions {
  return {
    ...FIRST_SIZE,
    minWidth: LEAST_SIZE.width,
    minHeight: LEAST_SIZE.height,
    show: false,
    backgroundColor,
    title: 'GART Lab',
    webPreferences: {
      preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      webviewTag: false,
      allowRunningInsecureContent: false,
      spellcheck: false,
    },
  };
}

/** Deny every permission, asked or assumed. */
export function denyPermissions(session: Session): void {
  session.setPermissionRequestHandler((_contents, _permission, answer) => answer(false));
  session.setPermissionCheckHandler(() => false);
  session.setDevicePermissionHandler(() => false);
}

/** Keep a page where it is. */
export function confine(contents: WebContents): void {
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  contents.on('will-navigate', details => {
    if (!isAppUrl(details.url)) details.preventDefault();
  });
  contents.on('will-redirect', details => {
    if (!isAppUrl(details.url)) details.preventDefault();
  });
  contents.on('will-attach-webview', event => event.preventDefault());
}
