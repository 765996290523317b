/** The fields that the data of records is made of: each reads on from where the last one ended. */

import { formatAddress } from '../core/address.js';
import { Malformed, readName, skipName } from './name.js';
import { typeName } from './types.js';

/** The bytes [at, end) of one record's data inside the message that begins at `base`. */
export interface Rdata {
  readonly bytes: Uint8Array;
  readonly base: number;
  readonly end: number;
  at: number;
}

export function uint8(data: Rdata): number {
  if (data.at >= data.end) throw new Malformed('data');
  return data.bytes[data.at++] as number;
}

export function uint16(data: Rdata): number {
  return uint8(data) * 256 + uint8(data);
}

export function uint32(data: Rdata): number {
  return uint16(data) * 65_536 + uint16(data);
}

export function take(data: Rdata, length: number): Uint8Array {
  const from = data.at;
  data.at += length;
  if (data.at > data.end) throw new Malformed('data');
  return data.bytes.subarray(from, data.at);
}

export function address(data: Rdata, length: 4 | 16): string {
  const from = data.at;
  data.at += length;
  if (data.at > data.end) throw new Malformed('address');
  return formatAddress(data.bytes, from, length);
}

export function name(data: Rdata): string {
  const from = data.at;
  data.at = skipName(data.bytes, from, data.end);
  if (data.at > data.end) throw new Malformed('name');
  return `${readName(data.bytes, from, data.base, data.end)}.`;
}

/** A character string (RFC 1035, 3.3): its length in one byte, then itself. */
export function characterString(data: Rdata): string {
  return quoted(take(data, uint8(data)));
}

export function quoted(bytes: Uint8Array): string {
  return `"${escaped(bytes, '"\\')}"`;
}

/** Bytes as text: `\DDD` for what is not plain, a backslash before what is special. */
export function escaped(bytes: Iterable<number>, special: string): string {
  let escaped = '';
  for (const code of bytes) {
    const char = String.fromCharCode(code);
    if (code < 32 || code > 126) escaped += `\\${String(code).padStart(3, '0')}`;
    else escaped += special.includes(char) ? `\\${char}` : char;
  }
  return escaped;
}

/** The whole data as RFC 3597 (5) writes what has no form of its own: `\# 2 ABCD`. */
export function generic(data: Rdata): string {
  const bytes = take(data, data.end - data.at);
  return bytes.length === 0 ? '\\# 0' : `\\# ${bytes.length} ${hex(bytes)}`;
}

export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex').toUpperCase();
}

export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

/** What is left of the data. */
function remaining(data: Rdata): Uint8Array {
  return take(data, data.end - data.at);
}

/** Hexadecimal digits to the end; there must be some. */
export function hexToEnd(data: Rdata): string {
  return hex(nonEmpty(remaining(data)));
}

/** Base64 to the end; there must be some. */
export function base64ToEnd(data: Rdata): string {
  return base64(nonEmpty(remaining(data)));
}

/** All that is left as one quoted text (CAA, URI). */
export function textToEnd(data: Rdata): string {
  return quoted(remaining(data));
}

/** One character string or more. */
export function characterStrings(data: Rdata): string {
  const strings = [characterString(data)];
  while (data.at < data.end) strings.push(characterString(data));
  return strings.join(' ');
}

/** The number of a type, as its name. */
export function type(data: Rdata): string {
  return typeName(uint16(data));
}

/** The types that exist at a name (RFC 4034, 4.1.2). */
export function typeBitmap(data: Rdata): string {
  const types: string[] = [];
  let last = -1;
  while (data.at < data.end) {
    const window = uint8(data);
    const bits = take(data, uint8(data));
    if (window <= last || bits.length === 0 || bits.length > 32) throw new Malformed('bitmap');
    last = window;
    for (let i = 0; i < bits.length * 8; i++) {
      if (((bits[i >> 3] as number) & (0x80 >> (i & 7))) !== 0)
        types.push(typeName(window * 256 + i));
    }
  }
  return types.join(' ');
}

/** A point in time, `YYYYMMDDHHmmSS` in UTC (RFC 4034, 3.2). */
export function time(data: Rdata): string {
  const seconds = uint32(data);
  let day = Math.floor(seconds / 86_400);
  let year = 1970;
  while (day >= daysIn(year)) day -= daysIn(year++);
  let month = 0;
  while (day >= daysInMonth(month, year)) day -= daysInMonth(month++, year);
  const parts = [month + 1, day + 1, seconds / 3600, seconds / 60, seconds];
  const limits = [13, 32, 24, 60, 60];
  const digits = parts.map((part, i) => Math.floor(part) % (limits[i] as number));
  return year + digits.map((part) => String(part).padStart(2, '0')).join('');
}

const isLeapYear = (year: number) => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
const daysIn = (year: number) => (isLeapYear(year) ? 366 : 365);
const monthLengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const daysInMonth = (month: number, year: number) =>
  month === 1 && isLeapYear(year) ? 29 : (monthLengths[month] as number);

/** NSEC3's salt: hexadecimal, or `-` for none (RFC 5155, 3.3). */
export function salt(data: Rdata): string {
  return hex(take(data, uint8(data))) || '-';
}

const BASE32_HEX = '0123456789ABCDEFGHIJKLMNOPQRSTUV';

/** A hash in base32 with the extended hexadecimal alphabet, unpadded (RFC 4648, 7). */
export function base32Hash(data: Rdata): string {
  let encoded = '';
  let bits = 0;
  let buffered = 0;
  for (const byte of nonEmpty(take(data, uint8(data)))) {
    buffered = (buffered << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) encoded += BASE32_HEX[(buffered >> (bits - 5)) & 31];
    buffered &= (1 << bits) - 1;
  }
  return bits > 0 ? encoded + BASE32_HEX[(buffered << (5 - bits)) & 31] : encoded;
}

/** So many bytes in hexadecimal, in groups (`00-00-5E-00-53-2A`). */
export function hexGroups(length: number, group: number, separator: string) {
  return (data: Rdata): string => {
    const digits = hex(take(data, length));
    return (digits.match(new RegExp(`.{${2 * group}}`, 'g')) as string[]).join(separator);
  };
}

function nonEmpty(bytes: Uint8Array): Uint8Array {
  if (bytes.length === 0) throw new Malformed('data');
  return bytes;
}
