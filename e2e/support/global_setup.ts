/** Before all tests: a display for the project that wants a real window, and the built app on loopback. */
import { WINDOW_DIR } from '../../electron/launcher/paths.mjs';
import { serveFolder } from '../../electron/launcher/serve.mjs';
import { ensureDisplay } from './display.ts';

export default async function globalSetup(): Promise<() => Promise<void>> {
  const endDisplay = await ensureDisplay();
  const served = await serveFolder(WINDOW_DIR);
  process.env.GART_LAB_URL = served.url;
  return async () => {
    await served.close();
    endDisplay();
  };
}
