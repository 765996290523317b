/** For people: a mark and a name for probe, the original's words for download. */

import type { DownloadResult, ProbeResult } from '../core/model.js';
import { type Formats, formatRecords, type OutputStyle, printable } from './format.js';

export const text: Formats = {
  probe: (style) => ({ line: (result) => `${probeLine(result, style)}\n` }),
  download: (style) => ({ line: (result) => `${downloadLine(result, style)}\n` }),
};

function probeLine(result: ProbeResult, style: OutputStyle): string {
  const name = printable(result.name);
  switch (result.status) {
    case 'found':
      return (
        style.paint('green', `${result.wildcard ? '*' : '+'} ${name}`) + records(result, style)
      );
    case 'missing':
      return result.reason === 'nxdomain'
        ? `  ${name}`
        : style.paint('dim', `~ ${name}`) + records(result, style);
    case 'unknown':
      return style.paint('yellow', `? ${name}\t${result.reason}`);
    case 'invalid':
      return style.paint('red', `! ${name}\t${result.reason}`);
  }
}

function records(result: Extract<ProbeResult, { records: unknown }>, style: OutputStyle): string {
  return style.records && result.records.length > 0 ? `\t${formatRecords(result.records)}` : '';
}

function downloadLine(result: DownloadResult, style: OutputStyle): string {
  const name = printable(result.code || result.url);
  switch (result.status) {
    case 'ok':
      return style.paint('green', `${name} OK`);
    case 'unchanged':
      return style.paint('dim', `${name} unchanged`);
    case 'not_found':
      return style.paint('yellow', `${name} not found: ${printable(result.url)}`);
    case 'error':
      return style.paint('red', `${name} error: ${printable(result.message)}`);
  }
}
