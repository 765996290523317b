/**
 * The formats in which lists of names circulate, one row of the table each. Pure: a line in, the
 * names on it out.
 */

import { parseAddress } from '../core/address.js';
import { cleanDomain, cleanLine } from './clean-domain.js';

interface ListFormat {
  /** For help and messages. */
  readonly example: string;
  /** The names on a line; undefined if the line is not in this format. */
  read(line: string): readonly string[] | undefined;
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

const NAME = String.raw`([^\s/:,|^"'@()<>[\]]+)`;

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
} as const satisfies Record<string, ListFormat>;

export type ListFormatName = keyof typeof listFormats;

export const listFormatNames = Object.keys(listFormats) as ListFormatName[];

/** Comments of lists that are not plain, beside those of {@link cleanLine}. */
const COMMENT = /^(?:!|;|\/\/|\[Adblock)/i;

/** Lines that are looked at. */
const SAMPLE = 100;
/** A longer line holds no name in any format. */
const MAX_LINE = 2000;

/**
 * The formats that the first lines of a list are in; none if most are plain names, or make no sense
 * in any format.
 */
export function detectFormats(lines: readonly string[]): readonly ListFormatName[] {
  const contents = lines.map(contentOf).filter((line) => line !== undefined);
  const sample = contents.slice(0, SAMPLE);
  const counts = new Map<ListFormatName, number>();
  let recognised = 0;
  for (const line of sample) {
    const isPlain = !line.startsWith('*') && 'name' in cleanDomain(line);
    const format = isPlain ? undefined : listFormatNames.find((name) => reads(name, line));
    if (format === undefined) continue;
    recognised++;
    counts.set(format, (counts.get(format) ?? 0) + 1);
  }
  return recognised * 2 > sample.length ? listFormatNames.filter((name) => counts.has(name)) : [];
}

function reads(name: ListFormatName, line: string): boolean {
  return line.length <= MAX_LINE && (listFormats[name].read(line)?.length ?? 0) > 0;
}

/**
 * The names on a line of a list in these formats: of the first that reads it; otherwise the line
 * itself, which may be a name. With no format the line is taken as it stands, comments off.
 */
export function namesOn(line: string, formats: readonly ListFormatName[]): readonly string[] {
  if (formats.length === 0) {
    const text = cleanLine(line);
    return text === undefined ? [] : [text];
  }
  const content = contentOf(line);
  if (content === undefined) return [];
  if (content.length > MAX_LINE) return [content];
  for (const format of formats) {
    const names = listFormats[format].read(content);
    if (names) return names;
  }
  return [content];
}

/** What stands on a line; a `#` that is part of a rule is none of a comment. */
function contentOf(line: string): string | undefined {
  if (line.length > MAX_LINE) return line;
  const text = line.trim();
  if (COMMENT.test(text)) return undefined;
  return /#[@?$%]?#/.test(text) ? text : cleanLine(text.replace(/\s;.*$/, ''));
}

/** An address and the names for it (hosts(5)); an address among the names is none. */
function readHosts(line: string): readonly string[] | undefined {
  const [address = '', ...names] = line.split(/\s+/);
  if (names.length === 0 || !parseAddress(address.replace(/%.*$/, ''))) return undefined;
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
