/** `.flagprobe.jsonl`: what a folder holds, where it came from, and what came of every input. */

import { createReadStream } from 'node:fs';
import { lstat, open, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { DownloadResult } from '../core/model.js';
import { type Validators, validatorsOf } from '../http/validators.js';
import { readLines } from './lines.js';
import { MANIFEST, temporaryPath } from './saver-worker.js';

/** One line of the manifest. The last one of a URL counts. */
export interface ManifestRecord {
  /** As first asked, without user and password; `local:…` for the servers inside. */
  readonly url: string;
  /** The country code; empty for a URL line. */
  readonly code: string;
  /** The file's name in the folder; null if this URL never brought one. */
  readonly file: string | null;
  readonly status: DownloadResult['status'];
  /** Of an error. */
  readonly reason: string | null;
  readonly http_status: number | null;
  readonly etag: string | null;
  readonly last_modified: string | null;
  /** Of the file. */
  readonly bytes: number | null;
  /** Of the file, in hexadecimal digits. */
  readonly sha256: string | null;
  /** When this became known (ISO 8601). */
  readonly time: string;
}

/** A file that a URL brought. */
export interface KnownFile {
  readonly file: string;
  readonly bytes: number;
  /** Empty where nobody has told us yet. */
  readonly sha256: string;
  readonly validators: Validators;
}

type Known = Pick<ManifestRecord, 'url' | 'code' | 'file' | 'status' | 'bytes'> & {
  readonly sha256: string;
  readonly validators: Validators;
};

export class Manifest {
  /** By URL, in the order in which they became known. */
  readonly #records = new Map<string, Known>();
  /** The URL that each file came from, by its name in lower case. */
  readonly #sources = new Map<string, string>();

  constructor(records: Iterable<ManifestRecord>) {
    for (const record of records) {
      const { etag, last_modified, sha256 } = record;
      const validators = validatorsOf(etag, last_modified);
      const { url, code, file, status, bytes } = record;
      this.#set({ url, code, file, status, bytes, sha256: sha256 ?? '', validators });
    }
  }

  /** The file that a URL brought, if no other has taken its name since. */
  fileOf(url: string): KnownFile | undefined {
    const known = this.#records.get(url);
    if (!known || known.file === null || known.bytes === null) return undefined;
    if (this.#sources.get(known.file.toLowerCase()) !== url) return undefined;
    return known as KnownFile;
  }

  /** Whether the last that became known of a URL is that its file is there. */
  isGood(url: string): boolean {
    const status = this.#records.get(url)?.status;
    return status === 'ok' || status === 'unchanged';
  }

  /** Every file and whose it is: a country's code, or a URL. */
  *owners(): Generator<readonly [file: string, owner: string]> {
    for (const { file, code, url } of this.#records.values()) {
      if (file !== null) yield [file, code || url];
    }
  }

  /** The inputs whose last record is an error: codes, and URLs where there was no code. */
  failed(): string[] {
    const last = new Map<string, string>();
    for (const { code, url, status } of this.#records.values()) {
      const input = code || url;
      // To the end of the map: a code may have several URLs, and the last one counts.
      last.delete(input);
      last.set(input, status);
    }
    return [...last].filter(([, status]) => status === 'error').map(([input]) => input);
  }

  /** The first part of a file's record; the saver's thread adds bytes, sha256 and time. */
  saved(result: Source, file: string, httpStatus: number, validators: Validators): string {
    const { etag, lastModified } = validators;
    return `${head(result, file, 'ok', null, httpStatus)}${tags(etag, lastModified)}`;
  }

  /** The file is there, and the record said so. */
  remember(source: Source, file: string, bytes: number, validators: Validators): void {
    const { url, code } = source;
    this.#set({ url, code, file, status: 'ok', bytes, sha256: '', validators });
  }

  /** A record without a new file, and what it changes; the saver's thread adds the time. */
  note(result: Source & Partial<Noted>): string {
    const { url, code, status = 'error', reason, httpStatus } = result;
    const known = this.fileOf(url);
    const { file = null, bytes = null, sha256 = '', validators = {} } = known ?? {};
    this.#set({ url, code, file, status, bytes, sha256, validators });
    const { etag, lastModified } = validators;
    const start = head(result, file, status, reason ?? null, httpStatus ?? null);
    const hash = sha256 === '' ? 'null' : quote(sha256);
    return `${start}${tags(etag, lastModified)},"bytes":${bytes},"sha256":${hash}`;
  }

  #set(known: Known): void {
    const { url, file } = known;
    this.#records.delete(url);
    this.#records.set(url, known);
    if (file !== null) this.#sources.set(file.toLowerCase(), url);
  }
}

interface Source {
  readonly url: string;
  readonly code: string;
}

interface Noted {
  readonly status: ManifestRecord['status'];
  readonly reason: string;
  readonly httpStatus: number;
}

function head(
  { url, code }: Source,
  file: string | null,
  status: string,
  reason: string | null,
  httpStatus: number | null,
): string {
  const why = reason === null ? 'null' : quote(reason);
  const name = file === null ? 'null' : quote(file);
  return `{"url":${quote(url)},"code":${quote(code)},"file":${name},"status":"${status}","reason":${why},"http_status":${httpStatus}`;
}

function tags(etag: string | undefined, lastModified: string | undefined): string {
  const quoted = (value: string | undefined) => (value === undefined ? 'null' : quote(value));
  return `,"etag":${quoted(etag)},"last_modified":${quoted(lastModified)}`;
}

function quote(text: string): string {
  return JSON.stringify(text);
}

/**
 * The records of a folder, of each URL the last; none where there is no manifest. A line that is
 * broken, or no record, is left out.
 */
export async function readManifest(folder: string): Promise<ManifestRecord[]> {
  return (await load(folder)).records;
}

/** Reads the manifest and writes it anew if it holds more than it must. */
export async function openManifest(folder: string): Promise<Manifest> {
  const { records, lines } = await load(folder);
  if (lines > records.length) await write(folder, records);
  return new Manifest(records);
}

async function load(folder: string): Promise<{ records: ManifestRecord[]; lines: number }> {
  const path = join(folder, MANIFEST);
  const last = new Map<string, ManifestRecord>();
  const takers = new Map<string, string>();
  let lines = 0;
  // A link would lead out of the folder: the saver replaces it.
  const isThere = await lstat(path).then(
    (status) => status.isFile(),
    () => false,
  );
  if (!isThere) return { records: [], lines };
  for await (const some of readLines(createReadStream(path))) {
    for (const line of some) {
      lines++;
      const record = parse(line);
      if (!record) continue;
      const file = record.file?.toLowerCase();
      // A file has one record: what took its name took its place.
      const before = file === undefined ? undefined : takers.get(file);
      if (before !== undefined && before !== record.url) last.delete(before);
      if (file !== undefined) takers.set(file, record.url);
      last.delete(record.url);
      last.set(record.url, record);
    }
  }
  return { records: [...last.values()], lines };
}

const STATUSES = ['ok', 'unchanged', 'not_found', 'error'];

function parse(line: string): ManifestRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  const record = value as ManifestRecord | null;
  if (typeof record?.url !== 'string' || !STATUSES.includes(record.status)) return undefined;
  const { file, bytes, code } = record;
  const isFile = typeof file === 'string' && isPlainName(file) && Number.isSafeInteger(bytes);
  const text = (value: unknown) => (typeof value === 'string' ? value : null);
  return {
    url: record.url,
    code: typeof code === 'string' ? code : '',
    file: isFile ? file : null,
    status: record.status,
    reason: text(record.reason),
    http_status: typeof record.http_status === 'number' ? record.http_status : null,
    etag: isFile ? text(record.etag) : null,
    last_modified: isFile ? text(record.last_modified) : null,
    bytes: isFile ? bytes : null,
    sha256: isFile ? text(record.sha256) : null,
    time: text(record.time) ?? '',
  };
}

/** A name that we could have given: nobody else's record leads out of the folder. */
function isPlainName(file: string): boolean {
  return file !== '' && !/^\.|[/\\\0-\x1f]/.test(file);
}

async function write(folder: string, records: readonly ManifestRecord[]): Promise<void> {
  const temp = temporaryPath(folder);
  try {
    const file = await open(temp, 'wx');
    try {
      await file.writeFile(records.map((record) => `${JSON.stringify(record)}\n`).join(''));
      // What it replaces may be older than a power cut: this one must be whole before it does.
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temp, join(folder, MANIFEST));
  } catch (error) {
    await unlink(temp).catch(() => {});
    throw error;
  }
}
