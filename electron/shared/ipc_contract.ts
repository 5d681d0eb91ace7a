/**
 * The only list of channels between a window and the desktop shell. The preload's API, the handlers' checks and the
 * ambient types derive from it; a channel that is not here does not exist.
 *
 * Direction  every channel is asked by the window and answered by the shell, asynchronously
 * Checks     arguments and results are parsed against their schema on the shell's side
 */
import * as v from 'valibot';

/** Bytes of text that one save may carry. */
export const MAX_SAVED_TEXT = 256 * 1024 * 1024;

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
    }),
  },
  /** Let the person choose a file and write text into it; `path` is null when they cancelled. */
  saveText: {
    channel: 'lab:save-text',
    args: v.strictTuple([
      v.strictObject({
        /** A file name without folders. */
        suggestedName: v.pipe(v.string(), v.regex(/^[\w][\w .-]{0,120}$/, 'must be a file name')),
        text: v.pipe(v.string(), v.maxLength(MAX_SAVED_TEXT)),
      }),
    ]),
    result: v.strictObject({ path: v.nullable(v.string()) }),
  },
} as const;

type Contract = typeof IPC_CONTRACT;
export type IpcName = keyof Contract;
export type IpcArgs<Name extends IpcName> = v.InferOutput<Contract[Name]['args']>;
export type IpcResult<Name extends IpcName> = v.InferOutput<Contract[Name]['result']>;

/** What a window sees as `window.gartLabShell`; absent in a browser. */
export type ShellApi = { readonly [Name in IpcName]: (...args: IpcArgs<Name>) => Promise<IpcResult<Name>> };

/** The handlers that the shell must supply. */
export type ShellHandlers = {
  readonly [Name in IpcName]: (...args: IpcArgs<Name>) => IpcResult<Name> | Promise<IpcResult<Name>>;
};

export const IPC_NAMES = Object.keys(IPC_CONTRACT) as IpcName[];

declare global {
  interface Window {
    readonly gartLabShell?: ShellApi;
  }
}
