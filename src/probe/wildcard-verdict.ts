/**
 * Whether only a wildcard (RFC 4592) answers for a name, judged by what random siblings of it lead to.
 * Pure: `wildcard-siblings.ts` asks.
 */

import type { DnsRecord } from '../core/model.js';
import { fnv1a } from '../core/shard.js';

/** Whether only the wildcard answers; `unchecked` where too little could be asked to tell. */
export type WildcardVerdict = boolean | 'unchecked';

/** Digests of the data that a name leads to: its alias, or each of its records. */
export type DataDigests = readonly number[];

/** One random sibling. */
export interface Sibling {
  /** Which resolver, or which group of resolvers that agree, said so. */
  readonly group: string;
  readonly data: DataDigests;
}

/** Of larger sets of records only one digest of the whole set is kept. */
const MAX_RECORDS = 16;
/** Data that are counted under one parent. */
const MAX_COUNTED = 64;
/**
 * If more than this share of the samples is the only one of its kind, much is still unseen; if less than that, next to
 * nothing.
 */
const UNSEEN_SHARE = 1 / 4;
const SEEN_SHARE = 1 / 16;
/** So many siblings that lead to the same: fewer may by chance. */
const SAME_TO_BE_SURE = 4;

/**
 * An alias says it all; its target may hold the name itself (`a.w CNAME a.cdn`), which is cut out.
 *
 * @param name the name whose records they are
 */
export function digestsOf(name: string, records: readonly DnsRecord[]): DataDigests {
  const [only] = records;
  if (records.length === 1 && only && only.type !== 'CNAME') return [fnv1a(only.data)];
  const alias = records.find((record) => record.type === 'CNAME' && record.name === name);
  if (alias) {
    const label = `${name.slice(0, name.indexOf('.') + 1)}`;
    const target = alias.data.toLowerCase();
    return [
      fnv1a(`CNAME ${target.startsWith(label) ? `*.${target.slice(label.length)}` : target}`),
    ];
  }
  const type = records.at(-1)?.type;
  const data = records.filter((record) => record.type === type).map((record) => record.data);
  const digests = [...new Set(data)].map(fnv1a).sort((one, other) => one - other);
  if (digests.length <= MAX_RECORDS) return digests;
  // A sum is the same in whatever order they come.
  return [digests.reduce((sum, digest) => (sum + digest) >>> 0, 0)];
}

/** The siblings under one parent for one record type, and what names of the list below it have. */
export class WildcardEvidence {
  readonly #absent: readonly string[];
  readonly #siblings: Sibling[] = [];
  /** How many names and siblings lead to each datum. */
  readonly #counts = new Map<number, number>();
  #samples = 0;

  /** @param absent groups for which a sibling has no such record; may change */
  constructor(absent: readonly string[]) {
    this.#absent = absent;
  }

  /** Numbers that are held. */
  get size(): number {
    return this.#counts.size + this.#siblings.length * 2;
  }

  addSibling(sibling: Sibling): void {
    this.#siblings.push(sibling);
    this.addName(sibling.data);
  }

  /** Counts what a name of the list leads to: where answers rotate, names tell as well as siblings. */
  addName(data: DataDigests): void {
    this.#samples++;
    for (const each of data) {
      const count = this.#counts.get(each);
      if (count !== undefined) this.#counts.set(each, count + 1);
      else if (this.#counts.size < MAX_COUNTED) this.#counts.set(each, 1);
    }
  }

  /**
   * Whether only the wildcard answers for a name; undefined if another sibling should be asked.
   *
   * @param isLast no other sibling can be asked
   */
  judge(group: string, data: DataDigests, isLast: boolean): WildcardVerdict | undefined {
    if (this.#absent.includes(group)) return false;
    const own = this.#siblings.filter((sibling) => sibling.group === group);
    if (own.length === 0 && !isLast) return undefined;
    const siblings = own.length > 0 ? own : this.#siblings;
    if (siblings.length === 0) return this.#absent.length > 0 ? false : 'unchecked';
    if (siblings.some((sibling) => isSameSet(sibling.data, data))) return true;
    if (!isLast) return undefined;
    const [first] = siblings as [Sibling];
    // A wildcard that always answers the same has not answered this.
    if (siblings.every((sibling) => isSameSet(sibling.data, first.data)))
      return siblings.length >= SAME_TO_BE_SURE ? false : 'unchecked';
    return this.#isFromRotation(data);
  }

  /** Whether only a wildcard answers for a name where one resolver finds siblings and another denies them. */
  judgeDisputed(data: DataDigests): WildcardVerdict {
    return this.#siblings.some((sibling) => isSameSet(sibling.data, data)) || 'unchecked';
  }

  /**
   * Answers rotate. What others lead to as well is the wildcard's. What only this name leads to is its
   * own if next to no samples are the only ones of their kind, and the wildcard's if so many are that most of the
   * rotation is still unseen (Good and Turing's estimate).
   */
  #isFromRotation(data: DataDigests): WildcardVerdict {
    if (data.every((each) => this.#countOf(each) > 1)) return true;
    let singles = 0;
    for (const count of this.#counts.values()) if (count === 1) singles++;
    if (singles > this.#samples * UNSEEN_SHARE) return true;
    return singles > this.#samples * SEEN_SHARE ? 'unchecked' : false;
  }

  #countOf(datum: number): number {
    return this.#counts.get(datum) ?? 0;
  }
}

export function isSameSet(a: DataDigests, b: DataDigests): boolean {
  return a.length === b.length && a.every((each, i) => each === b[i]);
}
