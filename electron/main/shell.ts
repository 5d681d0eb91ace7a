/**
 * The desktop shell: one window on app://lab/, its menus, its files, and what happens when something ends. Decisions are in
 * the files beside this one; here they meet Electron, which comes in by its port.
 *
 * Invariants
 * - One instance: a second start hands its files to the first and ends.
 * - Nothing is told to a window before it listens: until then it waits, in order.
 */
import { join } from 'node:path';
import { Retries } from '../../core/public/retries.ts';
import { type GpuProbe, probeGpu } from '../shared/gpu_probe.mjs';
import { IPC_NEWS, type OfferedCommand, type ShellNews } from '../shared/ipc_contract.ts';
import { APP_ORIGIN, APP_SCHEME } from './app_origin.ts';
import { appProtocol } from './app_protocol.ts';
import type { ElectronPort } from './electron_port.ts';
import { registerHandlers } from './ipc_handlers.ts';
import { KeptStateFile } from './kept_state.ts';
import { menuTemplate } from './menu.ts';
import { OPENED_ENDINGS, readOpenedFile } from './opened_file.ts';
import { type ProcessEnd, reasonOf, sentenceOfEnd } from './recovery.ts';
import {
  argumentsForLabMode,
  gpuSwitches,
  readShellArguments,
  type ShellArguments,
  sandboxRefusal,
} from './shell_arguments.ts';
import { shellHandlers } from './shell_handlers.ts';
import { clampToDisplays } from './window_bounds.ts';
import { backgroundOf, confine, denyPermissions, windowOptions } from './windows.ts';

/** The process that the shell runs in. */
export interface ShellProcess {
  readonly argv: readonly string[];
  readonly folder: string;
  readonly platform: string;
  readonly uid: number | undefined;
  /** An AppImage is started again by its own file, not by what lies unpacked in it. */
  readonly appImage: string | undefined;
  /** Where main.cjs and preload.cjs lie. */
  readonly here: string;
  readonly nowMs: () => number;
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
}

type AppWindow = InstanceType<ElectronPort['BrowserWindow']>;

export class Shell {
  private readonly given: ShellArguments;
  private readonly kept: KeptStateFile;
  private readonly reloads: Retries;
  private window: AppWindow | null = null;
  private listens = false;
  private waiting: ShellNews[] = [];
  private opening: Promise<void> = Promise.resolve();
  private commands: readonly OfferedCommand[] = [];

  constructor(
    private readonly electron: ElectronPort,
    private readonly own: ShellProcess,
  ) {
    this.given = readShellArguments(own.argv, own.folder);
    this.kept = new KeptStateFile(join(electron.app.getPath('userData'), 'window.json'));
    this.reloads = new Retries(own.nowMs);
  }

  /** Everything that must be said before Electron is ready, then the window. */
  start(): void {
    const { app } = this.electron;
    const refusal = sandboxRefusal(this.given.noSandbox, { packaged: app.isPackaged, uid: this.own.uid });
    if (refusal) {
      this.own.err(refusal);
      app.exit(1);
      return;
    }
    app.enableSandbox();
    for (const [name, value] of gpuSwitches(this.given, this.own.platform)) {
      app.commandLine.appendSwitch(name, value);
    }
    this.electron.protocol.registerSchemesAsPrivileged([
      {
        scheme: APP_SCHEME,
        privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true, codeCache: true },
      },
    ]);
    app.on('web-contents-created', (_event, contents) => confine(contents));
    if (!this.given.probe && !app.requestSingleInstanceLock()) {
      this.own.err('GART Lab is running already; its window comes to the front.');
      app.exit(0);
      return;
    }
    this.listenToApp();
    app
      .whenReady()
      .then(() => this.onReady())
      .catch((error: unknown) => {
        this.own.err(`GART Lab could not start: ${error instanceof Error ? error.message : String(error)}`);
        app.exit(1);
      });
  }

  private listenToApp(): void {
    const { app, nativeTheme } = this.electron;
    app.on('window-all-closed', () => app.quit());
    app.on('second-instance', (_event, argv, folder) => {
      for (const path of readShellArguments(argv, folder).files) void this.open(path);
      this.toFront();
    });
    // macOS: a double click on a file, possibly before the app is ready.
    app.on('open-file', (event, path) => {
      event.preventDefault();
      void this.open(path);
    });
    app.on('child-process-gone', (_event, end) => {
      const sentence = sentenceOfEnd(end);
      if (sentence) this.tell({ kind: 'say', sentence, bad: true });
    });
    nativeTheme.on('updated', () =>
      this.window?.setBackgroundColor(backgroundOf(nativeTheme.shouldUseDarkColors)),
    );
  }

  private async onReady(): Promise<void> {
    const { electron, own, given } = this;
    denyPermissions(electron.session.defaultSession);
    electron.protocol.handle(APP_SCHEME, appProtocol(join(own.here, '..', 'window')));
    registerHandlers(
      electron.ipcMain,
      shellHandlers({
        electron,
        given,
        chooseFiles: () => this.chooseFiles(),
        offerCommands: commands => this.takeCommands(commands),
        setLabMode: on => this.startAgain(on),
      }),
    );
    if (given.probe) return this.probe();
    this.showMenus();
    for (const path of given.files) void this.open(path);
    await this.openWindow();
  }

  private get preload(): string {
    return join(this.own.here, 'preload.cjs');
  }

  private async openWindow(): Promise<void> {
    const { BrowserWindow, screen, nativeTheme } = this.electron;
    const displays = [screen.getPrimaryDisplay(), ...screen.getAllDisplays()].map(each => each.workArea);
    const kept = this.kept.window;
    const window = new BrowserWindow({
      ...windowOptions(this.preload, backgroundOf(nativeTheme.shouldUseDarkColors)),
      ...clampToDisplays(kept, displays),
    });
    this.window = window;
    if (kept?.maximized) window.maximize();
    window.on('close', () =>
      this.kept.keepWindow({ ...window.getNormalBounds(), maximized: window.isMaximized() }),
    );
    window.on('closed', () => {
      this.window = null;
      this.listens = false;
    });
    // A new page listens anew.
    window.webContents.on('did-navigate', () => {
      this.listens = false;
    });
    window.webContents.on('render-process-gone', (_event, end) =>
      this.onPageGone(window, { type: 'window', ...end }),
    );
    const query = this.given.scene === null ? '' : `?scene=${encodeURIComponent(this.given.scene)}`;
    await window.loadURL(`${APP_ORIGIN}/${query}`);
    window.show();
  }

  /** The page's process ended: load it again and say so, unless it ends again and again. */
  private onPageGone(window: AppWindow, end: ProcessEnd): void {
    if (end.reason === 'clean-exit') return;
    if (!this.reloads.again()) {
      this.electron.dialog.showErrorBox(
        'The window keeps ending',
        `Its process ended again and again (${reasonOf(end)}). Start GART Lab again; if it goes on, "npm run lab -- doctor" says more about this machine.`,
      );
      return;
    }
    this.listens = false;
    this.tell({
      kind: 'say',
      sentence: `The window's process ended (${reasonOf(end)}) and was started again.`,
      bad: true,
    });
    window.webContents.reload();
  }

  private async probe(): Promise<void> {
    const window = new this.electron.BrowserWindow(windowOptions(this.preload, backgroundOf(true)));
    await window.loadURL(`${APP_ORIGIN}/`);
    const found = (await window.webContents.executeJavaScript(`(${probeGpu})()`)) as GpuProbe;
    this.own.out(JSON.stringify(found));
    this.electron.app.exit(0);
  }

  private tell(news: ShellNews): void {
    const { window } = this;
    if (!window || !this.listens) {
      this.waiting.push(news);
      return;
    }
    const { kind, ...payload } = news;
    window.webContents.send(IPC_NEWS[kind].channel, payload);
  }

  private takeCommands(commands: readonly OfferedCommand[]): void {
    this.commands = commands;
    this.showMenus();
    if (this.listens) return;
    this.listens = true;
    const waiting = this.waiting;
    this.waiting = [];
    for (const news of waiting) this.tell(news);
  }

  private showMenus(): void {
    const { app, Menu } = this.electron;
    const shows = {
      commands: this.commands,
      recent: this.kept.recent,
      platform: this.own.platform,
      packaged: app.isPackaged,
    };
    const does = {
      run: (id: string) => this.tell({ kind: 'runCommand', id }),
      chooseFiles: () => void this.chooseFiles(),
      openRecent: (path: string) => void this.open(path),
      clearRecent: () => {
        this.kept.clearRecent();
        app.clearRecentDocuments();
        this.showMenus();
      },
    };
    Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(shows, does)));
  }

  private async chooseFiles(): Promise<void> {
    const { canceled, filePaths } = await this.electron.dialog.showOpenDialog({
      properties: ['openFile', 'multiSelections'],
      filters: [{ name: 'Sessions and scenarios', extensions: [...OPENED_ENDINGS] }],
    });
    if (!canceled) for (const path of filePaths) await this.open(path);
  }

  /** Files are opened one after the other, so that they arrive in the order they were given. */
  private open(path: string): Promise<void> {
    this.opening = this.opening.then(() => this.openNext(path));
    return this.opening;
  }

  private async openNext(path: string): Promise<void> {
    try {
      const { name, bytes } = await readOpenedFile(path);
      this.kept.addRecent(path);
      this.electron.app.addRecentDocument(path);
      this.tell({ kind: 'openFile', name, bytes });
    } catch (error) {
      this.kept.removeRecent(path);
      this.tell({
        kind: 'say',
        sentence: error instanceof Error ? error.message : String(error),
        bad: true,
      });
    }
    if (this.electron.app.isReady()) this.showMenus();
  }

  private toFront(): void {
    if (!this.window) return;
    if (this.window.isMinimized()) this.window.restore();
    this.window.focus();
  }

  private startAgain(labMode: boolean): void {
    const args = argumentsForLabMode(this.own.argv, labMode);
    const { appImage } = this.own;
    this.electron.app.relaunch(appImage === undefined ? { args } : { args, execPath: appImage });
    this.electron.app.quit();
  }
}
