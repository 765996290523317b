/** `.flagprobe.jsonl`: what a folder holds, where it came from, and what came of every input. */

import { join } from 'node:path';
import { HashTable } from '../core/hash-table.js';
import { inputText } from '../flags/parse-input.js';
import { type Validators, validatorsOf } from '../http/validators.js';
import { replaceFile } from './atomic-file.js';
import { ManifestFile } from './manifest-file.js';
import {
  formatRecord,
  type ManifestRecord,
  type RecordSource,
  recordKey,
  STATUSES,
  wantedPart,
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
}

/** The share of lines that may be out of date before the manifest is written anew. */
const MAX_STALE_SHARE = 0.1;

/** In the place of an offset: the record is not on disk. */
const NOWHERE = 2 ** 50;

const SEED = Math.floor(Math.random() * 2 ** 32);

/**
 * What is known of each URL, by its {@link recordKey}. Records stay on disk: in memory are the place of each and its status,
 * 40 to 60 bytes a URL.
 */
export class Manifest {
  readonly #folder: string;
  /** Offset × 4 + status, by key. */
  readonly #records = new HashTable(SEED);
  /** The digest of the key that each file came from, by its name in lower case. */
  readonly #sources = new HashTable(SEED);
  #file: ManifestFile | undefined;

  /** @param folder an absolute path */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** URLs that something is known of. */
  get size(): number {
    return this.#records.size;
  }

  /** A record that is on disk. */
  add(record: ManifestRecord, offset: number): void {
    const key = recordKey(record);
    const { file, status } = record;
    this.#set(key, status, offset);
    if (file !== null) this.#sources.set(file.toLowerCase(), this.#sources.digest(key));
  }

  /** Whether a record is the last of its key, and no other has taken its file. */
  isCurrent(record: ManifestRecord, offset: number): boolean {
    const key = recordKey(record);
    const { file } = record;
    return this.#offsetOf(key) === offset && (file === null || this.#isSource(key, file));
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
    const { file, bytes, sha256, etag, last_modified } = record;
    return { file, bytes, sha256: sha256 ?? '', validators: validatorsOf(etag, last_modified) };
  }

  /** Whether the last that is known of a file is that another URL brought it. */
  isOfAnother(key: string, file: string): boolean {
    return this.#sources.get(file.toLowerCase()) !== undefined && !this.#isSource(key, file);
  }

  /** Whether the last that became known of a URL is that its file is there. */
  isGood(key: string): boolean {
    const status = STATUSES[(this.#records.get(key) ?? 3) % STATUSES.length];
    return status === 'ok' || status === 'unchanged';
  }

  /**
   * The inputs whose last record is an error: codes, and URLs where there was no code. A name that a list gave to
   * another URL since is no longer asked for from the one before.
   *
   * @param textOf the text that asks for the same again
   */
  failed(textOf: (record: ManifestRecord) => string = inputText): string[] {
    const failing = new Map<string, { readonly key: string; readonly text: string }>();
    const file = ManifestFile.open(this.#folder);
    for (const { record } of file?.recordsAtOnce() ?? []) {
      if (!record) continue;
      const key = record.code || recordKey(record);
      const purpose = purposeOf(record) ?? key;
      const isOther = (failing.get(purpose)?.key ?? key) !== key;
      // The second line with a name has a number: what the first one wants is still to come.
      if (isOther && hasNumber(record)) continue;
      // To the end of the map: a code may have several URLs, and the last record counts.
      failing.delete(purpose);
      if (record.status === 'error') failing.set(purpose, { key, text: textOf(record) });
    }
    file?.close();
    return [...failing.values()].map(({ text }) => text);
  }

  /** The first part of a file's record; the saver's thread adds bytes, sha256 and time. */
  saved(source: RecordSource, file: string, httpStatus: number, validators: Validators): string {
    return formatRecord(source, { file, status: 'ok', reason: null, httpStatus, validators });
  }

  /** The file is there, and its record is at a place in the manifest. */
  remember(source: RecordSource, file: string, offset = NOWHERE): void {
    const key = recordKey(source);
    this.#set(key, 'ok', offset);
    this.#sources.set(file.toLowerCase(), this.#sources.digest(key));
  }

  /** A record without a new file, and what it changes; the saver's thread adds the time. */
  note(result: RecordSource & Partial<Noted>): string {
    const { status = 'error', reason = null, httpStatus = null } = result;
    const key = recordKey(result);
    const known = this.fileOf(key);
    // The record that is on disk goes on telling what the file is.
    this.#set(key, status, this.#offsetOf(key));
    const { file = null, bytes = null, sha256 = '', validators = {} } = known ?? {};
    const start = formatRecord(result, { file, status, reason, httpStatus, validators });
    return `${start},"bytes":${bytes},"sha256":${sha256 === '' ? null : `"${sha256}"`}`;
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  #set(key: string, status: ManifestRecord['status'], offset: number): void {
    this.#records.set(key, offset * STATUSES.length + STATUSES.indexOf(status));
  }

  #offsetOf(key: string): number {
    const value = this.#records.get(key);
    return value === undefined ? NOWHERE : Math.floor(value / STATUSES.length);
  }

  #isSource(key: string, file: string): boolean {
    return this.#sources.get(file.toLowerCase()) === this.#sources.digest(key);
  }
}

/** What a URL was asked for: the name that a list gave it. */
function purposeOf({ code, name }: ManifestRecord): string | undefined {
  return code !== '' || name === undefined ? undefined : `\t${wantedPart(name)}`;
}

/** Whether a URL brought a file, and the name that a list gave it was taken. */
function hasNumber({ file, name }: ManifestRecord): boolean {
  return file !== null && name !== undefined && wantedPart(file) !== wantedPart(name);
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
  if (found.stale <= found.lines * MAX_STALE_SHARE) return found.manifest;
  try {
    await replaceFile(join(folder, MANIFEST), currentLines(folder, found));
  } catch {
    // A full disk, above all. The old one still tells everything.
    return found.manifest;
  }
  return (await index(folder)).manifest;
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
