/** Is there a display that a window could open on? Asked by connecting to it, since a set DISPLAY may name a dead one. */
import { createConnection } from 'node:net';
import { join } from 'node:path';

function answers(address) {
  return new Promise(resolve => {
    const socket = createConnection(address);
    const done = yes => {
      socket.destroy();
      resolve(yes);
    };
    socket.setTimeout(2000, () => done(false));
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
  });
}

/** @returns {Promise<{open: boolean, why: string}>} `why` is a phrase for a person */
export async function findDisplay(env = process.env, platform = process.platform) {
  if (platform !== 'linux')
    return { open: true, why: `the ${platform === 'darwin' ? 'macOS' : 'Windows'} desktop` };
  const { WAYLAND_DISPLAY: wayland, DISPLAY: x11, XDG_RUNTIME_DIR: runtime } = env;
  if (wayland) {
    const path = wayland.startsWith('/') ? wayland : join(runtime ?? '/run/user/0', wayland);
    if (await answers({ path })) return { open: true, why: `Wayland display ${wayland}` };
  }
  const match = /^(?:unix)?([^:]*):(\d+)(?:\.\d+)?$/.exec(x11 ?? '');
  if (match) {
    const [, host, number] = match;
    const ways = host
      ? [{ host, port: 6000 + Number(number) }]
      : [{ path: `/tmp/.X11-unix/X${number}` }, { path: `\0/tmp/.X11-unix/X${number}` }];
    for (const way of ways) if (await answers(way)) return { open: true, why: `X display ${x11}` };
  }
  if (wayland || x11) return { open: false, why: `the display ${wayland ?? x11} does not answer` };
  return { open: false, why: 'no DISPLAY or WAYLAND_DISPLAY is set' };
}
