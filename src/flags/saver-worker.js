/** The saver's thread. Plain JavaScript: a thread needs a file that node can run as it is. */

/** @import { SavedItem, SaveFailure, SaveItem, SaverRequest } from './saver-messages.js' */

import { closeSync, openSync, renameSync, unlinkSync, writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';

/** What makes a thread the saver: threads of others that load this file have a parent port too. */
export const SAVER = 'flagprobe-saver';

/** Milliseconds: scanners and indexers hold a fresh file for a moment, on Windows above all. */
const RENAME_PAUSES = [10, 50, 250];

/**
 * Writes every file under its temporary name and renames it when it is whole.
 *
 * @param {readonly SaveItem[]} batch
 * @returns {SavedItem[]}
 */
export function saveBatch(batch) {
  return batch.map((item) => {
    try {
      writeWhole(item.temp, item.bytes);
      rename(item.temp, item.path);
      return { id: item.id };
    } catch (error) {
      remove(item.temp);
      return { id: item.id, failure: failureOf(error) };
    }
  });
}

/**
 * The file is always a new one (`wx`): nothing that lies under the name is followed or written into.
 *
 * @param {string} path
 * @param {Uint8Array} bytes
 */
function writeWhole(path, bytes) {
  const file = openNew(path);
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
  } finally {
    closeSync(file);
  }
}

/** @param {string} path */
function openNew(path) {
  try {
    return openSync(path, 'wx');
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    // Left by a process that had our number and is dead.
    unlinkSync(path);
    return openSync(path, 'wx');
  }
}

/**
 * @param {string} from
 * @param {string} to
 */
function rename(from, to) {
  for (const pause of RENAME_PAUSES) {
    try {
      return renameSync(from, to);
    } catch (error) {
      if (!['EPERM', 'EBUSY'].includes(codeOf(error))) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause);
    }
  }
  renameSync(from, to);
}

/** @param {string} path */
function remove(path) {
  try {
    unlinkSync(path);
  } catch {
    // It was never made, or cannot be reached: the failure that led here is the one to tell.
  }
}

/**
 * @param {unknown} error
 * @returns {SaveFailure}
 */
function failureOf(error) {
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  return { code: /** @type {`E${string}`} */ (code.startsWith('E') ? code : 'EIO'), message };
}

/** @param {unknown} error */
function codeOf(error) {
  return String(/** @type {NodeJS.ErrnoException} */ (error).code ?? '');
}

if (workerData === SAVER) {
  parentPort?.on('message', (/** @type {SaverRequest} */ request) => {
    if (request === 'close') parentPort?.close();
    else parentPort?.postMessage(saveBatch(request));
  });
}
