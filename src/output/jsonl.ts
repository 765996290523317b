/**
 * One JSON object a line, the same keys on every line; what does not apply is null. Written by
 * hand: for a million names JSON.stringify of whole objects costs a second more.
 */

import type { DnsRecord, DownloadResult, ExtendedError, ProbeResult } from '../core/model.js';
import { extendedErrorName } from '../dns/extended-error.js';
import { type Formats, wholeLines } from './format.js';

export const jsonl: Formats = {
  probe: () => ({ line: probeLine, namesIn }),
  download: () => ({ line: downloadLine }),
};

function probeLine(result: ProbeResult): string {
  const { name, input, status, ms, types } = result;
  // Most texts of a line are the name again: it is looked through once.
  const quoted = quote(name);
  let line = `{"name":${quoted},"input":${input === name ? quoted : quote(input)}`;
  line += `,"status":"${status}","reason":${'reason' in result ? `"${result.reason}"` : 'null'}`;
  if (result.status === 'invalid') {
    line += ',"rcode":null,"records":[],"resolver":null,"transport":null';
  } else {
    const { rcode, resolver, transport } = result;
    const { records = [] } = result;
    line += `,"rcode":${rcode === undefined ? 'null' : `"${rcode}"`}`;
    line += `,"records":[${records.map((each) => record(each, name, quoted)).join(',')}]`;
    line += `,"resolver":${resolver === undefined ? 'null' : quoteResolver(resolver)}`;
    line += `,"transport":${transport === undefined ? 'null' : `"${transport}"`}`;
  }
  line += `,"ms":${ms}`;
  if (result.registration !== undefined) line += registrationKeys(result);
  if (types) line += `,"types":${JSON.stringify(types)}`;
  if ('wildcard' in result) line += `,"wildcard":${JSON.stringify(result.wildcard)}`;
  if (result.extendedErrors)
    line += `,"ede":[${result.extendedErrors.map(extendedError).join(',')}]`;
  return `${line}}\n`;
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

function record(each: DnsRecord, name: string, quotedName: string): string {
  const owner = each.name === name ? quotedName : quote(each.name);
  return `{"name":${owner},"type":"${each.type}","ttl":${each.ttl},"data":${quote(each.data)}}`;
}

let lastResolver = '';
let lastQuoted = '""';

/** A run has few resolvers, and often one. */
function quoteResolver(resolver: string): string {
  if (resolver !== lastResolver) {
    lastResolver = resolver;
    lastQuoted = quote(resolver);
  }
  return lastQuoted;
}

function downloadLine(result: DownloadResult): string {
  const { code, url, status, httpStatus = null, attempts, ms } = result;
  const reason = 'reason' in result ? result.reason : null;
  const { file, bytes } = 'file' in result ? result : { file: null, bytes: null };
  const keys = { code, url, status, reason, http_status: httpStatus, file, bytes, attempts, ms };
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
