/**
 * DNS messages (RFC 1035, 4): the bytes of a question, and what an answer says about it. Only what
 * a stub resolver needs; nothing is allocated by what a header promises.
 */

import type { DnsRecord } from '../core/model.js';
import { Malformed, matchName, readName, skipName, writeName } from './name.js';
import { formatRdata } from './rdata.js';
import { TYPE, typeName } from './types.js';

export interface Question {
  /** A clean name, as `cleanDomain` makes it. */
  readonly name: string;
  readonly type: number;
}

/** What a server said, reduced to what matters for one question. */
export interface Reply {
  readonly rcode: number;
  /** TC: the answer did not fit and must be asked for over a stream. Nothing else in it counts. */
  readonly truncated: boolean;
  /** The CNAME chain from the name asked for, in order, then the records of the type at its end. */
  readonly records: readonly DnsRecord[];
  /** How many of `records` are the CNAME chain. */
  readonly chain: number;
  /** The authority section holds a SOA: the server vouches that there is no more (RFC 2308). */
  readonly soa: boolean;
  /** It only points at other name servers. */
  readonly referral: boolean;
}

export const RCODE = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 };

const rcodeNames = [
  ...['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED', 'YXDOMAIN', 'YXRRSET'],
  ...['NXRRSET', 'NOTAUTH', 'NOTZONE', 'DSOTYPENI'],
];

/** `NXDOMAIN`, …; `RCODE<n>` for one without a name here. */
export function rcodeName(rcode: number): string {
  return rcodeNames[rcode] ?? (rcode === 16 ? 'BADVERS' : `RCODE${rcode}`);
}

const HEADER = 12;
const CLASS_IN = 1;
const OPT = 41;
const KEEPALIVE = 11;
/** The answer that fits everywhere without fragments (DNS flag day 2020). */
const UDP_PAYLOAD = 1232;

/** CNAMEs that are followed for one name, in one answer or over several. Resolvers stop at about 11. */
export const MAX_CHAIN = 16;

/** The most bytes that {@link writeQuery} writes. */
export const MAX_QUERY = HEADER + 255 + 4 + 15;

/**
 * What a query offers by EDNS (RFC 6891): nothing, a larger UDP answer, or to keep the connection
 * open (RFC 7828).
 */
export type Edns = 'none' | 'payload' | 'keepalive';

/** Writes a query with RD set and gives the offset behind it. */
export function writeQuery(
  into: Uint8Array,
  at: number,
  id: number,
  question: Question,
  edns: Edns,
): number {
  into[at] = id >> 8;
  into[at + 1] = id;
  into[at + 2] = 0x01;
  into[at + 3] = 0;
  into[at + 4] = 0;
  into[at + 5] = 1;
  into.fill(0, at + 6, at + 11);
  into[at + 11] = edns === 'none' ? 0 : 1;
  let end = writeName(into, at + HEADER, question.name);
  into[end] = question.type >> 8;
  into[end + 1] = question.type;
  into[end + 2] = 0;
  into[end + 3] = CLASS_IN;
  end += 4;
  if (edns === 'none') return end;
  into[end] = 0;
  into[end + 1] = 0;
  into[end + 2] = OPT;
  into[end + 3] = UDP_PAYLOAD >> 8;
  into[end + 4] = UDP_PAYLOAD & 0xff;
  into.fill(0, end + 5, end + 15);
  if (edns === 'payload') return end + 11;
  into[end + 10] = 4;
  into[end + 12] = KEEPALIVE;
  return end + 15;
}

/**
 * Milliseconds for which a server keeps an idle connection open, if its answer says so (RFC 7828, 3.1):
 * it counts in tenths of a second.
 */
export function readKeepalive(bytes: Uint8Array, start: number, end: number): number | undefined {
  try {
    const cursor = { bytes, base: start, limit: end, at: skipName(bytes, start + HEADER, end) + 4 };
    const records = word(bytes, start + 6) + word(bytes, start + 8) + word(bytes, start + 10);
    for (let left = records; left > 0; left--) {
      const { type, data } = skipRecord(cursor);
      if (type !== OPT) continue;
      for (let at = data; at + 4 <= cursor.at; at += 4 + word(bytes, at + 2)) {
        if (word(bytes, at) === KEEPALIVE && word(bytes, at + 2) === 2) {
          return word(bytes, at + 4) * 100;
        }
      }
    }
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
  }
  return undefined;
}

/** How the message in [start, end) stands to the question it should answer. */
export type Match = 'answer' | 'formerr' | 'other';

/**
 * Whether a message answers the question: QR set, a plain query's opcode, the same question. A
 * FORMERR may come without one, from a server that could not read it: `formerr`, which settles
 * nothing.
 */
export function matchQuestion(
  bytes: Uint8Array,
  start: number,
  end: number,
  question: Question,
): Match {
  if (end - start < HEADER || ((bytes[start + 2] as number) & 0xf8) !== 0x80) return 'other';
  const questions = word(bytes, start + 4);
  if (questions === 0) {
    return ((bytes[start + 3] as number) & 15) === RCODE.FORMERR ? 'formerr' : 'other';
  }
  const at = questions === 1 ? matchName(bytes, start + HEADER, end, question.name) : 0;
  return at > 0 &&
    at + 4 <= end &&
    word(bytes, at) === question.type &&
    word(bytes, at + 2) === CLASS_IN
    ? 'answer'
    : 'other';
}

/** Reads a message that {@link matchQuestion} called an answer; undefined if it is malformed. */
export function readReply(
  bytes: Uint8Array,
  start: number,
  end: number,
  question: Question,
): Reply | undefined {
  const rcode = (bytes[start + 3] as number) & 15;
  if (((bytes[start + 2] as number) & 0x02) !== 0) return { ...bareReply(rcode), truncated: true };
  try {
    return readSections(bytes, start, end, question, rcode);
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

/** A reply that holds an rcode and nothing else. */
export function bareReply(rcode: number): Reply {
  return { rcode, truncated: false, records: [], chain: 0, soa: false, referral: false };
}

function readSections(
  bytes: Uint8Array,
  start: number,
  end: number,
  question: Question,
  rcode: number,
): Reply {
  const cursor = {
    bytes,
    base: start,
    limit: end,
    at: skipName(bytes, start + HEADER, end) + 4,
  };
  const answers: DnsRecord[] = [];
  for (let left = word(bytes, start + 6); left > 0; left--) {
    const record = readRecord(cursor, question.name);
    if (record) answers.push(record);
  }
  const { records, chain } = follow(answers, question);
  if (records.length > chain) {
    return { rcode, truncated: false, records, chain, soa: false, referral: false };
  }
  let soa = false;
  let nameServers = false;
  for (let left = word(bytes, start + 8); left > 0; left--) {
    const type = skipRecord(cursor).type;
    soa ||= type === TYPE.SOA;
    nameServers ||= type === TYPE.NS;
  }
  // Twelve bits of rcode: the upper eight are in the OPT record (RFC 6891, 6.1.3).
  let extended = rcode;
  for (let left = word(bytes, start + 10); left > 0; left--) {
    const { type, ttl } = skipRecord(cursor);
    if (type === OPT) extended = ((ttl >>> 24) << 4) | rcode;
  }
  const referral = nameServers && !soa && chain === 0 && extended === RCODE.NOERROR;
  return { rcode: extended, truncated: false, records, chain, soa, referral };
}

/** A place in a message, moved on by each read. */
interface Cursor {
  readonly bytes: Uint8Array;
  readonly base: number;
  readonly limit: number;
  at: number;
}

/** The fixed part of a record; leaves the cursor behind its data. */
function skipRecord(cursor: Cursor): { type: number; class: number; ttl: number; data: number } {
  const { bytes, limit } = cursor;
  const at = skipName(bytes, cursor.at, limit);
  const data = at + 10;
  if (data > limit) throw new Malformed('record');
  cursor.at = data + word(bytes, at + 8);
  if (cursor.at > limit) throw new Malformed('data');
  const ttl = word(bytes, at + 4) * 65_536 + word(bytes, at + 6);
  return { type: word(bytes, at), class: word(bytes, at + 2), ttl, data };
}

function readRecord(cursor: Cursor, asked: string): DnsRecord | undefined {
  const { bytes, base, limit, at } = cursor;
  const fixed = skipRecord(cursor);
  if (fixed.class !== CLASS_IN) return undefined;
  // Nearly every owner is a pointer to the question, whose name we know.
  const isAsked = bytes[at] === 0xc0 && bytes[at + 1] === HEADER;
  return {
    name: isAsked ? asked : readName(bytes, at, base, limit).toLowerCase(),
    type: typeName(fixed.type),
    // A TTL with its first bit set counts as 0 (RFC 2181, 8).
    ttl: fixed.ttl > 0x7fffffff ? 0 : fixed.ttl,
    data: formatRdata(fixed.type, bytes, fixed.data, cursor.at, base),
  };
}

/** Picks the CNAME chain and its end out of the answer section; what does not belong is left. */
function follow(
  answers: readonly DnsRecord[],
  question: Question,
): { records: readonly DnsRecord[]; chain: number } {
  const wanted = typeName(question.type);
  const first = answers[0];
  if (answers.length === 1 && first?.type === wanted && first.name === question.name) {
    return { records: answers, chain: 0 };
  }
  const records: DnsRecord[] = [];
  let owner = question.name;
  const seen = new Set<string>();
  while (wanted !== 'CNAME' && seen.size < MAX_CHAIN && !seen.has(owner)) {
    seen.add(owner);
    const alias = answers.find((record) => record.type === 'CNAME' && record.name === owner);
    if (!alias) break;
    records.push(alias);
    owner = alias.data.slice(0, -1).toLowerCase();
  }
  const chain = records.length;
  for (const record of answers) {
    if (record.type === wanted && record.name === owner) records.push(record);
  }
  return { records, chain };
}

function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}
