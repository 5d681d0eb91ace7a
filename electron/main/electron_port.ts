/** The part of Electron that the shell uses; a test hands in its own of the same shape. */
export type ElectronPort = Pick<
  typeof import('electron'),
  'app' | 'BrowserWindow' | 'dialog' | 'ipcMain' | 'Menu' | 'nativeTheme' | 'protocol' | 'screen' | 'session'
>;
