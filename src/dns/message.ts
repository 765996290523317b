/**
 * DNS messages (RFC 1035, 4): the bytes of a question, and what an answer says about it. Only what
 * a stub resolver needs; nothing is allocated by what a header promises.
 */

import type { DnsRecord, ExtendedError } from '../core/model.js';
import {
  isAtOrAbove,
  MAX_WIRE_NAME,
  Malformed,
  matchName,
  ROOT,
  readName,
  skipName,
  wireLength,
  writeName,
} from './name.js';
import { formatRdata } from './rdata.js';
import { TYPE, typeName } from './types.js';

export interface Question {
  /** Lower case, without the final dot; octets that are not plain as {@link readName} writes them. */
  readonly name: string;
  readonly type: number;
}

/** What a server said, reduced to what matters for one question. */
export interface Reply {
  readonly rcode: number;
  /** TC: the answer did not fit and must be asked for over a stream. Nothing else in it counts. */
  readonly isTruncated: boolean;
  /** AA: the server has the zone. */
  readonly isAuthoritative: boolean;
  /** RA: the server resolves for others. */
  readonly isRecursive: boolean;
  /** The CNAME chain from the name asked for, in order, then the records of the type at its end. */
  readonly records: readonly DnsRecord[];
  /** How many of `records` are the CNAME chain. */
  readonly chain: number;
  /** The CNAME chain comes back to a name that it has passed. */
  readonly loops: boolean;
  /**
   * Two things in it cannot both be true: an alias that has other data too or two targets (RFC 1034,
   * 3.6.2; RFC 2181, 10.1), or, under NXDOMAIN, the record asked for or a SOA of the very name that is
   * denied: a zone's own name exists.
   */
  readonly contradicts: boolean;
  /** The answer section holds records, and none of them belongs to the question. */
  readonly isUnrelated: boolean;
  /** A SOA at or above the end of the chain: the server vouches that there is no more (RFC 2308). */
  readonly hasSoa: boolean;
  /** A SOA of a zone that the end of the chain is not in. */
  readonly hasOtherSoa: boolean;
  /** Name servers in the authority section. */
  readonly hasNameServers: boolean;
  /** A record asked for, or an alias, of the end of the chain, in the authority or the additional section. */
  readonly hasMisplaced: boolean;
  /** What the server says about its answer (RFC 8914). */
  readonly extendedErrors: readonly ExtendedError[];
}

export const RCODE = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  BADVERS: 16,
};

const rcodeNames = [
  ...['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED', 'YXDOMAIN', 'YXRRSET'],
  ...['NXRRSET', 'NOTAUTH', 'NOTZONE', 'DSOTYPENI'],
];

/** `NXDOMAIN`, …; `RCODE<n>` for one without a name here. */
export function rcodeName(rcode: number): string {
  return rcodeNames[rcode] ?? (rcode === RCODE.BADVERS ? 'BADVERS' : `RCODE${rcode}`);
}

const HEADER = 12;
const CLASS_IN = 1;
const OPT = 41;
const KEEPALIVE = 11;
const EXTENDED_ERROR = 15;
/** Of one answer so many are kept, and so many characters of each. */
const MAX_EXTENDED_ERRORS = 4;
const MAX_ERROR_TEXT = 256;
/** The answer that fits everywhere without fragments (DNS flag day 2020). */
const UDP_PAYLOAD = 1232;

/** CNAMEs that are followed for one name, in one answer or over several. */
export const MAX_CHAIN = 64;

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
  { id, question }: { readonly id: number; readonly question: Question },
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
    const cursor = cursorBehindQuestion(bytes, start, end);
    const records = word(bytes, start + 6) + word(bytes, start + 8) + word(bytes, start + 10);
    for (let left = records; left > 0; left--) {
      const { type, data } = skipRecord(cursor);
      if (type !== OPT) continue;
      for (const option of optionsIn(bytes, data, cursor.at)) {
        if (option.code === KEEPALIVE && option.length === 2) return word(bytes, option.at) * 100;
      }
    }
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
  }
  return undefined;
}

/** How the message in [start, end) stands to the question it should answer. */
export type Match = 'answer' | 'error' | 'other';

/**
 * Whether a message answers the question: QR set, a plain query's opcode, the same question. An error
 * may come without one, as a header alone: `error`, of which nothing but the rcode is believed.
 */
export function matchQuestion(
  bytes: Uint8Array,
  start: number,
  end: number,
  question: Question,
): Match {
  if (end - start < HEADER || ((bytes[start + 2] as number) & 0xf8) !== 0x80) return 'other';
  const questions = word(bytes, start + 4);
  if (questions === 0) return isError(readRcode(bytes, start)) ? 'error' : 'other';
  const at = questions === 1 ? matchName(bytes, start + HEADER, end, question.name) : 0;
  return at > 0 &&
    at + 4 <= end &&
    word(bytes, at) === question.type &&
    word(bytes, at + 2) === CLASS_IN
    ? 'answer'
    : 'other';
}

/** The four bits of rcode in the header. */
export function readRcode(bytes: Uint8Array, start: number): number {
  return (bytes[start + 3] as number) & 15;
}

function isError(rcode: number): boolean {
  return rcode !== RCODE.NOERROR && rcode !== RCODE.NXDOMAIN;
}

/** Reads a message that {@link matchQuestion} called an answer; undefined if it is malformed. */
export function readReply(
  bytes: Uint8Array,
  start: number,
  end: number,
  question: Question,
): Reply | undefined {
  const rcode = readRcode(bytes, start);
  const isTruncated = ((bytes[start + 2] as number) & 0x02) !== 0;
  try {
    const reply = readSections(bytes, start, end, question);
    return isTruncated ? { ...reply, isTruncated } : reply;
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    if (isTruncated) return { ...bareReply(rcode), isTruncated };
    // Servers that do not know EDNS say FORMERR and count an OPT record that they have left out.
    return isError(rcode) ? bareReply(rcode) : undefined;
  }
}

const noErrors: readonly ExtendedError[] = [];

/** A reply that holds an rcode and nothing else. */
export function bareReply(rcode: number): Reply {
  return {
    rcode,
    isTruncated: false,
    isAuthoritative: false,
    isRecursive: false,
    records: [],
    chain: 0,
    loops: false,
    contradicts: false,
    isUnrelated: false,
    hasSoa: false,
    hasOtherSoa: false,
    hasNameServers: false,
    hasMisplaced: false,
    extendedErrors: noErrors,
  };
}

function readSections(bytes: Uint8Array, start: number, end: number, question: Question): Reply {
  const cursor = cursorBehindQuestion(bytes, start, end);
  const answers: DnsRecord[] = [];
  for (let left = word(bytes, start + 6); left > 0; left--) {
    const record = readRecord(cursor, question.name);
    if (record) answers.push(record);
  }
  const rcode = readRcode(bytes, start);
  const path = follow(answers, question);
  const isFound = path.records.length > path.chain;
  let rest: Rest;
  try {
    rest = readRest(cursor, path, question.type);
  } catch (error) {
    // What stands behind the records asked for cannot spoil them.
    if (!isFound || !(error instanceof Malformed)) throw error;
    rest = noRest;
  }
  return {
    // Twelve bits of rcode: the upper eight are in the OPT record (RFC 6891, 6.1.3).
    rcode: (rest.extendedRcode << 4) | rcode,
    isTruncated: false,
    isAuthoritative: ((bytes[start + 2] as number) & 0x04) !== 0,
    isRecursive: ((bytes[start + 3] as number) & 0x80) !== 0,
    records: path.records,
    chain: path.chain,
    loops: path.loops,
    contradicts: path.contradicts || (rcode === RCODE.NXDOMAIN && (isFound || rest.hasSoaOfEnd)),
    isUnrelated: path.records.length === 0 && word(bytes, start + 6) > 0,
    hasSoa: rest.hasSoa,
    hasOtherSoa: rest.hasOtherSoa,
    hasNameServers: rest.hasNameServers,
    hasMisplaced: rest.hasMisplaced,
    extendedErrors: rest.extendedErrors,
  };
}

/** What the authority and the additional section say. */
interface Rest {
  hasSoa: boolean;
  /** The SOA's owner is the end of the chain itself. */
  hasSoaOfEnd: boolean;
  hasOtherSoa: boolean;
  hasNameServers: boolean;
  hasMisplaced: boolean;
  extendedRcode: number;
  extendedErrors: readonly ExtendedError[];
}

const noRest: Rest = {
  hasSoa: false,
  hasSoaOfEnd: false,
  hasOtherSoa: false,
  hasNameServers: false,
  hasMisplaced: false,
  extendedRcode: 0,
  extendedErrors: noErrors,
};

/** @param path where the answer section ended; @param wanted the type asked for */
function readRest(cursor: Cursor, path: Path, wanted: number): Rest {
  const { bytes, base } = cursor;
  const authorities = word(bytes, base + 8);
  const additionals = word(bytes, base + 10);
  if (authorities === 0 && additionals === 0) return noRest;
  const rest: Rest = { ...noRest };
  for (let left = authorities; left > 0; left--) {
    const { at } = cursor;
    const { type } = skipRecord(cursor);
    if (type === OPT) throw new Malformed('OPT');
    rest.hasNameServers ||= type === TYPE.NS;
    const isData = type === wanted || type === TYPE.CNAME;
    if (type !== TYPE.SOA && !isData) continue;
    const owner = ownerAt(cursor, at, path);
    if (isData) rest.hasMisplaced ||= owner === 'end';
    if (type === TYPE.SOA) noteSoa(rest, owner);
  }
  let hasOpt = false;
  for (let left = additionals; left > 0; left--) {
    const { at } = cursor;
    const { type, ttl, data } = skipRecord(cursor);
    if (type === wanted || type === TYPE.CNAME) {
      rest.hasMisplaced ||= ownerAt(cursor, at, path) === 'end';
    }
    if (type !== OPT) continue;
    // More than one is a format error (RFC 6891, 6.1.1), and each may have another rcode.
    if (hasOpt) throw new Malformed('OPT');
    hasOpt = true;
    rest.extendedRcode = ttl >>> 24;
    if (data < cursor.at) rest.extendedErrors = readExtendedErrors(bytes, data, cursor.at);
  }
  return rest;
}

function noteSoa(rest: Rest, owner: Owner): void {
  rest.hasSoa ||= owner !== 'other';
  rest.hasSoaOfEnd ||= owner === 'end';
  rest.hasOtherSoa ||= owner === 'other';
}

/** A place in a message, moved on by each read. */
interface Cursor {
  readonly bytes: Uint8Array;
  readonly base: number;
  readonly limit: number;
  /** The offset behind the name in the question. */
  readonly nameEnd: number;
  at: number;
}

function cursorBehindQuestion(bytes: Uint8Array, base: number, limit: number): Cursor {
  const nameEnd = skipName(bytes, base + HEADER, limit);
  return { bytes, base, limit, nameEnd, at: nameEnd + 4 };
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
  if (fixed.type === OPT) throw new Malformed('OPT');
  if (fixed.class !== CLASS_IN) return undefined;
  // Nearly every owner is a pointer to the question, whose name we know.
  const isAsked = bytes[at] === 0xc0 && bytes[at + 1] === HEADER;
  return {
    name: isAsked ? asked : readName(bytes, at, base, limit).toLowerCase() || ROOT,
    type: typeName(fixed.type),
    // A TTL with its first bit set counts as 0 (RFC 2181, 8).
    ttl: fixed.ttl > 0x7fffffff ? 0 : fixed.ttl,
    data: formatRdata(fixed.type, { bytes, base, end: cursor.at, at: fixed.data }),
  };
}

/** How the owner of a record stands to the end of the chain. */
type Owner = 'end' | 'above' | 'other';

function ownerAt({ bytes, base, limit, nameEnd }: Cursor, at: number, path: Path): Owner {
  // Nearly always a pointer into the question, whose every suffix is above what was asked for.
  const target = (((bytes[at] as number) & 0x3f) << 8) | (bytes[at + 1] as number);
  if (path.chain === 0 && (bytes[at] as number) >= 0xc0 && base + target < nameEnd) {
    return target === HEADER ? 'end' : 'above';
  }
  const owner = readName(bytes, at, base, limit).toLowerCase() || ROOT;
  if (owner === (path.end || ROOT)) return 'end';
  return isAtOrAbove(owner, path.end) ? 'above' : 'other';
}

/** How the answer section leads from the name asked for to what is known of it. */
interface Path extends Pick<Reply, 'records' | 'chain' | 'loops' | 'contradicts'> {
  /** The name at the end of the chain. */
  readonly end: string;
}

/** Picks the CNAME chain and its end out of the answer section; what does not belong is left. */
function follow(answers: readonly DnsRecord[], question: Question): Path {
  const wanted = typeName(question.type);
  const [first] = answers;
  if (answers.length < 2 && (!first || (first.type === wanted && first.name === question.name))) {
    return { records: answers, chain: 0, end: question.name, loops: false, contradicts: false };
  }
  const byOwner = groupByOwner(answers);
  const records: DnsRecord[] = [];
  const passed = new Set<string>();
  let end = question.name;
  let contradicts = false;
  while (!passed.has(end) && passed.size <= MAX_CHAIN) {
    passed.add(end);
    const here = byOwner.get(end) ?? [];
    contradicts ||= hasConflictingAlias(here);
    const alias = wanted === 'CNAME' || wanted === 'ANY' ? undefined : aliasOf(end, here, answers);
    if (!alias) {
      const chain = records.length;
      records.push(...here.filter(({ type }) => type === wanted || wanted === 'ANY'));
      return { records, chain, end, loops: false, contradicts };
    }
    records.push(alias);
    end = targetOf(alias);
  }
  return { records, chain: records.length, end, loops: true, contradicts };
}

function groupByOwner(answers: readonly DnsRecord[]): ReadonlyMap<string, readonly DnsRecord[]> {
  const byOwner = new Map<string, DnsRecord[]>();
  for (const record of answers) {
    const others = byOwner.get(record.name);
    if (others) others.push(record);
    else byOwner.set(record.name, [record]);
  }
  return byOwner;
}

/** Types that may stand beside a CNAME (RFC 4034, 2.5). */
const besideAlias = ['CNAME', 'RRSIG', 'NSEC', 'KEY', 'SIG', 'TYPE30'];

/** An alias with other data, or with two targets. */
function hasConflictingAlias(records: readonly DnsRecord[]): boolean {
  const alias = records.length > 1 && records.find(({ type }) => type === 'CNAME');
  if (!alias) return false;
  const target = targetOf(alias);
  return records.some(
    (record) =>
      !besideAlias.includes(record.type) ||
      (record.type === 'CNAME' && targetOf(record) !== target),
  );
}

/** The CNAME of a name, or the one that a DNAME above it stands for (RFC 6672, 3.1). */
function aliasOf(
  owner: string,
  here: readonly DnsRecord[],
  answers: readonly DnsRecord[],
): DnsRecord | undefined {
  const alias = here.find(({ type }) => type === 'CNAME');
  if (alias) return alias;
  const above = ({ name, type }: DnsRecord) =>
    type === 'DNAME' && name !== owner && isAtOrAbove(name, owner);
  const redirect = answers.find(above);
  if (!redirect) return undefined;
  const labels = redirect.name === ROOT ? `${owner}.` : owner.slice(0, -redirect.name.length);
  const data = redirect.data === ROOT ? labels : labels + redirect.data;
  if (wireLength(data) > MAX_WIRE_NAME) throw new Malformed('name');
  return { name: owner, type: 'CNAME', ttl: redirect.ttl, data };
}

/** The name that a CNAME leads to. */
export function targetOf({ data }: DnsRecord): string {
  return data.slice(0, -1).toLowerCase() || ROOT;
}

/** The EDE options among those in [from, to) (RFC 8914). */
function readExtendedErrors(bytes: Uint8Array, from: number, to: number): ExtendedError[] {
  const errors: ExtendedError[] = [];
  for (const { code, at, length } of optionsIn(bytes, from, to)) {
    if (code !== EXTENDED_ERROR || length < 2 || errors.length === MAX_EXTENDED_ERRORS) continue;
    const text = Buffer.from(bytes.subarray(at + 2, at + length)).toString('utf8');
    errors.push({ code: word(bytes, at), text: text.replace(/\0+$/, '').slice(0, MAX_ERROR_TEXT) });
  }
  return errors;
}

/** The EDNS options in [from, to) (RFC 6891, 6.1.2). */
function* optionsIn(bytes: Uint8Array, from: number, to: number) {
  for (let at = from + 4; at <= to; ) {
    const length = word(bytes, at - 2);
    if (at + length > to) return;
    yield { code: word(bytes, at - 4), at, length };
    at += length + 4;
  }
}

function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}
