/** For people: a mark and a name for probe, the original's words for download. */

import type { DownloadResult, ProbeResult, Registration, Saved } from '../core/model.js';
import { formatExtendedError } from '../dns/extended-error.js';
import {
  type Formats,
  firstColumn,
  formatRecords,
  type OutputStyle,
  printable,
  typedForm,
  wholeLines,
} from './format.js';

export const text: Formats = {
  probe: (style) => ({
    line: (result) => `${probeLine(result, style)}\n`,
    namesIn: (text) => wholeLines(text)?.map((line) => firstColumn(line.slice(MARK_LENGTH))),
  }),
  download: (style) => ({ line: (result) => `${downloadLine(result, style)}\n` }),
};

/** A mark and a space stand before each name. */
const MARK_LENGTH = 2;

function probeLine(result: ProbeResult, style: OutputStyle): string {
  const name = printable(result.name) + typed(result, style);
  switch (result.status) {
    case 'found':
      return (
        style.paint('green', `${result.wildcard === true ? '*' : '+'} ${name}`) +
        records(result, style) +
        // What a wildcard answers for is registered by the word of its registry.
        (result.wildcard === true ? registrationWord(result) : unlessRegistered(result))
      );
    case 'missing':
      return isAbsent(result)
        ? absentLine(name, result, style) + errors(result, style)
        : style.paint('dim', `~ ${name}`) + records(result, style) + unlessRegistered(result);
    case 'unknown':
      return (
        style.paint('yellow', `? ${name}\t${result.reason}`) +
        records(result, style) +
        registrationWord(result)
      );
    case 'invalid':
      return style.paint('red', `! ${name}\t${result.reason}`);
  }
}

function typed(result: ProbeResult, { isTerminal, records }: OutputStyle): string {
  const form = isTerminal || records ? typedForm(result) : undefined;
  return form === undefined ? '' : `\t(${form})`;
}

/** The records, and what the resolver said about them. */
function records(result: Exclude<ProbeResult, { status: 'invalid' }>, style: OutputStyle): string {
  const { records = [] } = result;
  const shown = style.records && records.length > 0 ? `\t${formatRecords(records)}` : '';
  return shown + errors(result, style);
}

function errors({ extendedErrors }: ProbeResult, style: OutputStyle): string {
  if (!style.records || !extendedErrors) return '';
  return `\t${printable(extendedErrors.map(formatExtendedError).join('; '))}`;
}

/** Whether the DNS has no such name, or only a wildcard's that does not count. */
function isAbsent({ reason, registration }: Extract<ProbeResult, { status: 'missing' }>): boolean {
  return reason === 'nxdomain' || (reason === 'wildcard' && registration !== undefined);
}

/** A name that is not in the DNS: with `rdap` its mark says whether it is registered. */
function absentLine(name: string, result: Partial<Registration>, style: OutputStyle): string {
  const { registration, registrationReason, registryStatus = [] } = result;
  const statuses = style.records ? printable(registryStatus.join('; ')) : '';
  const evidence = statuses === '' ? '' : `\t${statuses}`;
  switch (registration) {
    case 'registered':
      return style.paint('yellow', `= ${name}`) + evidence;
    case 'reserved':
      return style.paint('yellow', `# ${name}`) + evidence;
    case 'unregistered':
      return style.paint('green', `o ${name}`);
    default:
      return registrationReason === undefined ? `  ${name}` : `  ${name}\t${registrationReason}`;
  }
}

/** What a name in the DNS is followed by, where that does not prove its registration. */
function unlessRegistered(result: Partial<Registration>): string {
  return result.registration === 'registered' ? '' : registrationWord(result);
}

function registrationWord({ registration, registrationReason }: Partial<Registration>): string {
  const word = registrationReason ?? registration;
  return word === undefined || word === null ? '' : `\t${word}`;
}

function downloadLine(result: DownloadResult, style: OutputStyle): string {
  const name = printable(result.code || result.url);
  switch (result.status) {
    case 'ok':
      return style.paint('green', `${name} OK${fileOf(result)}`);
    case 'unchanged':
      return style.paint('dim', `${name} unchanged${fileOf(result)}`);
    case 'not_found':
      return style.paint('yellow', `${name} not found: ${printable(result.url)}`);
    case 'error':
      return style.paint('red', `${name} error: ${printable(result.message)}`);
  }
}

/** The file of a URL, which may have a number in its name; a country's is called as it was asked for. */
function fileOf({ code, file }: Saved): string {
  return code === '' ? ` ${printable(file)}` : '';
}
