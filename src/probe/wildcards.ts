/**
 * Wildcards (RFC 4592): under a parent that has one every name is found, and so is every name behind
 * a resolver that rewrites NXDOMAIN. A random sibling tells: what it has too is nobody's own.
 */

import { randomBytes } from 'node:crypto';
import type { DnsRecord } from '../core/model.js';
import { TYPE, typeNumber } from '../dns/types.js';
import { type Ask, type Finding, type FindingHandler, TypeLookup } from './type-lookup.js';

/** Parents that are remembered; the oldest is forgotten first, and would be asked again. */
const MAX_PARENTS = 65_536;
/** The longest name as text. */
const MAX_NAME = 253;

type Told = (isWildcard: boolean) => void;

export class Wildcards {
  readonly #ask: Ask;
  readonly #parents = new Map<string, Parent>();

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  /**
   * Tells whether what was found is only the wildcard's. The first name found under a parent costs
   * one more question, the others none.
   */
  judge(name: string, { records }: Finding, told: Told): void {
    const dot = name.indexOf('.');
    const last = records.at(-1);
    if (dot < 0 || name.startsWith('*') || !last) {
      told(false);
      return;
    }
    const parent = this.#parent(name.slice(dot + 1));
    parent.judge(typeNumber(last.type) ?? TYPE.A, name, records, told);
  }

  #parent(name: string): Parent {
    let parent = this.#parents.get(name);
    if (parent) return parent;
    if (this.#parents.size >= MAX_PARENTS) {
      const [oldest] = this.#parents.keys();
      this.#parents.delete(oldest as string);
    }
    parent = new Parent(this.#ask, name);
    this.#parents.set(name, parent);
    return parent;
  }
}

/** What is known of the siblings under one name. */
class Parent implements FindingHandler {
  readonly #ask: Ask;
  readonly #sibling: string;
  /** There is no such sibling, of whatever type: no wildcard. */
  #isPlain: boolean;
  readonly #byType = new Map<number, Finding | undefined>();
  #waiting: { readonly type: number; readonly tell: () => void }[] = [];

  constructor(ask: Ask, name: string) {
    this.#ask = ask;
    this.#sibling = `${randomBytes(8).toString('hex')}.${name}`;
    this.#isPlain = this.#sibling.length > MAX_NAME;
  }

  judge(type: number, name: string, records: readonly DnsRecord[], told: Told): void {
    const known = this.#byType.get(type);
    if (this.#isPlain) {
      told(false);
    } else if (known) {
      told(isSame(name, records, this.#sibling, known.records));
    } else {
      this.#waiting.push({ type, tell: () => this.judge(type, name, records, told) });
      if (this.#byType.has(type)) return;
      this.#byType.set(type, undefined);
      new TypeLookup(this.#ask, type, this).start(this.#sibling);
    }
  }

  onFinding(finding: Finding, { type }: TypeLookup): void {
    this.#byType.set(type, finding);
    this.#isPlain ||= finding.outcome === 'nxdomain';
    const told = this.#waiting.filter((waiting) => waiting.type === type);
    this.#waiting = this.#waiting.filter((waiting) => waiting.type !== type);
    for (const { tell } of told) tell();
  }
}

/** Whether two names lead to the same: by the same alias, or with the same set of data. */
function isSame(
  name: string,
  records: readonly DnsRecord[],
  sibling: string,
  others: readonly DnsRecord[],
): boolean {
  const target = aliasOf(name, records);
  if (target !== undefined && target === aliasOf(sibling, others)) return true;
  const mine = dataOf(records);
  const its = dataOf(others);
  return mine.size === its.size && mine.size > 0 && [...mine].every((data) => its.has(data));
}

function aliasOf(name: string, records: readonly DnsRecord[]): string | undefined {
  return records.find((record) => record.type === 'CNAME' && record.name === name)?.data;
}

function dataOf(records: readonly DnsRecord[]): Set<string> {
  const type = records.at(-1)?.type;
  return new Set(records.filter((record) => record.type === type).map(({ data }) => data));
}
