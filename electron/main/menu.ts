/**
 * The native menus, made from the commands that the window offers: the same list as its palette. A menu sends ids back; what
 * they do is the window's business.
 *
 * Keys  those with Ctrl or Cmd and F-keys are accelerators. A single letter is only shown: registered, it would be taken from
 *       text fields. macOS registers what it shows, so there a letter is not shown
 */
import { basename } from 'node:path';
import type { MenuItemConstructorOptions } from 'electron';
import type { OfferedCommand } from '../shared/ipc_contract.ts';

export interface MenuDoes {
  run(id: string): void;
  chooseFiles(): void;
  openRecent(path: string): void;
  clearRecent(): void;
}

export interface MenuShows {
  readonly commands: readonly OfferedCommand[];
  readonly recent: readonly string[];
  readonly platform: string;
  readonly packaged: boolean;
}

const NAMED_KEYS: Readonly<Record<string, string>> = {
  Escape: 'Esc',
  ArrowLeft: 'Left',
  ArrowRight: 'Right',
  ArrowUp: 'Up',
  ArrowDown: 'Down',
  ' ': 'Space',
  '+': 'Plus',
};

/** A key of the window as an accelerator. */
export function acceleratorOf(
  key: string | null,
  platform: string,
): Pick<MenuItemConstructorOptions, 'accelerator' | 'registerAccelerator'> {
  if (key === null) return {};
  const parts = /^((?:(?:Ctrl|Alt|Shift)\+)*)(.+)$/.exec(key);
  const [, modifiers = '', last = ''] = parts ?? [];
  const plain = !/Ctrl|Alt/.test(modifiers) && !/^F\d+$/.test(last);
  if (plain && platform === 'darwin') return {};
  const accelerator = modifiers.replace('Ctrl', 'CmdOrCtrl') + (NAMED_KEYS[last] ?? last.toUpperCase());
  return plain ? { accelerator, registerAccelerator: false } : { accelerator };
}

function items(
  shows: MenuShows,
  does: MenuDoes,
  group: OfferedCommand['group'],
): MenuItemConstructorOptions[] {
  return shows.commands
    .filter(command => command.group === group)
    .map(({ id, title, key, enabled }) => ({
      id,
      label: title.replaceAll('&', '&&'),
      enabled,
      ...acceleratorOf(key, shows.platform),
      click: () => does.run(id),
    }));
}

const LINE: MenuItemConstructorOptions = { type: 'separator' };
/** Parts of a menu with lines between those that have something. */
function parted(...parts: MenuItemConstructorOptions[][]): MenuItemConstructorOptions[] {
  return parts.filter(part => part.length > 0).flatMap((part, i) => (i === 0 ? part : [LINE, ...part]));
}

function fileMenu(shows: MenuShows, does: MenuDoes): MenuItemConstructorOptions[] {
  const recent = shows.recent.map(path => ({
    label: basename(path).replaceAll('&', '&&'),
    toolTip: path,
    click: () => does.openRecent(path),
  }));
  const session = items(shows, does, 'Session');
  const open: MenuItemConstructorOptions[] =
    session.length > 0
      ? session
      : [{ label: 'Open file…', accelerator: 'CmdOrCtrl+O', click: () => does.chooseFiles() }];
  return parted(
    open,
    [
      {
        label: 'Open Recent',
        enabled: recent.length > 0,
        submenu: [...recent, LINE, { label: 'Clear', click: () => does.clearRecent() }],
      },
    ],
    [shows.platform === 'darwin' ? { role: 'close' } : { role: 'quit' }],
  );
}

export function menuTemplate(shows: MenuShows, does: MenuDoes): MenuItemConstructorOptions[] {
  const of = (group: OfferedCommand['group']) => items(shows, does, group);
  const developer: MenuItemConstructorOptions[] = shows.packaged
    ? []
    : [{ role: 'reload' }, { role: 'toggleDevTools' }];
  const menus: MenuItemConstructorOptions[] = [
    { label: 'File', submenu: fileMenu(shows, does) },
    { role: 'editMenu' },
    { label: 'Lab', submenu: of('Lab') },
    {
      label: 'View',
      submenu: parted(
        of('View'),
        [{ role: 'zoomIn' }, { role: 'zoomOut' }, { role: 'resetZoom' }, { role: 'togglefullscreen' }],
        developer,
      ),
    },
    { label: 'Panels', submenu: of('Panels') },
    { label: 'Scenes', submenu: of('Scenes') },
    { role: 'help', label: 'Help', submenu: of('Help') },
  ].filter(menu => !('submenu' in menu) || menu.submenu.length > 0) as MenuItemConstructorOptions[];
  return shows.platform === 'darwin' ? [{ role: 'appMenu' }, ...menus] : menus;
}
