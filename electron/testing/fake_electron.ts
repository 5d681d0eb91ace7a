/**
 * A stand-in for Electron of the shape that the shell uses: remembers what was asked of it and lets a test play the events.
 * It decides nothing.
 */
import { join } from 'node:path';
import type { MenuItemConstructorOptions } from 'electron';
import { APP_ORIGIN } from '../main/app_origin.ts';
import type { ElectronPort } from '../main/electron_port.ts';

export type Handler = (...args: unknown[]) => unknown;
interface Bounds {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** A call that comes from the app's own top frame. */
export const FROM_APP = { senderFrame: { parent: null, url: `${APP_ORIGIN}/` } };

/** Something that emits: `play` calls what listens. */
class Emitter {
  private readonly listening = new Map<string, Handler[]>();
  on = (name: string, handler: Handler) => {
    this.listening.set(name, [...(this.listening.get(name) ?? []), handler]);
  };
  play(name: string, ...args: unknown[]): void {
    for (const handler of this.listening.get(name) ?? []) handler(...args);
  }
  hears(name: string): boolean {
    return this.listening.has(name);
  }
}

export class FakeContents extends Emitter {
  openHandler: Handler | undefined;
  readonly sent: { channel: string; payload: unknown }[] = [];
  reloads = 0;
  setWindowOpenHandler = (handler: Handler) => {
    this.openHandler = handler;
  };
  send = (channel: string, payload: unknown) => this.sent.push({ channel, payload });
  reload = () => {
    this.reloads++;
  };
  executeJavaScript = async () => ({ drawn: true, adapter: 'a', software: false, why: '' });
}

export class FakeWindow extends Emitter {
  readonly webContents = new FakeContents();
  readonly did: string[] = [];
  url = '';
  background = '';
  maximized = false;
  minimized = false;
  bounds: Bounds;
  constructor(readonly options: Bounds & { webPreferences: Record<string, unknown> }) {
    super();
    const { x, y, width, height } = options;
    this.bounds = { x, y, width, height };
  }
  loadURL = async (url: string) => {
    this.url = url;
  };
  show = () => this.did.push('show');
  focus = () => this.did.push('focus');
  restore = () => this.did.push('restore');
  maximize = () => {
    this.maximized = true;
  };
  isMaximized = () => this.maximized;
  isMinimized = () => this.minimized;
  getNormalBounds = () => this.bounds;
  setBackgroundColor = (colour: string) => {
    this.background = colour;
  };
}

export class FakeElectron {
  readonly calls: string[] = [];
  readonly appEvents = new Emitter();
  readonly themeEvents = new Emitter();
  readonly channels = new Map<string, Handler>();
  readonly sessionHandlers = new Map<string, Handler>();
  readonly windows: FakeWindow[] = [];
  readonly errorBoxes: string[] = [];
  relaunched: { args: string[]; execPath?: string } | null = null;
  menu: MenuItemConstructorOptions[] = [];
  schemes: unknown;
  served: ((request: Request) => Promise<Response>) | undefined;
  savePath: string | undefined;
  chosen: string[] = [];
  packaged = false;
  firstInstance = true;
  dark = true;
  displays: Bounds[] = [{ x: 0, y: 0, width: 1920, height: 1080 }];
  gpuInfo: unknown = {};

  constructor(readonly userData: string) {}

  get window(): FakeWindow {
    const last = this.windows.at(-1);
    if (!last) throw new Error('No window was opened.');
    return last;
  }

  /** Ask over a channel, as the app's window does unless `from` says otherwise. */
  ask(channel: string, args: unknown[] = [], from: unknown = FROM_APP): Promise<unknown> {
    const handler = this.channels.get(channel);
    if (!handler) throw new Error(`Nobody handles ${channel}.`);
    return handler(from, ...args) as Promise<unknown>;
  }

  /** The menu item with this label, at any depth. */
  item(label: string, within = this.menu): MenuItemConstructorOptions | undefined {
    for (const each of within) {
      if (each.label === label) return each;
      const inner = Array.isArray(each.submenu) ? this.item(label, each.submenu) : undefined;
      if (inner) return inner;
    }
    return undefined;
  }

  get port(): ElectronPort {
    const fake = this;
    const port = {
      app: {
        get isPackaged() {
          return fake.packaged;
        },
        isReady: () => fake.calls.includes('ready'),
        enableSandbox: () => fake.calls.push('enableSandbox'),
        requestSingleInstanceLock: () => fake.firstInstance,
        commandLine: {
          appendSwitch: (name: string, value: string) => fake.calls.push(`switch ${name}=${value}`),
        },
        on: this.appEvents.on,
        whenReady: async () => {
          fake.calls.push('ready');
        },
        quit: () => fake.calls.push('quit'),
        exit: (code: number) => fake.calls.push(`exit ${code}`),
        relaunch: (how: { args: string[]; execPath?: string }) => {
          fake.relaunched = how;
        },
        getPath: (name: string) => join(fake.userData, name),
        addRecentDocument: (path: string) => fake.calls.push(`recent ${path}`),
        clearRecentDocuments: () => fake.calls.push('recent none'),
        getGPUInfo: async () => fake.gpuInfo,
        getGPUFeatureStatus: () => ({ webgpu: 'enabled' }),
      },
      BrowserWindow: class extends FakeWindow {
        constructor(options: FakeWindow['options']) {
          super(options);
          fake.windows.push(this);
          fake.appEvents.play('web-contents-created', {}, this.webContents);
        }
      },
      dialog: {
        showSaveDialog: async () => ({ canceled: fake.savePath === undefined, filePath: fake.savePath }),
        showOpenDialog: async () => ({ canceled: fake.chosen.length === 0, filePaths: fake.chosen }),
        showErrorBox: (title: string) => fake.errorBoxes.push(title),
      },
      ipcMain: { handle: (channel: string, handler: Handler) => fake.channels.set(channel, handler) },
      Menu: {
        buildFromTemplate: (template: MenuItemConstructorOptions[]) => template,
        setApplicationMenu: (template: MenuItemConstructorOptions[]) => {
          fake.menu = template;
        },
      },
      nativeTheme: {
        on: this.themeEvents.on,
        get shouldUseDarkColors() {
          return fake.dark;
        },
      },
      protocol: {
        registerSchemesAsPrivileged: (schemes: unknown) => {
          fake.schemes = schemes;
          fake.calls.push('schemes');
        },
        handle: (_scheme: string, handler: (request: Request) => Promise<Response>) => {
          fake.served = handler;
        },
      },
      screen: {
        getPrimaryDisplay: () => ({ workArea: fake.displays[0] }),
        getAllDisplays: () => fake.displays.map(workArea => ({ workArea })),
      },
      session: {
        defaultSession: {
          setPermissionRequestHandler: (handler: Handler) => fake.sessionHandlers.set('request', handler),
          setPermissionCheckHandler: (handler: Handler) => fake.sessionHandlers.set('check', handler),
          setDevicePermissionHandler: (handler: Handler) => fake.sessionHandlers.set('device', handler),
        },
      },
    };
    return port as unknown as ElectronPort;
  }
}
