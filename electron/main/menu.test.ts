import type { MenuItemConstructorOptions } from 'electron';
import { describe, expect, test } from 'vitest';
import type { OfferedCommand } from '../shared/ipc_contract.ts';
import { acceleratorOf, menuTemplate } from './menu.ts';

const does = { run: () => {}, chooseFiles: () => {}, openRecent: () => {}, clearRecent: () => {} };
const commands: OfferedCommand[] = [
  { id: 'lab.step', title: 'Step', group: 'Lab', key: '.', enabled: false },
  { id: 'scene.a', title: 'Rock & roll', group: 'Scenes', key: null, enabled: true },
];
const template = (platform: string, packaged = false) =>
  menuTemplate({ commands, recent: [], platform, packaged }, does);
const labels = (menus: MenuItemConstructorOptions[]) => menus.map(each => each.label ?? each.role);

describe('accelerators', () => {
  test('with Ctrl, and F-keys: registered', () => {
    expect(acceleratorOf('Ctrl+K', 'linux')).toEqual({ accelerator: 'CmdOrCtrl+K' });
    expect(acceleratorOf('Shift+F6', 'darwin')).toEqual({ accelerator: 'Shift+F6' });
    expect(acceleratorOf('Ctrl+Shift+P', 'win32')).toEqual({ accelerator: 'CmdOrCtrl+Shift+P' });
  });

  test('a single letter is shown but stays with text fields; on macOS it is not shown', () => {
    expect(acceleratorOf('r', 'linux')).toEqual({ accelerator: 'R', registerAccelerator: false });
    expect(acceleratorOf('Escape', 'win32')).toEqual({ accelerator: 'Esc', registerAccelerator: false });
    expect(acceleratorOf('r', 'darwin')).toEqual({});
    expect(acceleratorOf(null, 'linux')).toEqual({});
  });
});

describe('menus', () => {
  test('one per group that has commands, between File, Edit and View; macOS has its own first', () => {
    expect(labels(template('linux'))).toEqual(['File', 'editMenu', 'Lab', 'View', 'Scenes']);
    expect(labels(template('darwin'))[0]).toBe('appMenu');
  });

  test('a command that can do nothing is grey; an ampersand is no mnemonic', () => {
    const items = template('linux').flatMap(each => each.submenu as MenuItemConstructorOptions[]);
    expect(items.find(each => each?.id === 'lab.step')?.enabled).toBe(false);
    expect(items.find(each => each?.id === 'scene.a')?.label).toBe('Rock && roll');
  });

  test('developer tools are not in a packaged app', () => {
    expect(JSON.stringify(template('linux', true))).not.toContain('toggleDevTools');
    expect(JSON.stringify(template('linux'))).toContain('toggleDevTools');
  });
});
