/**
 * Files that a person opens: dropped on the window, chosen, double clicked, from the menu or the command line. What a file is
 * for is decided by its ending; the part of the window that knows an ending says so with addFileOpener.
 */
import { fail } from './lab_store.ts';

export interface OpenedFile {
  /** Without folders. */
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export interface FileOpener {
  /** Without the dot, `gartlab`. */
  readonly ending: string;
  /** What such files are, `sessions`. */
  readonly what: string;
  /** @throws Error with a sentence for the person */
  readonly open: (file: OpenedFile) => void | Promise<void>;
}

const openers = new Map<string, FileOpener>();

/** Make an ending known; one of the same ending is replaced. */
export function addFileOpener(opener: FileOpener): void {
  openers.set(opener.ending.toLowerCase(), opener);
}

/** Endings that open here, `.gartlab, .json`. */
export function openedEndings(): string {
  return [...openers.keys()].map(ending => `.${ending}`).join(', ');
}

/** Open a file, or say why not. */
export async function openFile(file: OpenedFile): Promise<void> {
  const ending = file.name.includes('.') ? file.name.slice(file.name.lastIndexOf('.') + 1).toLowerCase() : '';
  const opener = openers.get(ending);
  if (!opener) {
    const opened = [...openers.values()].map(each => `${each.what} (.${each.ending})`).join(' and ');
    fail(`${file.name} was not opened: this window opens ${opened || 'no files'}.`);
    return;
  }
  try {
    await opener.open(file);
  } catch (error) {
    const says = error instanceof Error ? error.message : String(error);
    fail(`${file.name} was not opened: ${/[.!?]$/.test(says) ? says : `${says}.`}`);
  }
}

async function openAll(files: Iterable<File>): Promise<void> {
  for (const file of files)
    await openFile({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) });
}

/** Let the person choose files, as this shell does it. */
export function chooseFiles(): void {
  if (window.gartLabShell) {
    void window.gartLabShell.chooseFiles();
    return;
  }
  const field = document.createElement('input');
  field.type = 'file';
  field.multiple = true;
  field.accept = openedEndings();
  field.onchange = () => void openAll(field.files ?? []);
  field.click();
}

/** Take files that are dropped anywhere on the window; without this a browser would leave the app for them. */
export function takeDrops(): void {
  const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') === true;
  window.addEventListener('dragover', event => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    event.dataTransfer!.dropEffect = 'copy';
  });
  window.addEventListener('drop', event => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    void openAll(event.dataTransfer!.files);
  });
}
