/** Files that are whole even if the power fails. */

import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Replaces a file: whoever reads it sees the old text or the new one, never a part. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.tmp`;
  try {
    // What a killed process has left is removed, and so is a link that was planted there: it would
    // lead the text elsewhere.
    await rm(temporary, { force: true });
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(text);
      await file.datasync();
    } finally {
      await file.close();
    }
    await renameOver(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
}

/** Makes names that were created in the folder of a file outlast a power failure. */
export async function syncFolderOf(path: string): Promise<void> {
  // Windows opens no folders, and needs none of this.
  const folder = await open(dirname(path), 'r').catch(() => undefined);
  try {
    await folder?.sync();
  } catch {
    // Nor can every file system.
  } finally {
    await folder?.close();
  }
}

/** Waits between tries, in milliseconds: on Windows a virus scanner may hold a file for a moment. */
const PAUSES = [10, 50, 200, 1000];

async function renameOver(from: string, to: string): Promise<void> {
  for (const pause of PAUSES) {
    try {
      return await rename(from, to);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'EPERM' && code !== 'EBUSY') throw error;
      await sleep(pause);
    }
  }
  await rename(from, to);
}
