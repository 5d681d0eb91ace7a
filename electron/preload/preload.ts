/** Runs isolated in each window before the page: gives it the contract's functions and nothing of Electron. */
import { contextBridge, ipcRenderer } from 'electron';
import { IPC_CONTRACT, IPC_NAMES } from '../shared/ipc_contract.ts';

contextBridge.exposeInMainWorld(
  'gartLabShell',
  Object.fromEntries(
    IPC_NAMES.map(name => [
      name,
      (...args: unknown[]) => ipcRenderer.invoke(IPC_CONTRACT[name].channel, ...args),
    ]),
  ),
);
