/**
 * How electron-builder packs the app. What goes in is gathered first (gather.mjs) into a folder of its own, so nothing of the
 * checkout can slip in by a pattern.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../launcher/paths.mjs';
import { FUSES } from './fuse_table.mjs';

export const PRODUCT = 'GART Lab';
export const EXECUTABLE = 'gart-lab';

/** Electron's own page, which it shows without an app, and its version file stay out of a package. */
async function removeDefaultApp({ appOutDir }) {
  for (const resources of ['resources', join('Electron.app', 'Contents', 'Resources')])
    rmSync(join(appOutDir, resources, 'default_app.asar'), { force: true });
  rmSync(join(appOutDir, 'version'), { force: true });
}

/**
 * @param options.out             folder that packages go to
 * @param options.electronVersion
 * @param options.electronDist    unpacked Electron distribution
 */
export function packageConfig({ out, electronVersion, electronDist }) {
  return {
    appId: 'org.gartlab.app',
    productName: PRODUCT,
    copyright: 'MIT licensed',
    directories: { output: out, buildResources: join(ROOT, 'assets', 'icons') },
    files: ['**/*'],
    asar: true,
    // Nothing in the app is native, and nothing of it comes from node_modules.
    npmRebuild: false,
    nodeGypRebuild: false,
    publish: null,
    electronVersion,
    electronDist,
    afterExtract: removeDefaultApp,
    electronLanguages: ['en', 'en-US'],
    electronFuses: { ...FUSES },
    fileAssociations: [
      {
        ext: 'gartlab',
        name: 'GART Lab session',
        description: 'A recorded session of GART Lab',
        mimeType: 'application/x-gartlab',
        role: 'Editor',
      },
    ],
    linux: {
      target: ['AppImage', 'deb'],
      category: 'Development',
      executableName: EXECUTABLE,
      syncDesktopName: true,
      icon: join(ROOT, 'assets', 'icons', 'linux'),
      maintainer: 'GART Lab maintainers <maintainers@gartlab.invalid>',
      // Without this the start script of the AppImage would be the only place that decides about the sandbox.
      executableArgs: [],
    },
    mac: {
      target: ['dmg'],
      category: 'public.app-category.developer-tools',
      icon: join(ROOT, 'assets', 'icons', 'icon.icns'),
      hardenedRuntime: true,
    },
    win: { target: ['nsis'], icon: join(ROOT, 'assets', 'icons', 'icon.ico') },
    nsis: { oneClick: false, perMachine: false, allowToChangeInstallationDirectory: true },
  };
}
