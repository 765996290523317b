/** The saver's thread. Plain JavaScript: a thread needs a file that node can run as it is. */

/**
 * @import { CheckBatch, SaveBatch, SaveFailure, SaverData, SaverReply, SaverRequest } from './saver-messages.js'
 */

import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join, sep } from 'node:path';
import { parentPort, threadId, workerData } from 'node:worker_threads';
import { isPassing, RENAME_PAUSES_MS } from './rename-retry.js';

/** What makes a thread the saver: threads of others that load this file have a parent port too. */
export const SAVER = 'flagprobe-saver';

/** The manifest's name; a name of ours never begins with a dot. */
export const MANIFEST = '.flagprobe.jsonl';

const { O_APPEND, O_CREAT, O_RDWR, O_NOFOLLOW = 0 } = constants;

let lastNumber = 0;

/**
 * A name for a file on its way into `folder`, that no other process and no other save has.
 *
 * @param {string} folder
 */
export function temporaryPath(folder) {
  lastNumber += 1;
  return `${folder}${sep}.flagprobe-${process.pid}-${threadId}-${lastNumber}.tmp`;
}

/** Writes files into one folder, and their records into its manifest. */
export class FolderWriter {
  /** @type {string} */
  #folder;
  /** @type {number | undefined} */
  #manifest;
  /** Whether the manifest may end in the middle of a line. */
  #isTorn = false;

  /** @param {string} folder an absolute path */
  constructor(folder) {
    this.#folder = folder;
  }

  /**
   * @param {Exclude<SaverRequest, 'close'>} request
   * @returns {SaverReply}
   */
  answer(request) {
    return request.kind === 'save' ? this.save(request) : this.check(request);
  }

  /**
   * Writes every file under a temporary name and renames it when it is whole; then the records.
   *
   * @param {SaveBatch} batch
   * @returns {Extract<SaverReply, { kind: 'saved' }>}
   */
  save({ bytes, names, sizes, records }) {
    /** @type {[number, SaveFailure][]} */
    const failures = [];
    /** @type {number[]} */
    const done = [];
    const offsets = new Float64Array(sizes.length);
    const time = new Date().toISOString();
    let lines = '';
    let lineBytes = 0;
    let at = 0;
    const heads = records.split('\n');
    const list = names.split('/');
    for (let i = 0; i < list.length; i++) {
      const name = /** @type {string} */ (list[i]);
      const end = at + /** @type {number} */ (sizes[i]);
      const body = bytes.subarray(at, end);
      at = end;
      try {
        if (name !== '') this.#saveOne(name, body);
        const digest = name === '' ? '' : `,"bytes":${body.length},"sha256":"${sha256(body)}"`;
        const line = `${heads[i]}${digest},"time":"${time}"}\n`;
        offsets[i] = lineBytes;
        lines += line;
        lineBytes += Buffer.byteLength(line);
        done.push(i);
      } catch (error) {
        failures.push([i, failureOf(error)]);
      }
    }
    try {
      const start = lines === '' ? 0 : this.#append(lines);
      for (const i of done) offsets[i] = start + /** @type {number} */ (offsets[i]);
    } catch (error) {
      for (const i of done) failures.push([i, failureOf(error)]);
    }
    return { kind: 'saved', failures, offsets };
  }

  /**
   * Tells which files are there, are files, and hold what they held when they were saved.
   *
   * @param {CheckBatch} batch
   * @returns {Extract<SaverReply, { kind: 'checked' }>}
   */
  check({ names, sizes, hashes }) {
    const holds = names.map((name, i) => {
      try {
        const path = join(this.#folder, name);
        const status = lstatSync(path);
        if (!status.isFile() || status.size !== sizes[i]) return false;
        return hashes[i] === '' || sha256(readFileSync(path)) === hashes[i];
      } catch {
        return false;
      }
    });
    return { kind: 'checked', holds };
  }

  close() {
    if (this.#manifest !== undefined) closeSync(this.#manifest);
    this.#manifest = undefined;
  }

  /**
   * @param {string} name
   * @param {Uint8Array} bytes
   */
  #saveOne(name, bytes) {
    const temp = temporaryPath(this.#folder);
    try {
      writeWhole(temp, bytes);
      rename(temp, this.#folder + sep + name);
    } catch (error) {
      remove(temp);
      throw error;
    }
  }

  /**
   * One write for many records. Gives the place of the first in the file.
   *
   * @param {string} lines
   */
  #append(lines) {
    this.#manifest ??= this.#openManifest();
    const bytes = Buffer.from(this.#isTorn ? `\n${lines}` : lines);
    this.#isTorn = true;
    writeAll(this.#manifest, bytes);
    this.#isTorn = false;
    return fstatSync(this.#manifest).size - Buffer.byteLength(lines);
  }

  /** The file itself and never what a link leads to. */
  #openManifest() {
    const path = join(this.#folder, MANIFEST);
    const flags = O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW;
    let file;
    try {
      if (O_NOFOLLOW === 0 && isLink(path)) unlinkSync(path);
      file = openSync(path, flags, 0o666);
    } catch (error) {
      if (codeOf(error) !== 'ELOOP') throw error;
      unlinkSync(path);
      file = openSync(path, flags, 0o666);
    }
    this.#isTorn = !endsInLine(file);
    return file;
  }
}

/** @param {number} file */
function endsInLine(file) {
  const { size } = fstatSync(file);
  const last = Buffer.alloc(1);
  return size === 0 || (readSync(file, last, 0, 1, size - 1) === 1 && last[0] === 10);
}

/** @param {string} path */
function isLink(path) {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch {
    return false;
  }
}

/** @type {typeof import('node:crypto').hash | undefined} */
let hash;

/** Loaded late: for importers that only need the names in this file, crypto is a waste of time. */
function loadHash() {
  hash ??= process.getBuiltinModule('node:crypto').hash;
  return /** @type {NonNullable<typeof hash>} */ (hash);
}

/** @param {Uint8Array} bytes */
function sha256(bytes) {
  return loadHash()('sha256', bytes, 'hex');
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
    writeAll(file, bytes);
  } finally {
    closeSync(file);
  }
}

/**
 * @param {number} file
 * @param {Uint8Array} bytes
 */
function writeAll(file, bytes) {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
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
  for (const pause of RENAME_PAUSES_MS) {
    try {
      return renameSync(from, to);
    } catch (error) {
      if (!isPassing(error)) throw error;
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

const data = /** @type {SaverData | null} */ (workerData);
if (data?.role === SAVER) {
  // Before the first file has come.
  loadHash();
  const writer = new FolderWriter(data.folder);
  parentPort?.on('message', (/** @type {SaverRequest} */ request) => {
    if (request === 'close') {
      writer.close();
      // Deno's port cannot be closed; in a thread, to exit ends the thread alone.
      if (parentPort?.close) parentPort.close();
      else process.exit();
    } else {
      parentPort?.postMessage(writer.answer(request));
    }
  });
}
