/** What a folder's manifest calls a list. */

import { lstat } from 'node:fs/promises';
import { relative } from 'node:path';
import { isListName } from '../storage/askers.js';
import { realFolderOf, realPathOf } from '../storage/real-path.js';

/**
 * The path of a list's file from the folder, so that it is the same by whatever path and from wherever it is given.
 * Undefined for a pipe, which may bring another list each time.
 */
export async function listNameOf(path: string, folder: string): Promise<string | undefined> {
  if (path === '-') return undefined;
  try {
    const file = await realPathOf(path);
    if (!(await lstat(file)).isFile()) return undefined;
    const name = relative(await realFolderOf(folder), file);
    return isListName(name) ? name : undefined;
  } catch {
    return undefined;
  }
}
