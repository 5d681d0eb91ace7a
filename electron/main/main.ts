/** Where Electron begins: hands Electron and this process to the shell. */
import * as electron from 'electron';
import { Shell } from './shell.ts';

new Shell(electron, {
  argv: process.argv,
  folder: process.cwd(),
  platform: process.platform,
  uid: process.getuid?.(),
  appImage: process.env.APPIMAGE,
  here: __dirname,
  nowMs: Date.now,
  out: line => process.stdout.write(`${line}\n`),
  err: line => process.stderr.write(`${line}\n`),
}).start();
