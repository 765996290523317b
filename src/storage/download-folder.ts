/** The folder that downloads are saved in, and the names of files that are not whole yet. */

import { existsSync } from 'node:fs';
import { mkdir, open, readdir, realpath, unlink, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { RunError, systemReason } from '../core/run-error.js';
import { isAlive } from './is-alive.js';
import { takeLock } from './lock.js';
import { temporaryPath } from './saver-worker.js';

/** Beside the files; a name of ours never begins with a dot. */
const LOCK = '.flagprobe.lock';

/** Beside the files from the start of a run to its end: it is still there after a run that was cut short. */
const UNFINISHED = '.flagprobe.unfinished';

const TEMPORARY = /^\.flagprobe-(\d+)-[\d-]+\.tmp$/;

/**
 * Makes the folder if it is not there, proves that files can be made in it, and removes the temporary
 * files of processes that are dead. Rejects with the system's error. Gives the absolute path.
 */
export async function prepareFolder(folder: string): Promise<string> {
  const path = resolve(folder);
  await makeFolder(path);
  const proof = temporaryPath(path);
  await (await open(proof, 'wx')).close();
  await unlink(proof);
  await sweep(path);
  return path;
}

/**
 * Locks a prepared folder for one run; the result gives the lock back. Throws a `RunError` if another
 * process writes into the folder, under whatever name.
 *
 * @param folder as the caller calls it, for the message
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  try {
    return await takeLock(join(await realpath(folder), LOCK), `\`${folder}\``);
  } catch (error) {
    if (error instanceof RunError) throw error;
    throw new RunError(`cannot lock \`${folder}\`: ${systemReason(error)}`);
  }
}

/** Whether the last run into a folder was cut short: the manifest does not know what it still had to ask for. */
export function wasCutShort(folder: string): boolean {
  return existsSync(join(folder, UNFINISHED));
}

/** Notes in a folder that a run into it begins. */
export async function noteStart(folder: string): Promise<void> {
  await writeFile(join(folder, UNFINISHED), '').catch(() => {});
}

/** Notes in a folder that a run into it has asked for all that it was to ask for. */
export async function noteEnd(folder: string): Promise<void> {
  await unlink(join(folder, UNFINISHED)).catch(() => {});
}

/** `mkdir` with `recursive` never comes back where the system forbids to make a folder (/proc). */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(path) === path) {
      throwUnlessThere(error);
      return;
    }
    await makeFolder(dirname(path));
    await mkdir(path).catch(throwUnlessThere);
  }
}

function throwUnlessThere(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
}

async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = TEMPORARY.exec(name)?.[1];
    // Another run may be sweeping as well: a file that is gone is fine.
    if (pid && !isAlive(Number(pid))) await unlink(join(folder, name)).catch(() => {});
  }
}
