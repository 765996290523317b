/** Makes a reply out of the question it answers, in place. */

import { addressOf, exists, numberOf } from '../../shared/knot-zone.js';
import { ZONE } from './names.js';

const HEADER = 12;
/** Behind the labels of a name of the zone, a type and a class. */
const NAME = '\x0chost00000000\x05bench\x04test\0';
const FIRST_DIGIT = HEADER + 5;
const DIGITS = 8;
const TYPE_A = 1;
const TYPE_NS = 2;
/** Where the zone's own name is within the question of a name of the list. */
const ORIGIN_AT = HEADER + 13;
const TTL = Buffer.from([0, 0, 1, 44]);
/** An A record of the name of the question, but for its address. */
const ADDRESS = Buffer.concat([Buffer.from([0xc0, HEADER, 0, 1, 0, 1]), TTL, Buffer.from([0, 4])]);
/** The SOA record of the zone that a name is right below: it vouches that there is no more (RFC 2308). */
const SOA = Buffer.concat([
  Buffer.from([0xc0, ORIGIN_AT, 0, 6, 0, 1]),
  TTL,
  Buffer.from([0, 38, 2, 110, 115, 0xc0, ORIGIN_AT]),
  Buffer.from('\x0ahostmaster', 'latin1'),
  Buffer.from([0xc0, ORIGIN_AT]),
  Buffer.from([0, 0, 0, 1, 0, 0, 14, 16, 0, 0, 3, 132, 0, 1, 81, 128, 0, 0, 1, 44]),
]);

/** Where it points to that zone's name. */
const ORIGINS = [1, 16, 29];

/** An NS record of the name of the question, which is its own server. */
const SERVER = Buffer.concat([
  Buffer.from([0xc0, HEADER, 0, 2, 0, 1]),
  TTL,
  Buffer.from([0, 2, 0xc0, HEADER]),
]);

const RCODE = { NOERROR: 0, NXDOMAIN: 3, REFUSED: 5 };

/**
 * The number of the name that is asked for; -1 if it is not one of the list.
 * @param {Uint8Array} query
 * @param {number} start
 * @param {number} end
 */
export function readNumber(query, start, end) {
  if (end - start < HEADER + NAME.length + 4 || query[start + HEADER] !== 12) return -1;
  let number = 0;
  for (let at = start + FIRST_DIGIT; at < start + FIRST_DIGIT + DIGITS; at++) {
    const digit = /** @type {number} */ (query[at]) - 48;
    if (digit < 0 || digit > 9) return -1;
    number = number * 10 + digit;
  }
  return query[start + FIRST_DIGIT - 1] === 116 && query[start + ORIGIN_AT] === 5 ? number : -1;
}

/**
 * Turns the query at `start` into its reply and gives the reply's length. There must be room for
 * {@link LONGEST_REPLY} more.
 * @param {Uint8Array} bytes
 * @param {number} start
 * @param {number} number of its name, as {@link readNumber} gave it
 * @param {boolean} isRefused
 */
export function writeReply(bytes, start, number, isRefused) {
  const question = endOfQuestion(bytes, start);
  const type = /** @type {number} */ (bytes[question - 3]);
  const isThere = number >= 0 && exists(number, ZONE);
  // Beside the zone's own names only the root, whose name has one byte, and top-level domains exist.
  const isTld = type === TYPE_NS && isLastLabel(bytes, start);
  const isNoError = isThere || isTld || question === start + HEADER + 5;
  const rcode = isRefused ? RCODE.REFUSED : isNoError ? RCODE.NOERROR : RCODE.NXDOMAIN;
  const hasAddress = isThere && !isRefused && type === TYPE_A;
  const hasSoa = !isRefused && !hasAddress && (number >= 0 || !isNoError);
  bytes[start + 2] = 0x81;
  bytes[start + 3] = 0x80 | rcode;
  bytes.fill(0, start + 6, start + HEADER);
  if (hasSoa) {
    bytes[start + 9] = 1;
    bytes.set(SOA, question);
    const origin = HEADER + 1 + /** @type {number} */ (bytes[start + HEADER]);
    for (const at of ORIGINS) bytes[question + at] = origin;
    return question + SOA.length - start;
  }
  if (!hasAddress && (isRefused || !isTld)) return question - start;
  bytes[start + 7] = 1;
  if (isTld) {
    bytes.set(SERVER, question);
    return question + SERVER.length - start;
  }
  bytes.set(ADDRESS, question);
  const at = question + ADDRESS.length;
  bytes[at] = 10;
  bytes[at + 1] = (number >> 16) & 255;
  bytes[at + 2] = (number >> 8) & 255;
  bytes[at + 3] = number & 255;
  return at + 4 - start;
}

/** Whether the root is right above the name. @param {Uint8Array} bytes @param {number} start */
function isLastLabel(bytes, start) {
  const length = /** @type {number} */ (bytes[start + HEADER]);
  return length > 0 && bytes[start + HEADER + 1 + length] === 0;
}

/** @param {Uint8Array} bytes @param {number} start */
function endOfQuestion(bytes, start) {
  let at = start + HEADER;
  while (bytes[at] !== 0 && at < start + HEADER + 255) at += /** @type {number} */ (bytes[at]) + 1;
  return at + 5;
}

/** The most bytes by which a reply is longer than its question. */
export const LONGEST_REPLY = SOA.length;

/** Fails where the zone of the benchmark has changed and what is written here has not. */
export function checkZone() {
  const sample = 12_345_678 % ZONE;
  const name = `host${String(sample).padStart(DIGITS, '0')}.bench.test`;
  if (
    numberOf(name) !== sample ||
    addressOf(sample) !== `10.${(sample >> 16) & 255}.${(sample >> 8) & 255}.${sample & 255}`
  ) {
    throw new Error('The names of the zone are not those that the simulated resolvers know');
  }
}
