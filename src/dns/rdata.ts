/** The data of a record in presentation form, as `kdig` and zone files write it. */

import { formatAddress } from '../core/address.js';
import { Malformed, readName, skipName } from './name.js';
import { TYPE } from './types.js';

/** The bytes [at, end) of one record's data inside the message that begins at `base`. */
interface Rdata {
  readonly bytes: Uint8Array;
  readonly base: number;
  readonly end: number;
  at: number;
}

/**
 * Formats the data in [start, end). Throws {@link Malformed} where it is not what its type wants; a
 * type unknown here comes as RFC 3597 text, `\# 2 ABCD`.
 */
export function formatRdata(
  type: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  base: number,
): string {
  const data: Rdata = { bytes, base, end, at: start };
  const format = formats[type];
  if (!format) return generic(data);
  const text = format(data);
  if (data.at !== end) throw new Malformed('data');
  return text;
}

const formats: Readonly<Record<number, (data: Rdata) => string>> = {
  [TYPE.A]: (data) => address(data, 4),
  [TYPE.AAAA]: (data) => address(data, 16),
  [TYPE.NS]: name,
  [TYPE.CNAME]: name,
  [TYPE.PTR]: name,
  [TYPE.MX]: (data) => `${uint16(data)} ${name(data)}`,
  [TYPE.SOA]: (data) =>
    [name(data), name(data), ...Array.from({ length: 5 }, () => uint32(data))].join(' '),
  [TYPE.TXT]: (data) => {
    const strings = [text(data)];
    while (data.at < data.end) strings.push(text(data));
    return strings.join(' ');
  },
  [TYPE.SRV]: (data) => `${uint16(data)} ${uint16(data)} ${uint16(data)} ${name(data)}`,
  [TYPE.CAA]: (data) => {
    const flags = uint8(data);
    const tag = latin1(take(data, uint8(data)));
    if (!/^[a-z0-9]+$/i.test(tag)) throw new Malformed('tag');
    return `${flags} ${tag} ${quoted(take(data, data.end - data.at))}`;
  },
  [TYPE.DS]: (data) =>
    `${uint16(data)} ${uint8(data)} ${uint8(data)} ${hex(take(data, data.end - data.at))}`,
  [TYPE.DNSKEY]: (data) =>
    `${uint16(data)} ${uint8(data)} ${uint8(data)} ${base64(take(data, data.end - data.at))}`,
  [TYPE.SVCB]: service,
  [TYPE.HTTPS]: service,
};

function uint8(data: Rdata): number {
  if (data.at >= data.end) throw new Malformed('data');
  return data.bytes[data.at++] as number;
}

function uint16(data: Rdata): number {
  return uint8(data) * 256 + uint8(data);
}

function uint32(data: Rdata): number {
  return uint16(data) * 65_536 + uint16(data);
}

function take(data: Rdata, length: number): Uint8Array {
  const from = data.at;
  data.at += length;
  if (data.at > data.end) throw new Malformed('data');
  return data.bytes.subarray(from, data.at);
}

function address(data: Rdata, length: 4 | 16): string {
  const from = data.at;
  data.at += length;
  if (data.at > data.end) throw new Malformed('address');
  return formatAddress(data.bytes, from, length);
}

function name(data: Rdata): string {
  const from = data.at;
  data.at = skipName(data.bytes, from, data.end);
  if (data.at > data.end) throw new Malformed('name');
  return `${readName(data.bytes, from, data.base, data.end)}.`;
}

function text(data: Rdata): string {
  return quoted(take(data, uint8(data)));
}

function quoted(bytes: Uint8Array): string {
  return `"${escaped(bytes, '"\\')}"`;
}

function escaped(bytes: Iterable<number>, special: string): string {
  let escaped = '';
  for (const code of bytes) {
    const char = String.fromCharCode(code);
    if (code < 32 || code > 126) escaped += `\\${String(code).padStart(3, '0')}`;
    else escaped += special.includes(char) ? `\\${char}` : char;
  }
  return escaped;
}

function generic(data: Rdata): string {
  const bytes = take(data, data.end - data.at);
  return bytes.length === 0 ? '\\# 0' : `\\# ${bytes.length} ${hex(bytes)}`;
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex').toUpperCase();
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

const parameterNames = [
  'mandatory',
  'alpn',
  'no-default-alpn',
  'port',
  'ipv4hint',
  'ech',
  'ipv6hint',
];

/** SVCB and HTTPS (RFC 9460, 2.1). */
function service(data: Rdata): string {
  const parts = [String(uint16(data)), name(data)];
  let last = -1;
  while (data.at < data.end) {
    const key = uint16(data);
    const length = uint16(data);
    // The keys come in strictly rising order (2.2).
    if (key <= last) throw new Malformed('parameter');
    last = key;
    const value: Rdata = { ...data, end: data.at + length };
    take(data, length);
    const written = parameterValue(key, value);
    if (value.at !== value.end) throw new Malformed('parameter');
    parts.push(`${parameterName(key)}${written === undefined ? '' : `=${written}`}`);
  }
  return parts.join(' ');
}

/**
 * An item of a list: its commas and backslashes are escaped for the list, and that again for the
 * text (RFC 9460, A.1). One with a space is in quotes, as kdig has it.
 */
function protocol(bytes: Uint8Array): string {
  let text = '';
  for (const code of bytes) {
    if (code === 0x2c) text += '\\\\,';
    else if (code === 0x5c) text += '\\\\\\\\';
    else text += escaped([code], '"');
  }
  return text.includes(' ') ? `"${text}"` : text;
}

function parameterName(key: number): string {
  return parameterNames[key] ?? `key${key}`;
}

function parameterValue(key: number, value: Rdata): string | undefined {
  const all = <V>(read: (data: Rdata) => V): string => {
    const values: V[] = [];
    while (value.at < value.end) values.push(read(value));
    if (values.length === 0) throw new Malformed('parameter');
    return values.join(',');
  };
  switch (parameterNames[key]) {
    case 'mandatory':
      return all((data) => parameterName(uint16(data)));
    case 'alpn':
      return all((data) => protocol(take(data, uint8(data))));
    case 'no-default-alpn':
      return undefined;
    case 'port':
      return String(uint16(value));
    case 'ipv4hint':
      return all((data) => address(data, 4));
    case 'ipv6hint':
      return all((data) => address(data, 16));
    case 'ech':
      return base64(take(value, value.end - value.at));
    default:
      return value.at === value.end ? undefined : quoted(take(value, value.end - value.at));
  }
}
