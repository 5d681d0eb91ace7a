/** Runs electron-builder; a process of its own, so that what it says is shown only when it fails. Argument: JSON for packageConfig and `dirOnly`. */
import { packageConfig } from './package_config.mjs';

const { dirOnly, ...options } = JSON.parse(process.argv[2]);
const { build, Platform } = await import('electron-builder');
const targets = Platform.current().createTarget(dirOnly ? 'dir' : null);
const made = await build({
  targets,
  config: packageConfig(options),
  projectDir: options.app,
  publish: 'never',
});
console.log(JSON.stringify({ made }));
