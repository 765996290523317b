/** What an answer says about a name that cannot exist. Pure. */

import { RCODE, type Reply } from '../dns/message.js';
import type { CheckAnswer } from './check-verdict.js';
import type { QueryResult } from './query.js';

export function endsInAlias({ records, chain, hasSoa, rcode }: Reply): boolean {
  return chain > 0 && records.length === chain && !hasSoa && rcode === RCODE.NOERROR;
}

/** An alias alone is soon copied: one that never gave what is at its end has found nothing yet. */
export const holdsRecords = ({ records, chain }: Reply): boolean => records.length > chain;

export function checkOutcome(result: QueryResult): CheckAnswer['outcome'] {
  if ('failed' in result) return 'unknown';
  const { reply } = result;
  // An alias for what cannot exist is made up, even if its target has to be asked for.
  return reply.records.length > reply.chain || endsInAlias(reply) ? 'found' : 'missing';
}

/** Whether it says that a name exists and has no such record. */
export function isNodata({ rcode, records }: Reply): boolean {
  return rcode === RCODE.NOERROR && records.length === 0;
}
