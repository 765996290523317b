/**
 * One JSON object a line, the same keys on every line; what does not apply is null. Written by
 * hand: for a million names JSON.stringify of whole objects costs a second more.
 */

import type { DnsRecord, DownloadResult, ExtendedError, ProbeResult } from '../core/model.js';
import { extendedErrorName } from '../dns/extended-error.js';
import { type Formats, wholeLines } from './format.js';
import { isDangling } from './sub-status.js';

export const jsonl: Formats = {
  probe: () => ({ line: probeLine, namesIn }),
  download: () => ({ line: downloadLine }),
};

function probeLine(result: ProbeResult): string {
  const { name, input, ms, types } = result;
  // Most texts of a line are the name again: it is looked through once.
  const quoted = quote(name);
  const records = 'records' in result ? recordsOf(result.records, name, quoted) : '';
  let line = `{"name":${quoted},"input":${input === name ? quoted : quote(input)}`;
  line += `${verdictOf(result)}${records}${sourceOf(result)}${ms}`;
  if (result.registration !== undefined) line += registrationKeys(result);
  if (types) line += `,"types":${JSON.stringify(types)}`;
  if ('wildcard' in result) line += `,"wildcard":${JSON.stringify(result.wildcard)}`;
  if (isDangling(result)) line += ',"dangling":true';
  if (result.extendedErrors)
    line += `,"ede":[${result.extendedErrors.map(extendedError).join(',')}]`;
  return `${line}}\n`;
}

interface LastText {
  /** What it is the text of. */
  readonly of: readonly (string | undefined)[];
  readonly text: string;
}

/** The latest verdict of each status: mostly the next one is the same. */
const lastVerdicts = new Map<string, LastText>();
/** The same for each resolver. */
const lastSources = new Map<string | undefined, LastText>();
const MAX_SOURCES = 4096;

/** From `status` up to `records`. */
function verdictOf(result: ProbeResult): string {
  const { status } = result;
  const reason = 'reason' in result ? result.reason : undefined;
  const rcode = 'rcode' in result ? result.rcode : undefined;
  const last = lastVerdicts.get(status);
  if (last && last.of[0] === reason && last.of[1] === rcode) return last.text;
  const text = `,"status":"${status}","reason":${orNull(reason)},"rcode":${orNull(rcode)},"records":[`;
  lastVerdicts.set(status, { of: [reason, rcode], text });
  return text;
}

/** From the end of `records` up to `ms`. */
function sourceOf(result: ProbeResult): string {
  const resolver = 'resolver' in result ? result.resolver : undefined;
  const transport = 'transport' in result ? result.transport : undefined;
  const last = lastSources.get(resolver);
  if (last && last.of[0] === transport) return last.text;
  if (lastSources.size >= MAX_SOURCES) lastSources.clear();
  const text = `],"resolver":${resolver === undefined ? 'null' : quote(resolver)},"transport":${orNull(transport)},"ms":`;
  lastSources.set(resolver, { of: [transport], text });
  return text;
}

/** Of texts that need no escapes. */
function orNull(text: string | undefined): string {
  return text === undefined ? 'null' : `"${text}"`;
}

function extendedError({ code, text }: ExtendedError): string {
  const name = extendedErrorName(code);
  const quotedName = name === undefined ? 'null' : `"${name}"`;
  return `{"code":${code},"name":${quotedName},"text":${quote(text)}}`;
}

/** The keys that come with `rdap`. */
function registrationKeys(result: ProbeResult): string {
  const {
    registration,
    registrationReason = null,
    registryStatus = [],
    rdapServer = null,
  } = result;
  const keys = {
    registration,
    registration_reason: registrationReason,
    registry_status: registryStatus,
    rdap_server: rdapServer,
  };
  return `,${escapeRest(JSON.stringify(keys).slice(1, -1))}`;
}

function recordsOf(
  records: readonly DnsRecord[] | undefined,
  name: string,
  quotedName: string,
): string {
  if (records === undefined) return '';
  let text = '';
  for (const each of records) {
    const owner = each.name === name ? quotedName : quote(each.name);
    if (text !== '') text += ',';
    text += `{"name":${owner},"type":"${each.type}","ttl":${each.ttl},"data":${quote(each.data)}}`;
  }
  return text;
}

function downloadLine(result: DownloadResult): string {
  const { code, url, status, httpStatus = null, attempts, ms } = result;
  const reason = 'reason' in result ? result.reason : null;
  const { file, bytes } = 'file' in result ? result : { file: null, bytes: null };
  const keys = {
    ...{ code, url, status, reason, http_status: httpStatus, file, bytes, attempts, ms },
    ...(status === 'error' && { message: result.message }),
    ...(result.name !== undefined && { name: result.name }),
  };
  return `${escapeRest(JSON.stringify(keys))}\n`;
}

const NEEDS_ESCAPE = /["\\\0-\x1f\x7f-\x9f\ud800-\udfff]/;

function quote(text: string): string {
  return NEEDS_ESCAPE.test(text) ? escapeRest(JSON.stringify(text)) : `"${text}"`;
}

/** DEL and the C1 controls are legal in JSON, and commands to some terminals. */
function escapeRest(json: string): string {
  return json.replace(
    /[\x7f-\x9f]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function namesIn(text: string): string[] | undefined {
  try {
    return wholeLines(text)?.map((line) => String((JSON.parse(line) as { name: unknown }).name));
  } catch {
    return undefined;
  }
}
