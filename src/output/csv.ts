/** RFC 4180: a header, CRLF, quotes where they are needed. */

import type { DownloadResult, ProbeResult } from '../core/model.js';
import { type Formats, formatRecords, type OutputStyle, printable } from './format.js';

/** What becomes of a cell before it is quoted, and how that is undone. */
interface CellRule {
  guard(text: string): string;
  restore(cell: string): string;
}

const asItIs: CellRule = { guard: (text) => text, restore: (cell) => cell };

export const csv = csvWith(asItIs);

/** CSV whose cells are changed by a rule. */
export function csvWith({ guard, restore }: CellRule): Formats {
  const row = (fields: readonly Field[], { isTerminal }: OutputStyle) => {
    const cells = fields.map((field) => {
      const text = guard(String(field ?? ''));
      return quote(isTerminal ? printable(text) : text);
    });
    return `${cells.join(',')}\r\n`;
  };
  return {
    probe: (style) => ({
      head: `name,input,status,reason,rcode,records,resolver,transport,ms,wildcard${style.registration ? REGISTRATION : ''}\r\n`,
      line: (result) => row(probeFields(result, style), style),
      namesIn: (text) => firstFields(text)?.map(restore),
    }),
    download: (style) => ({
      head: 'code,url,status,reason,http_status,file,bytes,attempts,ms\r\n',
      line: (result) => row(downloadFields(result), style),
    }),
  };
}

/** The columns that come with `rdap`. */
const REGISTRATION = ',registration,registration_reason,registry_status,rdap_server';

type Field = string | number | undefined;

function probeFields(result: ProbeResult, style: OutputStyle): Field[] {
  const { name, input, status, ms } = result;
  const reason = 'reason' in result ? result.reason : undefined;
  const rcode = 'rcode' in result ? result.rcode : undefined;
  const records = 'records' in result ? formatRecords(result.records ?? []) : undefined;
  const wildcard = 'wildcard' in result ? String(result.wildcard) : undefined;
  const { resolver, transport }: { resolver?: string; transport?: string } =
    result.status === 'invalid' ? {} : result;
  const fields = [name, input, status, reason, rcode, records, resolver, transport, ms, wildcard];
  return style.registration ? [...fields, ...registrationFields(result)] : fields;
}

function registrationFields(result: ProbeResult): Field[] {
  const { registration, registrationReason, registryStatus, rdapServer } = result;
  return [registration ?? undefined, registrationReason, registryStatus?.join('; '), rdapServer];
}

function downloadFields(result: DownloadResult): Field[] {
  const { code, url, status, httpStatus, attempts, ms } = result;
  const reason = 'reason' in result ? result.reason : undefined;
  const { file, bytes } = 'file' in result ? result : { file: undefined, bytes: undefined };
  return [code, url, status, reason, httpStatus, file, bytes, attempts, ms];
}

function quote(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The first field of each row; a quoted field may hold line ends. */
function firstFields(text: string): string[] | undefined {
  const row = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(?:,(?:"(?:[^"]|"")*"|[^",\r\n]*))*\r\n/y;
  const fields: string[] = [];
  while (row.lastIndex < text.length) {
    const [, quoted, plain = ''] = row.exec(text) ?? [];
    if (row.lastIndex === 0) return undefined;
    fields.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
  }
  return fields;
}
