/**
 * The formats in which lists of names circulate, one row of the table each. Pure: a line in, the
 * names on it out.
 */

import { parseAddress } from '../core/address.js';
import { csvRow } from '../core/csv-fields.js';
import { cleanDomain, cleanLine } from './clean-domain.js';

interface ListFormat {
  /** For help and messages. */
  readonly example: string;
  /** The names on a line; undefined if the line is not in this format. */
  read(line: string): readonly string[] | undefined;
  /**
   * Names without a dot too, where a line is none otherwise: only of a list that is known to be in this format.
   *
   * @param column which column of a table they are in
   */
  readWords?(line: string, column: number): readonly string[] | undefined;
}

/** A format whose lines a pattern recognises; its one group is the name, which has a dot. */
function pattern(example: string, regexp: RegExp): ListFormat {
  return {
    example,
    read(line) {
      const name = regexp.exec(line)?.[1];
      return name?.includes('.') ? [name] : undefined;
    },
  };
}

/** The types whose records make up zone files, and the output of programs that look names up. */
const RECORD_TYPES =
  'A|AAAA|CNAME|NS|MX|SOA|TXT|PTR|SRV|CAA|DNAME|DS|DNSKEY|RRSIG|NSEC|NSEC3|HTTPS|SVCB|TLSA|SSHFP|NAPTR';

const NAME = String.raw`([^\s/:,|^"'@()<>[\]]+)`;

const BULLET = /^(?:[-*+?~=\u2022]|\d{1,9}[.)])\s+["']?([^\s"',;]+)["']?(?:[\s,].*)?$/;

export const listFormats = {
  hosts: { example: '0.0.0.0 name', read: readHosts },
  adblock: { example: '||name^', read: readAdblock },
  dnsmasq: { example: 'address=/name/', read: readDnsmasq },
  unbound: pattern(
    'local-zone: "name" always_nxdomain',
    /^local-(?:zone|data):\s*"([^"\s]+?)\.?(?:\s[^"]*)?"/i,
  ),
  rpz: pattern('name CNAME .', /^(\S+)\s+(?:\d+\s+)?(?:IN\s+)?CNAME\s+\.\s*(?:;.*)?$/i),
  ranked: pattern('rank,name', new RegExp(`^"?\\d+"?[,;\\t]"?${NAME}"?(?:[,;\\t].*)?$`)),
  email: pattern('mailbox@name', new RegExp(`^<?[^\\s@]+@${NAME}>?$`)),
  defanged: { example: 'name[.]dev', read: readDefanged },
  hostport: pattern('name:443', new RegExp(`^${NAME}:\\d{1,5}$`)),
  hostpath: pattern('name/path', new RegExp(`^${NAME}(?::\\d{1,5})?/\\S*$`)),
  dotted: pattern('.name', /^\.([^\s.].*)$/),
  wildcard: pattern('*.name', /^\*\.([^\s*]+)$/),
  records: pattern(
    'name. 300 IN A 192.0.2.1',
    new RegExp(
      `^(\\S+)\\s+(?:\\d+\\s+)?(?:(?:IN|CH)\\s+)?(?:\\d+\\s+)?(?:${RECORD_TYPES})\\s+\\S`,
      'i',
    ),
  ),
  json: { example: '{"name":"..."}', read: readJson, readWords: readJsonWord },
  url: pattern(
    'https://name [...]',
    new RegExp(`^https?://${NAME}(?::\\d{1,5})?(?:[/?#]\\S*)?\\s+\\S`, 'i'),
  ),
  annotated: pattern('name [...]', new RegExp(`^${NAME}\\s+[[(]`)),
  bullets: { ...pattern('- name', BULLET), readWords: readBulletWord },
  several: { example: 'name, name', read: readSeveral, readWords: readSeveralWords },
  csv: { example: 'name,...', read: readCsv, readWords: readCsvWord },
  marked: { example: '+ name', read: readMarked },
} as const satisfies Record<string, ListFormat>;

export type ListFormatName = keyof typeof listFormats;

export const listFormatNames = Object.keys(listFormats) as ListFormatName[];

/** The formats that a single line tells. */
const lineFormatNames = listFormatNames.filter((name) => name !== 'marked');

/** Lines without a name in lists that are not plain, beside the comments of {@link cleanLine}. */
const COMMENT = /^(?:!|;|\/\/|\[Adblock|\$(?:ORIGIN|TTL)\s|[[\]]$)/i;
/** The head of a column with names. */
const HEAD = '(?:domain|host|hostname|name|fqdn|url|(?:key)?word|label|term)s?';
const NAME_HEAD = new RegExp(`(?:^|[^a-z])${HEAD}(?![a-z])`, 'i');
/** The heads of columns, and the line that tells a spreadsheet what parts them. */
const HEADS = new RegExp(
  `^(?:sep=.|(?=[^.]*[,;\\t])(?:[^.]*[^a-z.])?${HEAD}(?:[^a-z.][^.]*)?)$`,
  'i',
);

/** Lines that are looked at. */
const SAMPLE = 100;
/** A longer line holds no name in any format but JSON. */
const MAX_LINE = 2000;

/**
 * The formats that the first lines of a list are in; none if most are plain names, or make no sense
 * in any format. Undefined while there are only comments and heads of columns.
 */
export function detectFormats(lines: readonly string[]): readonly ListFormatName[] | undefined {
  if (areMarked(lines)) return ['marked'];
  const contents = lines.map((line) => contentOf(line)).filter((line) => line !== undefined);
  if (contents.length === 0) return undefined;
  const sample = contents.slice(0, SAMPLE);
  const counts = new Map<ListFormatName, number>();
  let recognised = 0;
  for (const line of sample) {
    const isPlain = !/^\*|\s/.test(line) && 'name' in cleanDomain(line);
    const format = isPlain ? undefined : lineFormatNames.find((name) => reads(name, line));
    if (format === undefined) continue;
    recognised++;
    counts.set(format, (counts.get(format) ?? 0) + 1);
  }
  return recognised * 2 > sample.length ? listFormatNames.filter((name) => counts.has(name)) : [];
}

function reads(name: ListFormatName, line: string): boolean {
  return !isTooLong(line) && (listFormats[name].read(line)?.length ?? 0) > 0;
}

function isTooLong(line: string): boolean {
  return line.length > MAX_LINE && !isJson(line);
}

function isJson(line: string): boolean {
  return line.startsWith('{');
}

/** Whether a line says more than which sign parts the columns of a table. */
export function isContent(line: string): boolean {
  return cleanLine(line) !== undefined && !/^sep=.$/i.test(line.trim());
}

/** Whether a line has heads of columns, one of them that of a column with names. */
export function isHeads(line: string): boolean {
  return line.length <= MAX_LINE && HEADS.test(line.trim());
}

export function isNameHead(field: string): boolean {
  return NAME_HEAD.test(field);
}

/** How a list is read whose formats are certain, so that what they have may be a word too. */
interface WordPlace {
  /** Whether it is the first line: another is no head of columns. */
  readonly isTop: boolean;
  /** Of a table: the column with the words, and whether its first line has heads, known or not. */
  readonly column: number;
  readonly hasHeads?: boolean;
}

/**
 * The names on a line of a list in these formats: of the first that reads it; otherwise the line
 * itself, which may be a name. With no format the line is taken as it stands, comments off.
 *
 * @param words undefined where the formats are not certain
 */
export function namesOn(
  line: string,
  formats: readonly ListFormatName[],
  words?: WordPlace,
): readonly string[] {
  if (formats.length === 0) {
    const text = cleanLine(line);
    return text === undefined ? [] : [text];
  }
  if (words?.isTop && words.hasHeads && isContent(line)) return [];
  // Its marks may look like a comment, or be a space.
  const marked = formats.includes('marked') ? readMarked(line) : undefined;
  if (marked) return marked;
  const mayBeHead = !words || (words.isTop && !formats.includes('several'));
  const content = contentOf(line, mayBeHead);
  if (content === undefined) return [];
  if (isTooLong(content)) return [content];
  for (const format of formats) {
    const names = listFormats[format].read(content);
    if (names) return names;
  }
  return (words ? wordsOn(content, formats, words.column) : undefined) ?? [content];
}

function wordsOn(
  line: string,
  formats: readonly ListFormatName[],
  column: number,
): readonly string[] | undefined {
  for (const name of formats) {
    const format: ListFormat = listFormats[name];
    const words = format.readWords?.(line, column);
    if (words) return words;
  }
  return undefined;
}

/** What stands on a line; a `#` that is part of a rule is none of a comment. */
function contentOf(line: string, mayBeHead = true): string | undefined {
  if (line.length > MAX_LINE) return line;
  const text = line.trim();
  if (isJson(text)) return text;
  if (COMMENT.test(text) || (mayBeHead && HEADS.test(text))) return undefined;
  return /#[@?$%]?#/.test(text) ? text : cleanLine(text.replace(/\s;.*$/, ''));
}

/** An address and the names for it (hosts(5)); an address among the names is none, and may stand alone. */
function readHosts(line: string): readonly string[] | undefined {
  const [address = '', ...names] = line.split(/\s+/);
  if (!parseAddress(address.replace(/%.*$/, ''))) return undefined;
  return names.filter((name) => !parseAddress(name));
}

/** The rules that block a whole host; others, and those that hide parts of pages, name none. */
function readAdblock(line: string): readonly string[] | undefined {
  const host = /^(?:@@)?\|\|([^\s/^$|*:]+)(?:[\^/$|:]|$)/.exec(line)?.[1];
  if (host !== undefined) return [host];
  return /^(?:@@)?\||#[@?$%]?#/.test(line) ? [] : undefined;
}

/** `address=/name/192.0.2.1`, `server=/one/two/`: every name between the slashes. */
function readDnsmasq(line: string): readonly string[] | undefined {
  const names = /^(?:address|server|local|ipset|nftset|rebind-domain-ok)=\/(.+)\//i.exec(line)?.[1];
  return names?.split('/').filter((name) => name !== '' && name !== '#');
}

/** `hxxps://name[.]dev/path`, `name(dot)dev`: defanged, so that it is not followed by mistake. */
function readDefanged(line: string): readonly string[] | undefined {
  const text = line
    .replace(/^h(?:xx|tt|\*\*)p(s?)(?:\[:\]|:)(?:\/\/|\[\/\/\])/i, 'http$1://')
    .replace(/\s*(?:\[(?:\.|dot)\]|\((?:\.|dot)\)|\{(?:\.|dot)\}|\[\.|\.\])\s*/gi, '.');
  return text === line ? undefined : [text];
}

/** The fields that programs of the field put the name in. */
const JSON_KEYS = ['name', 'host', 'domain', 'hostname', 'fqdn', 'input', 'url'];

/** What `probe` writes as text: a mark, the name, and behind a tab what else is known of it. */
function readMarked(line: string): readonly string[] | undefined {
  const name = /^[ +*=~o?!#] (\S[^\t]*)(?:\t.*)?$/.exec(line)?.[1];
  return name === undefined ? undefined : [name.trimEnd()];
}

/** Whether every line is one of what `probe` writes as text, and not all could be names and comments as well. */
function areMarked(lines: readonly string[]): boolean {
  const sample = lines.filter((line) => line.trim() !== '').slice(0, SAMPLE);
  const isMarked = (line: string) =>
    line.length <= MAX_LINE && /^(?:[ +*=~o?#] [^\s.]+\.\S+(?:\t.*)?|! [^\t]+\t\S.*)$/.test(line);
  if (!sample.every(isMarked)) return false;
  if (sample.some((line) => /^[+=~o?]/.test(line))) return true;
  const areIndented = sample.every((line) => /^[ !] /.test(line));
  return areIndented && sample.length === SAMPLE;
}

/** One JSON object a line: the first field that holds a name; an address may stand in one before. */
function readJson(line: string): readonly string[] | undefined {
  const name = jsonTexts(line).find(isDottedName);
  return name === undefined ? undefined : [name];
}

function readJsonWord(line: string): readonly string[] | undefined {
  const word = jsonTexts(line).find(isName);
  return word === undefined ? undefined : [word];
}

/** What stands under the keys of names in the object of a line. */
function jsonTexts(line: string): readonly unknown[] {
  if (!isJson(line)) return [];
  try {
    const object: Readonly<Record<string, unknown>> = JSON.parse(line);
    return JSON_KEYS.map((key) => object[key]);
  } catch {
    return [];
  }
}

/** Names on one line, with or without commas, and maybe their addresses. */
function readSeveral(line: string): readonly string[] | undefined {
  const parts = partsOf(line);
  if (parts.length < 2) return undefined;
  const names = parts.filter((part) => !parseAddress(part));
  return names.length > 0 && names.every(isDottedName) ? names : undefined;
}

function readSeveralWords(line: string): readonly string[] | undefined {
  const words = partsOf(line);
  return words.length > 1 && words.every(isName) ? words : undefined;
}

function partsOf(line: string): readonly string[] {
  return line.split(/[\s,;]+/).filter((part) => part !== '');
}

function readBulletWord(line: string): readonly string[] | undefined {
  const word = BULLET.exec(line)?.[1];
  return isName(word) ? [word] : undefined;
}

/** A table: the first column that holds a name; also a name in quotes. */
function readCsv(line: string): readonly string[] | undefined {
  const name = csvRow(line).fields.find(isDottedName);
  return name === undefined || name === line ? undefined : [name];
}

/** One column: another may hold words about the name. */
function readCsvWord(line: string, column: number): readonly string[] | undefined {
  const word = csvRow(line).fields[column];
  return isName(word) ? [word] : undefined;
}

function isName(text: unknown): text is string {
  return typeof text === 'string' && 'name' in cleanDomain(text);
}

/** Whether a text is a name with a dot, and not a number with one. */
function isDottedName(text: unknown): text is string {
  if (typeof text !== 'string' || !text.includes('.') || /\.\d+\.?$/.test(text)) return false;
  return 'name' in cleanDomain(text);
}
