/** What the shell does when a window asks: one plain function per channel of the contract. */
import { writeFile } from 'node:fs/promises';
import type { OfferedCommand, ShellHandlers } from '../shared/ipc_contract.ts';
import type { ElectronPort } from './electron_port.ts';
import { describeGpu } from './gpu_description.ts';
import type { ShellArguments } from './shell_arguments.ts';

/** The complete description makes the GPU process look; a machine where it does not answer gives the short one. */
const GPU_ANSWER_MS = 5000;

export interface HandlersNeed {
  readonly electron: Pick<ElectronPort, 'app' | 'dialog'>;
  readonly given: Pick<ShellArguments, 'adapter' | 'labMode'>;
  readonly chooseFiles: () => Promise<void>;
  readonly offerCommands: (commands: readonly OfferedCommand[]) => void;
  readonly setLabMode: (on: boolean) => void;
}

export function shellHandlers(need: HandlersNeed): ShellHandlers {
  const { app, dialog } = need.electron;
  const save = async (suggestedName: string, content: string | Uint8Array) => {
    const { canceled, filePath } = await dialog.showSaveDialog({ defaultPath: suggestedName });
    if (canceled || !filePath) return { path: null };
    await writeFile(filePath, content);
    return { path: filePath };
  };
  const gpuInfo = async () => {
    const late = new Promise<never>((_, reject) => setTimeout(reject, GPU_ANSWER_MS).unref());
    try {
      return await Promise.race([app.getGPUInfo('complete'), late]);
    } catch {
      return await app.getGPUInfo('basic').catch(() => null);
    }
  };
  return {
    describeShell: () => ({
      shell: 'electron',
      electron: process.versions.electron ?? 'unknown',
      chromium: process.versions.chrome ?? 'unknown',
      platform: `${process.platform} ${process.arch}`,
      adapter: need.given.adapter,
      labMode: need.given.labMode,
      packaged: app.isPackaged,
    }),
    describeGpu: async () => describeGpu(await gpuInfo(), { ...app.getGPUFeatureStatus() }),
    saveText: ({ suggestedName, text }) => save(suggestedName, text),
    saveBytes: ({ suggestedName, bytes }) => save(suggestedName, bytes),
    chooseFiles: async () => {
      await need.chooseFiles();
      return null;
    },
    offerCommands: commands => {
      need.offerCommands(commands);
      return null;
    },
    setLabMode: on => {
      need.setLabMode(on);
      return null;
    },
  };
}
