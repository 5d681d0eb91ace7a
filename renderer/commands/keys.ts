/** Keys of the whole window: each event is matched with the keys of the commands. */
import { allCommands, runCommand } from './command.ts';

const isMac = /Mac|iPhone|iPad/.test(navigator.platform);

const isEditable = (target: EventTarget | null) =>
  target instanceof HTMLInputElement ||
  target instanceof HTMLSelectElement ||
  target instanceof HTMLTextAreaElement ||
  (target instanceof HTMLElement && target.isContentEditable);

/** What a keyboard event is called in `Command.keys`: `Ctrl+Shift+P`, `r`, `F6`. */
export function nameOfKey(
  event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>,
  mac = isMac,
): string {
  const control = mac ? event.metaKey : event.ctrlKey;
  const key = event.key.length === 1 && control ? event.key.toUpperCase() : event.key;
  // A shift that already made another character (`?`) is part of that character.
  const shift = event.shiftKey && (event.key.length > 1 || control);
  return [control && 'Ctrl', event.altKey && 'Alt', shift && 'Shift', key].filter(Boolean).join('+');
}

/** As people on this system write a key. */
export function keyText(key: string, mac = isMac): string {
  return mac ? key.replace('Ctrl+', '⌘').replace('Shift+', '⇧').replace('Alt+', '⌥') : key;
}

/** Run the command of a key. Single letters stay with the field that is written in. */
export function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return;
  const name = nameOfKey(event);
  if (isEditable(event.target) && !name.startsWith('Ctrl+') && !/^(Shift\+)?F\d+$/.test(name)) return;
  const command = allCommands().find(each => each.keys?.includes(name));
  if (!command) return;
  event.preventDefault();
  void runCommand(command.id);
}
