/** The window's end of the desktop shell: offers the commands for the native menus and takes what the shell tells. */
import { effect } from '@preact/signals';
import { allCommands, commandListVersion, runCommand } from '../commands/command.ts';
import { fail } from './lab_store.ts';
import { notice } from './notices.ts';
import { openFile } from './opened_files.ts';

/** Menus follow the commands this late: a running scene changes what is possible many times a second. */
const MENU_DELAY_MS = 250;

type Shell = NonNullable<Window['gartLabShell']>;
type ShellNews = Parameters<Parameters<Shell['listen']>[0]>[0];

function hear(news: ShellNews): void {
  if (news.kind === 'runCommand') void runCommand(news.id);
  else if (news.kind === 'openFile') void openFile(news);
  else if (news.bad) fail(news.sentence);
  else notice(news.sentence);
}

/** The commands as the menus show them. */
function offered() {
  return allCommands().map(({ id, title, group, keys, enabled }) => ({
    id,
    title,
    group,
    key: keys?.[0] ?? null,
    enabled: enabled?.() !== false,
  }));
}

/** Connect with the shell, where there is one. */
export function connectShell(): void {
  const shell = window.gartLabShell;
  if (!shell) return;
  shell.listen(hear);
  let told = '';
  let planned = false;
  effect(() => {
    // Read here, so that the effect runs again when the list or what is possible changes.
    void commandListVersion.value;
    offered();
    if (planned) return;
    planned = true;
    setTimeout(() => {
      planned = false;
      const list = offered();
      const text = JSON.stringify(list);
      if (text === told) return;
      told = text;
      shell
        .offerCommands(list)
        .catch((error: unknown) => fail(`The menus could not be made: ${String(error)}.`));
    }, MENU_DELAY_MS);
  });
}
