/** One line of a manifest: how it is written, and what is believed of one that is read. */

import type { DownloadResult } from '../core/model.js';
import type { Naming } from '../flags/codes.js';
import type { Validators } from '../http/validators.js';
import {
  type AskerFields,
  type Askers,
  askersOf,
  DIRECT,
  formatAskers,
  isListName,
} from './askers.js';
import { claimedPart, isSafeName, namePartsOf, splitName } from './file-name.js';

/** One line of the manifest. The last one of a URL counts, or of a URL and the name that a list gave. */
export interface ManifestRecord extends AskerFields {
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
  /** Of an error: where a code was asked for, as texts of `--server`, without user and password. */
  readonly servers?: readonly string[];
  /** The name that a list gave to a URL's file; of a code, the kind of `--name`, unless it is `CC`. */
  readonly name?: string;
  /** What a URL's file was to be called, where the name was taken. */
  readonly as?: string;
  /** A code was asked for in another place or under another name than those in which it had failed. */
  readonly instead?: true;
}

export const STATUSES = ['ok', 'unchanged', 'not_found', 'error'] as const;

/** The kind of `--name` that no record tells. */
export const USUAL_NAMING: Naming = 'CC';

/** Characters of the longest text in a record. */
const MAX_TEXT = 16_384;

/** A line that says who asks for something since its record was written: it has no status. */
export interface AskersLine {
  /** The file that it is about; null for what never came. */
  readonly file: string | null;
  /** What it is about, where that is one input alone. */
  readonly source: RecordSource | undefined;
  readonly askers: Askers;
}

/** The record in a line, or what it says of one; undefined for any other line. */
export function parseLine(line: string): ManifestRecord | AskersLine | undefined {
  const fields = fieldsOf(line);
  return fields && (recordIn(fields) ?? askersIn(fields));
}

/** The record in a line; undefined if it is none. */
export function parseRecord(line: string): ManifestRecord | undefined {
  const fields = fieldsOf(line);
  return fields && recordIn(fields);
}

type Fields = { readonly [K in keyof ManifestRecord]?: unknown };

/**
 * Anything may have written a line: what has not the shape of our own is left out, control characters and names that
 * lead out of the folder above all.
 */
function fieldsOf(line: string): Fields | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  return typeof value === 'object' && value !== null ? value : undefined;
}

function recordIn(fields: Fields): ManifestRecord | undefined {
  const status = STATUSES.find((known) => known === fields.status);
  const url = textIn(fields.url);
  if (!status || url === null || url === '') return undefined;
  const { file, etag, last_modified, bytes, sha256 } = fileIn(fields);
  const code = textIn(fields.code) ?? '';
  return {
    url,
    code,
    file,
    status,
    reason: textIn(fields.reason),
    http_status: isWhole(fields.http_status, 999) ? fields.http_status : null,
    etag,
    last_modified,
    bytes,
    sha256,
    time: textIn(fields.time) ?? '',
    ...requestIn(fields, code),
  };
}

function askersIn(fields: Fields): AskersLine | undefined {
  const { list, ...others } = askerFieldsIn(fields);
  if (fields.status !== undefined || list === undefined) return undefined;
  const file = typeof fields.file === 'string' && isSafeName(fields.file) ? fields.file : null;
  const url = textIn(fields.url) ?? '';
  const code = textIn(fields.code) ?? '';
  const source = url === '' ? undefined : { url, code, name: requestIn(fields, code).name };
  if (file === null && !source) return undefined;
  return { file, source, askers: askersOf({ list, ...others }) };
}

/**
 * What the records of a manifest are known by: a URL that a list gives two names brings two files, and so does a
 * code under two kinds of name. A name that the file would have anyway is as good as none.
 */
export function recordKey({ url, code, name }: RecordSource): string {
  if (name === undefined) return url;
  if (code !== '') return `${url}\t${name}`;
  if (!URL.canParse(url)) return url;
  const wanted = wantedPart(name);
  const usual = claimedPart(namePartsOf(new URL(url))).toLowerCase();
  return wanted === usual ? url : `${url}\t${wanted}`;
}

/** What a name given in a list claims, whatever image comes of it. */
export function wantedPart(name: string): string {
  return claimedPart(splitName(name)).toLowerCase();
}

/** What a record says about how it was asked for; other versions do not write it. */
function requestIn(
  { servers, name, as, instead, ...fields }: Fields,
  code: string,
): Pick<ManifestRecord, 'servers' | 'name' | 'as' | 'instead'> & AskerFields {
  return {
    ...(areTexts(servers) ? { servers } : {}),
    // Other versions write the usual kind of name too.
    ...(isName(name) && (code === '' || name !== USUAL_NAMING) ? { name } : {}),
    ...(isName(as) ? { as } : {}),
    ...askerFieldsIn(fields),
    ...(instead === true ? { instead: true as const } : {}),
  };
}

function askerFieldsIn({ list, lists, left, direct }: Fields): AskerFields {
  if (!areTexts([list]) || !isListName(list as string)) return {};
  return {
    list: list as string,
    ...(areTexts(lists) && lists.every(isListName) ? { lists } : {}),
    ...(areTexts(left) && left.every(isListName) ? { left } : {}),
    ...(direct === true ? { direct } : {}),
  };
}

function areTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((text) => textIn(text) !== null);
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && isSafeName(value);
}

/** What a record says about a file: all of it, or nothing. */
function fileIn(fields: Fields) {
  const { file, bytes, sha256, etag, last_modified } = fields;
  const isHash = sha256 === null || (typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256));
  if (typeof file !== 'string' || !isSafeName(file) || !isHash) return NO_FILE;
  if (!isWhole(bytes, Number.MAX_SAFE_INTEGER)) return NO_FILE;
  return { file, bytes, sha256, etag: textIn(etag), last_modified: textIn(last_modified) };
}

const NO_FILE = { file: null, bytes: null, sha256: null, etag: null, last_modified: null };

function textIn(value: unknown): string | null {
  const isText = typeof value === 'string' && value.length <= MAX_TEXT;
  return isText && !/[\0-\x1f\x7f-\x9f\u2028\u2029]/.test(value) ? value : null;
}

function isWhole(value: unknown, max: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= max;
}

export interface RecordSource {
  readonly url: string;
  readonly code: string;
  readonly servers?: readonly string[];
  readonly name?: string | undefined;
  readonly as?: string | undefined;
  /** Who asks for it; an argument or a pipe if it is left out. */
  readonly askers?: Askers | undefined;
  readonly instead?: boolean | undefined;
}

/** What a record says beside where it is from. */
export interface RecordOutcome {
  readonly file: string | null;
  readonly status: ManifestRecord['status'];
  readonly reason: string | null;
  readonly httpStatus: number | null;
  readonly validators: Validators;
}

/** The first part of such a line; the saver's thread adds `time`. */
export function formatAskersLine({ file, source, askers }: AskersLine): string {
  const { url, code, name } = source ?? {};
  return `${JSON.stringify({ url, code, name, file }).slice(0, -1)}${formatAskers(askers)}`;
}

/**
 * The first part of a record; the saver's thread adds `bytes`, `sha256` and `time`.
 *
 * @param source those who ask for it, and who did before
 */
export function formatRecord(source: RecordSource, outcome: RecordOutcome): string {
  const { url, code } = source;
  const { file, status, reason, httpStatus, validators } = outcome;
  const { etag, lastModified } = validators;
  // By hand: this runs for every file, and JSON.stringify of an object takes three times as long.
  return `{"url":${quote(url)},"code":${quote(code)},"file":${quote(file)},"status":"${status}","reason":${quote(reason)},"http_status":${httpStatus},"etag":${quote(etag)},"last_modified":${quote(lastModified)}${formatRequest(source)}`;
}

function formatRequest({ servers, name, as, askers = DIRECT, instead }: RecordSource): string {
  let text = '';
  if (servers) text += `,"servers":${JSON.stringify(servers)}`;
  if (name !== undefined) text += `,"name":${quote(name)}`;
  if (as !== undefined) text += `,"as":${quote(as)}`;
  text += formatAskers(askers);
  if (instead) text += ',"instead":true';
  return text;
}

function quote(text: string | null | undefined): string {
  return text === null || text === undefined ? 'null' : JSON.stringify(text);
}
