/** Registers the contract's handlers; each call is refused unless it comes from the app's own top frame and fits its schema. */
import type { IpcMain, IpcMainInvokeEvent } from 'electron';
import * as v from 'valibot';
import { IPC_CONTRACT, IPC_NAMES, type ShellHandlers } from '../shared/ipc_contract.ts';
import { isAppUrl } from './app_origin.ts';

/** Whether a message comes from the top frame of a window that shows the app. */
function isTrusted(event: IpcMainInvokeEvent): boolean {
  const frame = event.senderFrame;
  return frame !== null && frame.parent === null && isAppUrl(frame.url);
}

export function registerHandlers(ipc: Pick<IpcMain, 'handle'>, handlers: ShellHandlers): void {
  for (const name of IPC_NAMES) {
    const { channel, args, result } = IPC_CONTRACT[name];
    ipc.handle(channel, async (event, ...given: unknown[]) => {
      if (!isTrusted(event)) throw new Error(`${channel}: refused, the caller is not the app's window.`);
      const checked = v.safeParse(args, given);
      if (!checked.success) throw new Error(`${channel}: ${checked.issues[0].message}`);
      const handler = handlers[name] as (...args: readonly unknown[]) => unknown;
      return v.parse(result, await handler(...checked.output));
    });
  }
}
