/** What a result is beside its status and reason, and is counted as: `--only` takes these words too. */

import type { DnsRecord, Registration } from '../core/model.js';

/** What all results have, and what a sub-status is read from. */
export interface Result extends Partial<Registration> {
  readonly status: string;
  readonly name?: string;
  readonly reason?: string;
  readonly rcode?: string;
  readonly records?: readonly DnsRecord[];
  readonly wildcard?: true | 'unchecked';
}

export type SubStatus = 'wildcard' | 'unchecked' | 'dangling';

/** The sub-status of a result, if it has one; no result has two. */
export function subStatusOf(result: Result): SubStatus | undefined {
  if (result.wildcard !== undefined) return result.wildcard === true ? 'wildcard' : 'unchecked';
  return isDangling(result) ? 'dangling' : undefined;
}

/** Whether it is an alias whose target does not exist, or whose servers refuse it. */
export function isDangling({ status, reason, rcode, records }: Result): boolean {
  if (!records || records.length === 0) return false;
  return (
    (status === 'missing' && rcode === 'NXDOMAIN') || (status === 'unknown' && reason === 'refused')
  );
}
