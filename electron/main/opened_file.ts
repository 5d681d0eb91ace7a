/** Files that the app opens: sessions and scenarios, by ending; read whole, within the contract's limit. */
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { MAX_FILE_BYTES } from '../shared/ipc_contract.ts';

/** Endings without the dot. */
export const OPENED_ENDINGS = ['gartlab', 'json'] as const;

export function isOpenable(path: string): boolean {
  return OPENED_ENDINGS.some(ending => path.toLowerCase().endsWith(`.${ending}`));
}

/** @throws Error with a sentence for a person */
export async function readOpenedFile(
  path: string,
): Promise<{ name: string; bytes: Uint8Array<ArrayBuffer> }> {
  const name = basename(path);
  if (!isOpenable(path))
    throw new Error(`${name} was not opened: GART Lab opens .${OPENED_ENDINGS.join(', .')}.`);
  try {
    const found = await stat(path);
    if (!found.isFile()) throw new Error('it is no file');
    if (found.size > MAX_FILE_BYTES)
      throw new Error(`it has ${found.size} bytes, and ${MAX_FILE_BYTES} are the most that open here`);
    return { name, bytes: new Uint8Array(await readFile(path)) };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = { ENOENT: 'it is not there any more', EACCES: 'it may not be read' }[code ?? ''] ?? message;
    throw new Error(`${name} was not opened: ${why}.`);
  }
}
