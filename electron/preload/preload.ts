/** Runs isolated in each window before the page: gives it the contract's functions and nothing of Electron. */
import { contextBridge, ipcRenderer } from 'electron';
import {
  IPC_CONTRACT,
  IPC_NAMES,
  IPC_NEWS,
  NEWS_NAMES,
  readNews,
  type ShellNews,
} from '../shared/ipc_contract.ts';

let hear: ((news: ShellNews) => void) | null = null;
for (const name of NEWS_NAMES) {
  ipcRenderer.on(IPC_NEWS[name].channel, (_event, payload: unknown) => {
    const news = readNews(name, payload);
    if (news) hear?.(news);
  });
}

contextBridge.exposeInMainWorld('gartLabShell', {
  ...Object.fromEntries(
    IPC_NAMES.map(name => [
      name,
      (...args: unknown[]) => ipcRenderer.invoke(IPC_CONTRACT[name].channel, ...args),
    ]),
  ),
  listen: (listener: (news: ShellNews) => void) => {
    hear = listener;
  },
});
