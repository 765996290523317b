/** Files that are whole even if the power fails. */

import { type FileHandle, open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isPassing, RENAME_PAUSES_MS } from './rename-retry.js';

/** Characters that are written at a time. */
const BATCH = 65_536;

/**
 * Replaces a file: a reader sees the old text or the new one, never a part. What lies under the name is
 * replaced, a link too, and nothing is followed. Rejects with the system's error, and then leaves
 * the old file as it was.
 */
export async function replaceFile(
  path: string,
  text: string | AsyncIterable<string>,
): Promise<void> {
  const temporary = `${path}.tmp`;
  const file = await openNew(temporary);
  try {
    try {
      await writeText(file, text);
      await file.datasync();
    } finally {
      await file.close();
    }
    await renameOver(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw error;
  }
}

/** Opens a file that was not there. What is under the name was left by a run that was killed, or planted. */
async function openNew(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'wx');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    await unlink(path);
    return await open(path, 'wx');
  }
}

/** Writes a file that was not there; see {@link openNew}. */
export async function writeNewFile(path: string, text: string): Promise<void> {
  const file = await openNew(path);
  await file.writeFile(text).finally(() => file.close());
}

async function writeText(file: FileHandle, text: string | AsyncIterable<string>): Promise<void> {
  if (typeof text === 'string') return file.writeFile(text);
  let batch = '';
  for await (const part of text) {
    batch += part;
    if (batch.length < BATCH) continue;
    await file.writeFile(batch);
    batch = '';
  }
  await file.writeFile(batch);
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

async function renameOver(from: string, to: string): Promise<void> {
  for (const pause of RENAME_PAUSES_MS) {
    try {
      return await rename(from, to);
    } catch (error) {
      if (!isPassing(error)) throw error;
      await sleep(pause);
    }
  }
  await rename(from, to);
}
