/** For people: a mark and a name for probe, the original's words for download. */

import type { DownloadResult, ProbeResult } from '../core/model.js';
import { type Formats, formatRecords, type Look, printable } from './format.js';

export const text: Formats = {
  probe: (look) => ({ line: (result) => `${probeLine(result, look)}\n` }),
  download: (look) => ({ line: (result) => `${downloadLine(result, look)}\n` }),
};

function probeLine(result: ProbeResult, look: Look): string {
  const name = printable(result.name);
  switch (result.status) {
    case 'found':
      return look.paint('green', `${result.wildcard ? '*' : '+'} ${name}`) + records(result, look);
    case 'missing':
      return result.reason === 'nxdomain'
        ? `  ${name}`
        : look.paint('dim', `~ ${name}`) + records(result, look);
    case 'unknown':
      return look.paint('yellow', `? ${name}\t${result.reason}`);
    case 'invalid':
      return look.paint('red', `! ${name}\t${result.reason}`);
  }
}

function records(result: Extract<ProbeResult, { records: unknown }>, look: Look): string {
  return look.records && result.records.length > 0 ? `\t${formatRecords(result.records)}` : '';
}

function downloadLine(result: DownloadResult, look: Look): string {
  const name = printable(result.code || result.url);
  switch (result.status) {
    case 'ok':
      return look.paint('green', `${name} OK`);
    case 'unchanged':
      return look.paint('dim', `${name} unchanged`);
    case 'not_found':
      return look.paint('yellow', `${name} not found: ${printable(result.url)}`);
    case 'error':
      return look.paint('red', `${name} error: ${printable(result.message)}`);
  }
}
