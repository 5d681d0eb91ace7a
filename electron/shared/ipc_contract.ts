/**
 * The only list of channels between a window and the desktop shell. The preload's API, the checks on both sides and the
 * ambient types derive from it; a channel that is not here does not exist.
 *
 * Asked   IPC_CONTRACT: by the window, answered by the shell, asynchronously; arguments and results are parsed against their
 *         schema on the shell's side, and the caller must be the app's own top frame
 * Told    IPC_NEWS: by the shell to the window; parsed against its schema before the page gets it
 */
import * as v from 'valibot';

/** Bytes that one file may have on its way through a channel. */
export const MAX_FILE_BYTES = 512 * 1024 * 1024;
/** Commands that a window may offer for the menus. */
const MAX_COMMANDS = 500;

const Text = (most: number) => v.pipe(v.string(), v.maxLength(most));
const FileName = v.pipe(v.string(), v.regex(/^[\w][\w .-]{0,120}$/, 'must be a file name'));
const Bytes = v.pipe(
  v.instance(Uint8Array),
  v.check(bytes => bytes.byteLength <= MAX_FILE_BYTES, 'must be smaller'),
);
const Saved = v.strictObject({ path: v.nullable(v.string()) });

const OfferedCommand = v.strictObject({
  id: v.pipe(v.string(), v.regex(/^[\w.-]{1,120}$/, 'must be the id of a command')),
  title: Text(200),
  group: v.picklist(['Lab', 'View', 'Panels', 'Scenes', 'Help', 'Session']),
  /** As the window writes keys: `Ctrl+K`, `r`. */
  key: v.nullable(Text(40)),
  enabled: v.boolean(),
});

const GpuDescription = v.strictObject({
  /** Graphics devices as the browser process sees them, the active one first. */
  devices: v.array(
    v.strictObject({ name: v.string(), ids: v.string(), driver: v.string(), active: v.boolean() }),
  ),
  /** What the GPU process draws with; empty when it does not say. */
  renderer: v.string(),
  /** Status of each graphics feature, `webgpu: enabled`. */
  features: v.record(v.string(), v.string()),
});

export const IPC_CONTRACT = {
  /** What the app runs in, for the adapter badge and for reports. */
  describeShell: {
    channel: 'lab:describe-shell',
    args: v.strictTuple([]),
    result: v.strictObject({
      shell: v.literal('electron'),
      electron: v.string(),
      chromium: v.string(),
      platform: v.string(),
      /** Kind of adapter that the shell was started for. */
      adapter: v.picklist(['auto', 'hardware', 'software']),
      /** Developer WebGPU flags are on. */
      labMode: v.boolean(),
      /** Runs from a package, not from a checkout. */
      packaged: v.boolean(),
    }),
  },
  /** What Electron knows of the graphics devices. */
  describeGpu: { channel: 'lab:describe-gpu', args: v.strictTuple([]), result: GpuDescription },
  /** Let the person choose a file and write text into it; `path` is null when they cancelled. */
  saveText: {
    channel: 'lab:save-text',
    args: v.strictTuple([v.strictObject({ suggestedName: FileName, text: Text(MAX_FILE_BYTES / 2) })]),
    result: Saved,
  },
  /** The same for bytes. */
  saveBytes: {
    channel: 'lab:save-bytes',
    args: v.strictTuple([v.strictObject({ suggestedName: FileName, bytes: Bytes })]),
    result: Saved,
  },
  /** Let the person choose files; each comes as `openFile`. */
  chooseFiles: { channel: 'lab:choose-files', args: v.strictTuple([]), result: v.null() },
  /** The window's commands, for the menus; asked again when they change. The window listens from the first time on. */
  offerCommands: {
    channel: 'lab:offer-commands',
    args: v.strictTuple([v.pipe(v.array(OfferedCommand), v.maxLength(MAX_COMMANDS))]),
    result: v.null(),
  },
  /** Start the app again with or without the developer flags of WebGPU. */
  setLabMode: { channel: 'lab:set-lab-mode', args: v.strictTuple([v.boolean()]), result: v.null() },
} as const;

export const IPC_NEWS = {
  /** A menu item was chosen. */
  runCommand: { channel: 'lab:run-command', payload: v.strictObject({ id: v.string() }) },
  /** A file to open: by the menu, a double click, or the command line. */
  openFile: { channel: 'lab:open-file', payload: v.strictObject({ name: v.string(), bytes: Bytes }) },
  /** Something that the person should know, as a whole sentence. */
  say: { channel: 'lab:say', payload: v.strictObject({ sentence: Text(2000), bad: v.boolean() }) },
} as const;

type Contract = typeof IPC_CONTRACT;
export type IpcName = keyof Contract;
export type IpcArgs<Name extends IpcName> = v.InferOutput<Contract[Name]['args']>;
export type IpcResult<Name extends IpcName> = v.InferOutput<Contract[Name]['result']>;

type News = typeof IPC_NEWS;
export type NewsName = keyof News;
export type NewsPayload<Name extends NewsName> = v.InferOutput<News[Name]['payload']>;
/** One message of the shell. */
export type ShellNews = { [Name in NewsName]: { readonly kind: Name } & NewsPayload<Name> }[NewsName];

export type OfferedCommand = v.InferOutput<typeof OfferedCommand>;
export type GpuDescription = v.InferOutput<typeof GpuDescription>;

/** What a window sees as `window.gartLabShell`; absent in a browser. */
export type ShellApi = {
  readonly [Name in IpcName]: (...args: IpcArgs<Name>) => Promise<IpcResult<Name>>;
} & {
  /** Hear what the shell tells; one listener, the latest. */
  readonly listen: (hear: (news: ShellNews) => void) => void;
};

/** The handlers that the shell must supply. */
export type ShellHandlers = {
  readonly [Name in IpcName]: (...args: IpcArgs<Name>) => IpcResult<Name> | Promise<IpcResult<Name>>;
};

export const IPC_NAMES = Object.keys(IPC_CONTRACT) as IpcName[];
export const NEWS_NAMES = Object.keys(IPC_NEWS) as NewsName[];

/** The message of a channel if it fits its schema, else null. */
export function readNews(kind: NewsName, payload: unknown): ShellNews | null {
  const checked = v.safeParse(IPC_NEWS[kind].payload, payload);
  return checked.success ? ({ kind, ...checked.output } as ShellNews) : null;
}

declare global {
  interface Window {
    readonly gartLabShell?: ShellApi;
  }
}
