/** The desktop shell: one window on app://lab/. All decisions are in the files beside this one; here they are put together. */
import { join } from 'node:path';
import { app, BrowserWindow, dialog, ipcMain, protocol, session } from 'electron';
import { type GpuProbe, probeGpu } from '../shared/gpu_probe.mjs';
import { APP_ORIGIN, APP_SCHEME } from './app_origin.ts';
import { appProtocol } from './app_protocol.ts';
import { registerHandlers } from './ipc_handlers.ts';
import { gpuSwitches, readShellArguments } from './shell_arguments.ts';
import { shellHandlers } from './shell_handlers.ts';
import { confine, denyPermissions, windowOptions } from './windows.ts';

const shellArguments = readShellArguments(process.argv);

app.enableSandbox();
for (const [name, value] of gpuSwitches(shellArguments.adapter, process.platform)) {
  app.commandLine.appendSwitch(name, value);
}
protocol.registerSchemesAsPrivileged([
  {
    scheme: APP_SCHEME,
    privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true, codeCache: true },
  },
]);
app.on('web-contents-created', (_event, contents) => confine(contents));
app.on('window-all-closed', () => app.quit());

async function openWindow(): Promise<BrowserWindow> {
  const window = new BrowserWindow(windowOptions(join(__dirname, 'preload.cjs')));
  const query = shellArguments.scene === null ? '' : `?scene=${encodeURIComponent(shellArguments.scene)}`;
  await window.loadURL(`${APP_ORIGIN}/${query}`);
  return window;
}

async function probe(): Promise<void> {
  const window = new BrowserWindow(windowOptions(join(__dirname, 'preload.cjs')));
  await window.loadURL(`${APP_ORIGIN}/`);
  const found = (await window.webContents.executeJavaScript(`(${probeGpu})()`)) as GpuProbe;
  process.stdout.write(`${JSON.stringify(found)}\n`);
  app.exit(0);
}

app
  .whenReady()
  .then(async () => {
    denyPermissions(session.defaultSession);
    protocol.handle(APP_SCHEME, appProtocol(join(__dirname, '..', 'window')));
    registerHandlers(ipcMain, shellHandlers(shellArguments.adapter, dialog));
    if (shellArguments.probe) return probe();
    (await openWindow()).show();
  })
  .catch((error: unknown) => {
    process.stderr.write(
      `GART Lab could not start: ${error instanceof Error ? error.message : String(error)}\n`,
    );
    app.exit(1);
  });
