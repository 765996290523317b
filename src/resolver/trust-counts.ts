/** Counts resolvers by what is known of them, so that a question need not look at all of them. Pure. */

import { isDistrusted, type TrustRecord } from './trust-record.js';

export class TrustCounts {
  believed = 0;
  // Of those that are believed:
  /** Their check could not tell. */
  untested = 0;
  /** They have stood the check, or may yet. */
  better = 0;

  constructor(records: Iterable<TrustRecord>) {
    for (const record of records) this.count(record, 1);
  }

  /** To be called before a record changes and after. */
  count(record: TrustRecord, by: 1 | -1): void {
    if (isDistrusted(record.standing)) return;
    this.believed += by;
    if (record.standing === 'untested') this.untested += by;
    else this.better += by;
  }
}
