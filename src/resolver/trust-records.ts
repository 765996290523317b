/**
 * The records of all resolvers. What one says over another transport than at first has a record of its own: behind one
 * address there may be two machines, one for datagrams and one for streams. Pure.
 */

import { TrustCounts } from './trust-counts.js';
import { type Distrusted, isDistrusted, newTrustRecord, type TrustRecord } from './trust-record.js';

/** Who says something. */
export interface Voice {
  readonly resolver: string;
  /** Over what; undefined is what it answered over first. */
  readonly transport?: string | undefined;
}

export class TrustRecords {
  readonly counts: TrustCounts;
  readonly #firsts: ReadonlyMap<string, TrustRecord>;

  constructor(resolvers: readonly string[]) {
    this.#firsts = new Map(resolvers.map((resolver) => [resolver, newTrustRecord()]));
    this.counts = new TrustCounts(this.#firsts.values());
  }

  /** Those of what the resolvers answered over first, which stand for the resolvers. */
  get firsts(): ReadonlyMap<string, TrustRecord> {
    return this.#firsts;
  }

  get distrusted(): Map<string, Distrusted> {
    const all = new Map<string, Distrusted>();
    for (const [resolver, { standing }] of this.#firsts) {
      if (isDistrusted(standing)) all.set(resolver, standing);
    }
    return all;
  }

  /** Whether any beside these is not distrusted. */
  hasOther(resolvers: readonly string[]): boolean {
    for (const [other, { standing }] of this.#firsts) {
      if (!resolvers.includes(other) && !isDistrusted(standing)) return true;
    }
    return false;
  }

  *all(): Generator<TrustRecord> {
    for (const first of this.#firsts.values()) {
      yield first;
      if (first.apart) yield first.apart;
    }
  }

  of({ resolver, transport }: Voice): TrustRecord | undefined {
    const first = this.#firsts.get(resolver);
    if (!first || transport === undefined || transport === first.transport) return first;
    if (first.transport === undefined) {
      first.transport = transport;
      return first;
    }
    first.apart ??= newTrustRecord(transport, first);
    return first.apart;
  }

  /** Whether any beside these is believed and has answered a question. */
  hasCompany(resolvers: readonly string[]): boolean {
    for (const [other, { standing }] of this.#firsts) {
      const isThere = standing !== 'unchecked' && !isDistrusted(standing);
      if (isThere && !resolvers.includes(other)) return true;
    }
    return false;
  }

  /**
   * A resolver that is not to be believed over one transport is not to be believed.
   *
   * @returns whether that changes who is believed
   */
  change(record: TrustRecord, change: Partial<TrustRecord>): boolean {
    const { first } = record;
    if (first) {
      Object.assign(record, change);
      const { standing } = record;
      return isDistrusted(standing) && !isDistrusted(first.standing)
        ? this.change(first, { standing })
        : false;
    }
    const wasDistrusted = isDistrusted(record.standing);
    this.counts.count(record, -1);
    Object.assign(record, change);
    this.counts.count(record, 1);
    return isDistrusted(record.standing) !== wasDistrusted;
  }
}
