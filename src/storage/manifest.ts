/** `.flagprobe.jsonl`: what a folder holds, where it came from, and what came of every input. */

import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { HashTable } from '../core/hash-table.js';
import type { Naming } from '../flags/codes.js';
import { inputText } from '../flags/parse-input.js';
import { type Validators, validatorsOf } from '../http/validators.js';
import { AskedFor } from './asked-for.js';
import {
  type Askers,
  askerFields,
  askersOf,
  DIRECT,
  isWanted,
  KnownAskers,
  withAskers,
  withoutLists,
} from './askers.js';
import { replaceFile } from './atomic-file.js';
import { Failures, subjectOf } from './failures.js';
import { ManifestFile } from './manifest-file.js';
import {
  type AskersLine,
  formatAskersLine,
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
}

/** A record of something that a list has asked for. */
export interface ListedRecord {
  readonly record: ManifestRecord;
  /** Whether an input has asked for it in this run. */
  readonly isAsked: boolean;
  /** The lists in question that had it before, and have it no more. */
  readonly gone: readonly string[];
  /** Who still asks for it, without those. */
  readonly askers: Askers;
}

/** The share of lines that may be out of date before the manifest is written anew. */
const MAX_STALE_SHARE = 0.1;

/** In the place of an offset: the record is not on disk. */
const NOWHERE = 2 ** 49;

/** Added to a status: its input was asked for in this run. */
const ASKED = STATUSES.length;

/** Sources are 32-bit digests; above them stands the number of those who ask for the file. */
const DIGESTS = 2 ** 32;

const SEED = Math.floor(Math.random() * 2 ** 32);

/**
 * What is known of each URL, by its {@link recordKey}. Records stay on disk: in memory are the place of each and its status,
 * 40 to 60 bytes a URL.
 */
export class Manifest {
  readonly #folder: string;
  /** Offset × 8 + status, and whether it was asked for ({@link ASKED}), by key. */
  readonly #records = new HashTable(SEED);
  /** The digest of the key that each file came from + {@link DIGESTS} × who asks for it, by its name in lower case. */
  readonly #sources = new HashTable(SEED);
  readonly #known = new KnownAskers();
  /** Who asks for what never came, where its record says otherwise, by key: a number of {@link KnownAskers}. */
  readonly #askers = new HashTable(SEED);
  /** What errors and what was not found were about ({@link subjectOf}), those that are over too. */
  readonly #failing = new HashTable(SEED);
  /** By code, where the last record is that was asked for instead of what had failed. */
  readonly #insteads = new HashTable(SEED);
  readonly #asked = new AskedFor();
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
    if (file !== null) this.#claim(key, file, askersOf(record));
    else if (this.#askers.get(key) !== undefined) this.#setAskers(key, askersOf(record));
    if (isFailing(status)) this.#markFailing(record);
    if (record.instead) this.#insteads.set(record.code, offset);
  }

  /** A line that is on disk, or will be. */
  addAskers({ file, source, askers }: AskersLine): void {
    if (file !== null) this.#setAskersOfFile(file, askers);
    else if (source) this.#setAskers(recordKey(source), askers);
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
    const record = this.#recordOf(key);
    if (!record || record.file === null || record.bytes === null) return undefined;
    if (!this.#isSource(key, record.file)) return undefined;
    const { file, bytes, sha256, etag, last_modified } = record;
    return { file, bytes, sha256: sha256 ?? '', validators: validatorsOf(etag, last_modified) };
  }

  #recordOf(key: string): ManifestRecord | undefined {
    const offset = this.#offsetOf(key);
    if (offset === NOWHERE) return undefined;
    this.#file ??= ManifestFile.open(this.#folder);
    const record = this.#file?.recordAt(offset);
    return record && recordKey(record) === key ? record : undefined;
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

  /** What an input asks for. */
  markAsked(source: RecordSource): void {
    this.#asked.add(source);
    const key = recordKey(source);
    const value = this.#records.get(key);
    if (value !== undefined && !isMarked(value)) this.#records.set(key, value + ASKED);
  }

  /** Who asks for what a record is about, by that and by what became known since. */
  askersOf(record: ManifestRecord): Askers {
    const key = recordKey(record);
    const { file } = record;
    if (file !== null && this.#isSource(key, file)) return this.#askersOfFile(file) as Askers;
    const number = this.#askers.get(key);
    return number === undefined ? askersOf(record) : this.#known.at(number);
  }

  /** The line that says who asks for a file from now on, too; undefined if that is known, or the file is none of ours. */
  ask(file: string, askers: Askers): string | undefined {
    const before = this.#askersOfFile(file);
    const all = before && withAskers(before, askers);
    if (!all || all === before) return undefined;
    return this.tell({ file, source: undefined, askers: all });
  }

  /** The line that says who asks for something from now on. */
  tell(line: AskersLine): string {
    this.addAskers(line);
    return formatAskersLine(line);
  }

  /**
   * What lists have asked for, now or in an earlier run. Reads the whole manifest.
   *
   * @param listsOf which of them ask for an input of this run: a code, or a {@link recordKey}
   */
  async *listed(
    lists: readonly string[],
    listsOf: (subject: string) => readonly string[] = () => lists,
  ): AsyncGenerator<ListedRecord, void, undefined> {
    for await (const record of currentRecords(this.#folder, this)) {
      const before = this.askersOf(record);
      const had = [...before.lists, ...before.left].filter((list) => lists.includes(list));
      if (had.length === 0) continue;
      const key = recordKey(record);
      const isAsked =
        this.#asked.has(record) || (record.code === '' && isMarked(this.#records.get(key) ?? 0));
      const having = isAsked ? listsOf(record.code || key) : [];
      const gone = had.filter((list) => before.lists.includes(list) && !having.includes(list));
      yield { record, isAsked, gone, askers: withoutLists(before, gone) };
    }
  }

  /**
   * What asks for all that failed again, by {@link Failures}. Reads the whole manifest.
   *
   * @param textOf the text that asks for one again
   */
  failed(textOf: (record: ManifestRecord) => string = inputText): string[] {
    return failedIn(this.#folder, textOf);
  }

  /** The first part of a file's record; the saver's thread adds bytes, sha256 and time. */
  saved(source: RecordSource, file: string, httpStatus: number, validators: Validators): string {
    const askers = this.#allAskers(source, file, this.#recordOf(recordKey(source)));
    const outcome = { file, status: 'ok', reason: null, httpStatus, validators } as const;
    return formatRecord({ ...source, askers }, outcome);
  }

  /** The file is there, and its record is at a place in the manifest. */
  remember(source: RecordSource, file: string, offset = NOWHERE): void {
    const key = recordKey(source);
    const askers = this.#allAskers(source, file, this.#recordOf(key));
    this.#set(key, 'ok', offset);
    this.#claim(key, file, askers);
  }

  /** A record without a new file, and what it changes; the saver's thread adds the time. */
  note(result: RecordSource & Partial<Noted>): string {
    const { status = 'error', reason = null, httpStatus = null } = result;
    const key = recordKey(result);
    const record = this.#recordOf(key);
    const known = this.fileOf(key);
    const askers = this.#allAskers(result, known?.file, record);
    // The record that is on disk goes on telling what the file is.
    this.#set(key, status, this.#offsetOf(key));
    if (known) this.#setAskersOfFile(known.file, askers);
    else if (record) this.#setAskers(key, askers);
    if (isFailing(status)) this.#markFailing(result);
    const { file = null, bytes = null, sha256 = '', validators = {} } = known ?? {};
    const outcome = { file, status, reason, httpStatus, validators };
    const start = formatRecord({ ...result, askers }, outcome);
    return `${start},"bytes":${bytes},"sha256":${sha256 === '' ? null : `"${sha256}"`}`;
  }

  /** Closes it, once nothing more is written into it, and takes out what it no longer says rightly of files. */
  async close(): Promise<void> {
    this.#file?.close();
    this.#file = undefined;
    if (this.#hasStaleClaims) await compact(this.#folder, await index(this.#folder));
  }

  #claim(key: string, file: string, askers: Askers): void {
    if (this.isOfAnother(key, file)) this.#hasStaleClaims = true;
    this.#sources.set(file.toLowerCase(), this.#sources.digest(sourceOf(key)));
    this.#setAskersOfFile(file, askers);
  }

  /** Those who ask now for what becomes a file, those who asked for it before, and for the file in its place. */
  #allAskers(
    { askers = DIRECT }: RecordSource,
    file: string | undefined,
    before: ManifestRecord | undefined,
  ): Askers {
    const ofFile = file === undefined ? undefined : this.#askersOfFile(file);
    const all = ofFile ? withAskers(ofFile, askers) : askers;
    return before ? withAskers(this.askersOf(before), all) : all;
  }

  #askersOfFile(file: string): Askers | undefined {
    const source = this.#sources.get(file.toLowerCase());
    return source === undefined ? undefined : this.#known.at(Math.floor(source / DIGESTS));
  }

  #setAskersOfFile(file: string, askers: Askers): void {
    const name = file.toLowerCase();
    const source = this.#sources.get(name);
    if (source === undefined) return;
    this.#sources.set(name, (source % DIGESTS) + this.#known.numberOf(askers) * DIGESTS);
  }

  #setAskers(key: string, askers: Askers): void {
    this.#askers.set(key, this.#known.numberOf(askers));
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
    const source = this.#sources.get(file.toLowerCase());
    return source !== undefined && source % DIGESTS === this.#sources.digest(sourceOf(key));
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

function failedIn(folder: string, textOf: (record: ManifestRecord) => string): string[] {
  const failures = new Failures(textOf);
  const file = ManifestFile.open(folder);
  for (const { record, askersLine } of file?.recordsAtOnce() ?? []) {
    if (record) failures.add(record);
    else if (askersLine) failures.addAskers(askersLine);
  }
  file?.close();
  return failures.texts;
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
  const { manifest } = await index(folder);
  const records: ManifestRecord[] = [];
  for await (const record of currentRecords(folder, manifest)) records.push(record);
  return records;
}

/**
 * What lists in files have asked for, now or in an earlier run.
 *
 * @param inputs what they ask for now; of a code, no URL is looked at
 */
export async function* listedRecords(
  folder: string,
  lists: readonly string[],
  inputs: Iterable<RecordSource>,
): AsyncGenerator<ListedRecord, void, undefined> {
  const { manifest } = await index(folder);
  for (const input of inputs) manifest.markAsked(input);
  yield* manifest.listed(lists);
}

/** Whether the file of a record is there. */
export async function isThere(
  folder: string,
  { file }: Pick<ManifestRecord, 'file'>,
): Promise<boolean> {
  if (file === null) return false;
  return (await lstat(join(folder, file)).catch(() => undefined))?.isFile() === true;
}

/** Whether a file is there that lists had, and neither they nor any others have any more. */
export async function isUnlisted(folder: string, listed: ListedRecord): Promise<boolean> {
  const { record, isAsked, askers } = listed;
  return !isAsked && !isWanted(askers) && (await isThere(folder, record));
}

/** The line that says that lists have something no more. */
export function leavingLine({ record: { file, ...source }, askers }: ListedRecord): AskersLine {
  return { file, source, askers };
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
  for await (const { record, askersLine, offset } of file.records()) {
    lines++;
    if (record) manifest.add(record, offset);
    else if (askersLine) manifest.addAskers(askersLine);
    if (record && record.file !== null) onFile(record.file, record.code || record.url);
  }
  file.close();
  return { manifest, lines, stale: lines - manifest.size };
}

/** The last record of each key, with those who ask for it by now. */
async function* currentRecords(
  folder: string,
  manifest: Manifest,
): AsyncGenerator<ManifestRecord, void, undefined> {
  const file = ManifestFile.open(folder);
  if (!file) return;
  try {
    for await (const { record, offset } of file.records()) {
      if (record && manifest.isCurrent(record, offset)) yield withAskerFields(record, manifest);
    }
  } finally {
    file.close();
  }
}

function withAskerFields(record: ManifestRecord, manifest: Manifest): ManifestRecord {
  const { list, lists, left, direct, ...others } = record;
  return { ...others, ...askerFields(manifest.askersOf(record)) };
}

async function* currentLines(
  folder: string,
  { manifest }: Index,
): AsyncGenerator<string, void, undefined> {
  for await (const record of currentRecords(folder, manifest)) yield `${JSON.stringify(record)}\n`;
}
