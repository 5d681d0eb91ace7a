/** What the shell does for a window. */
import { writeFile } from 'node:fs/promises';
import type { Dialog } from 'electron';
import type { ShellHandlers } from '../shared/ipc_contract.ts';
import type { AdapterKind } from './shell_arguments.ts';

export function shellHandlers(adapter: AdapterKind, dialog: Pick<Dialog, 'showSaveDialog'>): ShellHandlers {
  return {
    describeShell: () => ({
      shell: 'electron',
      electron: process.versions.electron ?? 'unknown',
      chromium: process.versions.chrome ?? 'unknown',
      platform: `${process.platform} ${process.arch}`,
      adapter,
    }),
    saveText: async ({ suggestedName, text }) => {
      const { canceled, filePath } = await dialog.showSaveDialog({ defaultPath: suggestedName });
      if (canceled || !filePath) return { path: null };
      await writeFile(filePath, text, 'utf8');
      return { path: filePath };
    },
  };
}
