/** `.flagprobe.jsonl`: what a folder holds, where it came from, and what came of every input. */

import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { HashTable } from '../core/hash-table.js';
import type { Naming } from '../flags/codes.js';
import { inputText } from '../flags/parse-input.js';
import { type Validators, validatorsOf } from '../http/validators.js';
import { replaceFile } from './atomic-file.js';
import { Failures, subjectOf } from './failures.js';
import { ManifestFile } from './manifest-file.js';
import {
  formatRecord,
  type ManifestRecord,
  type RecordSource,
  recordKey,
  STATUSES,
} from './manifest-record.js';
import { MANIFEST } from './saver-worker.js';

export type { ManifestRecord };

/** A file that a URL brought. */
export interface KnownFile {
  readonly file: string;
  readonly bytes: number;
  /** Empty where it is not known. */
  readonly sha256: string;
  readonly validators: Validators;
  /** The list in a file that asked for it last. */
  readonly list: string | undefined;
}

/** The share of lines that may be out of date before the manifest is written anew. */
const MAX_STALE_SHARE = 0.1;

/** In the place of an offset: the record is not on disk. */
const NOWHERE = 2 ** 49;

/** Added to a status: its input was asked for in this run. */
const ASKED = STATUSES.length;

const SEED = Math.floor(Math.random() * 2 ** 32);

/**
 * What is known of each URL, by its {@link recordKey}. Records stay on disk: in memory are the place of each and its status,
 * 40 to 60 bytes a URL.
 */
export class Manifest {
  readonly #folder: string;
  /** Offset × 8 + status, and whether it was asked for ({@link ASKED}), by key. */
  readonly #records = new HashTable(SEED);
  /** The digest of the key that each file came from, by its name in lower case. */
  readonly #sources = new HashTable(SEED);
  /** What errors and what was not found were about ({@link subjectOf}), those that are over too. */
  readonly #failing = new HashTable(SEED);
  /** By code, where the last record is that was asked for instead of what had failed. */
  readonly #insteads = new HashTable(SEED);
  /** Codes that were asked for. */
  readonly #codes = new Set<string>();
  #file: ManifestFile | undefined;
  #hasStaleClaims = false;

  /** @param folder an absolute path */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** URLs that something is known of. */
  get size(): number {
    return this.#records.size;
  }

  /** Whether a record on disk names a file that another URL has brought since. */
  get hasStaleClaims(): boolean {
    return this.#hasStaleClaims;
  }

  /** A record that is on disk. */
  add(record: ManifestRecord, offset: number): void {
    const key = recordKey(record);
    const { file, status } = record;
    this.#records.set(key, offset * 2 * ASKED + STATUSES.indexOf(status));
    if (file !== null) this.#claim(key, file);
    if (isFailing(status)) this.#markFailing(record);
    if (record.instead) this.#insteads.set(record.code, offset);
  }

  /** Whether a record is the last of its key, and no other has taken its file or is wanted instead. */
  isCurrent(record: ManifestRecord, offset: number): boolean {
    const key = recordKey(record);
    const { file, code, status } = record;
    if (this.#offsetOf(key) !== offset || (file !== null && !this.#isSource(key, file)))
      return false;
    return status !== 'error' || offset >= (this.#insteads.get(code) ?? 0);
  }

  /** The file that a URL brought, if no other has taken its name since. Reads it from disk. */
  fileOf(key: string): KnownFile | undefined {
    const offset = this.#offsetOf(key);
    if (offset === NOWHERE) return undefined;
    this.#file ??= ManifestFile.open(this.#folder);
    const record = this.#file?.recordAt(offset);
    if (!record || recordKey(record) !== key) return undefined;
    if (record.file === null || record.bytes === null) return undefined;
    if (!this.#isSource(key, record.file)) return undefined;
    const { file, bytes, sha256, etag, last_modified, list } = record;
    const validators = validatorsOf(etag, last_modified);
    return { file, bytes, sha256: sha256 ?? '', validators, list };
  }

  /** Whether the last that is known of a file is that another URL brought it. */
  isOfAnother(key: string, file: string): boolean {
    return this.#sources.get(file.toLowerCase()) !== undefined && !this.#isSource(key, file);
  }

  /** Whether the last that became known of a URL is that its file is there. */
  isGood(key: string): boolean {
    const status = STATUSES[(this.#records.get(key) ?? 3) % ASKED];
    return status === 'ok' || status === 'unchanged';
  }

  /** Whether something that did not come may be the same file: a record that the file is there ends that. */
  isContested(source: RecordSource): boolean {
    return this.#failing.get(subjectOf(source)) !== undefined;
  }

  /** What a list asks for: a code, under whatever URL and name, or the {@link recordKey} of a URL. */
  markAsked(key: string, code: string): void {
    const value = this.#records.get(key);
    if (code !== '') this.#codes.add(code);
    else if (value !== undefined && !isMarked(value)) this.#records.set(key, value + ASKED);
  }

  /** Names of the files that a list asked for last, in an earlier run, and does not ask for now. Reads the whole manifest. */
  async *unlisted(list: string): AsyncGenerator<string, void, undefined> {
    const manifest = ManifestFile.open(this.#folder);
    try {
      for await (const { record, offset } of manifest?.records() ?? []) {
        if (record?.list !== list || record.file === null || this.#codes.has(record.code)) continue;
        const key = recordKey(record);
        const isAsked = record.code === '' && isMarked(this.#records.get(key) ?? ASKED);
        if (isAsked || this.#offsetOf(key) !== offset || !this.#isSource(key, record.file))
          continue;
        const path = join(this.#folder, record.file);
        if ((await lstat(path).catch(() => undefined))?.isFile()) yield record.file;
      }
    } finally {
      manifest?.close();
    }
  }

  /**
   * What asks for all that failed again, by {@link Failures}. Reads the whole manifest.
   *
   * @param textOf the text that asks for one again
   */
  failed(textOf: (record: ManifestRecord) => string = inputText): string[] {
    const failures = new Failures(textOf);
    const file = ManifestFile.open(this.#folder);
    for (const { record } of file?.recordsAtOnce() ?? []) if (record) failures.add(record);
    file?.close();
    return failures.texts;
  }

  /** The first part of a file's record; the saver's thread adds bytes, sha256 and time. */
  saved(source: RecordSource, file: string, httpStatus: number, validators: Validators): string {
    return formatRecord(source, { file, status: 'ok', reason: null, httpStatus, validators });
  }

  /** The file is there, and its record is at a place in the manifest. */
  remember(source: RecordSource, file: string, offset = NOWHERE): void {
    const key = recordKey(source);
    this.#set(key, 'ok', offset);
    this.#claim(key, file);
  }

  /** A record without a new file, and what it changes; the saver's thread adds the time. */
  note(result: RecordSource & Partial<Noted>): string {
    const { status = 'error', reason = null, httpStatus = null } = result;
    const key = recordKey(result);
    const known = this.fileOf(key);
    // The record that is on disk goes on telling what the file is.
    this.#set(key, status, this.#offsetOf(key));
    if (isFailing(status)) this.#markFailing(result);
    const { file = null, bytes = null, sha256 = '', validators = {} } = known ?? {};
    const start = formatRecord(result, { file, status, reason, httpStatus, validators });
    return `${start},"bytes":${bytes},"sha256":${sha256 === '' ? null : `"${sha256}"`}`;
  }

  /** Closes it, once nothing more is written into it, and takes out what it no longer says rightly of files. */
  async close(): Promise<void> {
    this.#file?.close();
    this.#file = undefined;
    if (this.#hasStaleClaims) await compact(this.#folder, await index(this.#folder));
  }

  #claim(key: string, file: string): void {
    if (this.isOfAnother(key, file)) this.#hasStaleClaims = true;
    this.#sources.set(file.toLowerCase(), this.#sources.digest(sourceOf(key)));
  }

  #markFailing(source: RecordSource): void {
    const subject = subjectOf(source);
    // A URL without a name is the only one that asks for its file.
    if (subject !== source.url) this.#failing.set(subject, 1);
  }

  #set(key: string, status: ManifestRecord['status'], offset: number): void {
    this.#records.set(key, offset * 2 * ASKED + ASKED + STATUSES.indexOf(status));
  }

  #offsetOf(key: string): number {
    const value = this.#records.get(key);
    return value === undefined ? NOWHERE : Math.floor(value / (2 * ASKED));
  }

  #isSource(key: string, file: string): boolean {
    return this.#sources.get(file.toLowerCase()) === this.#sources.digest(sourceOf(key));
  }
}

/** `BR.gif` and `br.gif` hold the same flag, whether they are one file or two. */
function sourceOf(key: string): string {
  return key.endsWith(LOWER_CASE) ? key.slice(0, -LOWER_CASE.length) : key;
}

/** What ends the key of a code whose file has a name in lower case, as it is usual in upper case. */
const LOWER_CASE = '\tcc' satisfies `\t${Naming}`;

function isMarked(value: number): boolean {
  return value % (2 * ASKED) >= ASKED;
}

/** Whether a record says that its file did not come. */
export function isFailing(status: ManifestRecord['status']): boolean {
  return status === 'error' || status === 'not_found';
}

interface Noted {
  readonly status: ManifestRecord['status'];
  readonly reason: string;
  readonly httpStatus: number;
}

/**
 * The records of a folder, of each URL (and name) the last; none where there is no manifest. A line that is
 * broken, or no record, is left out.
 *
 * @example
 * ```ts
 * for (const { url, status, file } of await readManifest('flags')) console.log(url, status, file);
 * ```
 */
export async function readManifest(folder: string): Promise<ManifestRecord[]> {
  const records: ManifestRecord[] = [];
  for await (const { record } of currentRecords(folder, await index(folder))) records.push(record);
  return records;
}

/**
 * Names of the files that a list in a file brought in an earlier run, and none of its inputs asks for.
 *
 * @param inputs what the list asks for now: codes, and the {@link recordKey} of URLs
 */
export async function* unlistedFiles(
  folder: string,
  list: string,
  inputs: Iterable<{ readonly key: string; readonly code: string }>,
): AsyncGenerator<string, void, undefined> {
  const { manifest } = await index(folder);
  for (const { key, code } of inputs) manifest.markAsked(key, code);
  yield* manifest.unlisted(list);
}

/** The inputs that a manifest has records of: codes, and for URLs their {@link recordKey}. */
export function* recordedInputs(folder: string): Generator<string> {
  const file = ManifestFile.open(folder);
  for (const { record } of file?.recordsAtOnce() ?? []) {
    if (record) yield record.code || recordKey(record);
  }
  file?.close();
}

/**
 * Opens the manifest of a folder, and writes it anew if much of it is out of date.
 *
 * @param onFile told of each file that is known, and whose it is: a country's code, or a URL
 */
export async function openManifest(
  folder: string,
  onFile: (file: string, owner: string) => void = () => {},
): Promise<Manifest> {
  const found = await index(folder, onFile);
  const { manifest, lines, stale } = found;
  if (stale <= lines * MAX_STALE_SHARE && !manifest.hasStaleClaims) return manifest;
  return (await compact(folder, found)) ? (await index(folder)).manifest : manifest;
}

/** Writes a manifest anew without what is out of date; whether it could be. */
async function compact(folder: string, found: Index): Promise<boolean> {
  try {
    await replaceFile(join(folder, MANIFEST), currentLines(folder, found));
    return true;
  } catch {
    // A full disk, above all. The old one still tells everything.
    return false;
  }
}

interface Index {
  readonly manifest: Manifest;
  readonly lines: number;
  /** Lines that say nothing any more. */
  readonly stale: number;
}

async function index(
  folder: string,
  onFile: (file: string, owner: string) => void = () => {},
): Promise<Index> {
  const manifest = new Manifest(folder);
  let lines = 0;
  const file = ManifestFile.open(folder);
  if (!file) return { manifest, lines, stale: 0 };
  for await (const { record, offset } of file.records()) {
    lines++;
    if (record) manifest.add(record, offset);
    if (record && record.file !== null) onFile(record.file, record.code || record.url);
  }
  file.close();
  return { manifest, lines, stale: lines - manifest.size };
}

async function* currentRecords(folder: string, { manifest }: Index) {
  const file = ManifestFile.open(folder);
  if (!file) return;
  try {
    for await (const { record, offset } of file.records()) {
      if (record && manifest.isCurrent(record, offset)) yield { record, offset };
    }
  } finally {
    file.close();
  }
}

async function* currentLines(folder: string, found: Index): AsyncGenerator<string> {
  for await (const { record } of currentRecords(folder, found)) {
    yield `${JSON.stringify(record)}\n`;
  }
}
