/**
 * Whether a message answers its question, judged by its rcode, its AA and RA bits and its sections, as
 * glibc, BIND and Unbound do. Only an `answer` settles a query, so no fault makes a name `missing`;
 * what follows the other classes is decided in `resolver/retry-policy.ts`.
 */

import type { LookupFailure } from '../core/model.js';
import { RCODE, type Reply } from './message.js';

/** Why a message settles nothing. */
type ReplyFault = Extract<
  LookupFailure,
  'servfail' | 'refused' | 'rcode' | 'filtered' | 'contradiction' | 'lame' | 'referral'
>;

/**
 * `answer`: the server vouches for what it says: records, a CNAME to follow, that there is no such
 * name, or no such record.
 */
export type ReplyClass = 'answer' | 'truncated' | ReplyFault;

/** Extended errors by which a resolver says that it has forged, blocked, censored or filtered its answer. */
const FILTERED = new Set([4, 15, 16, 17]);

export function classifyReply(reply: Reply): ReplyClass {
  if (reply.isTruncated) return 'truncated';
  if (reply.rcode !== RCODE.NOERROR && reply.rcode !== RCODE.NXDOMAIN) return faultOf(reply.rcode);
  if (reply.extendedErrors.some(({ code }) => FILTERED.has(code))) return 'filtered';
  if (reply.contradicts) return 'contradiction';
  if (reply.records.length > 0 || reply.hasSoa) return 'answer';
  // It speaks of other names only: a mix-up, whatever its rcode says.
  if (reply.isUnrelated) return 'contradiction';
  if (reply.rcode === RCODE.NXDOMAIN) return 'answer';
  // That another zone lacks the name says nothing about it.
  if (reply.hasOtherSoa) return 'contradiction';
  if (reply.isAuthoritative) return 'answer';
  // Without a SOA name servers in the authority section point elsewhere (RFC 2308, 2.2).
  if (reply.hasNameServers) return 'referral';
  // A server that neither has the zone nor resolves for others cannot know: glibc and Unbound ask
  // the next, dig warns.
  return reply.isRecursive ? 'answer' : 'lame';
}

/** Whether an answer denies, and if so, whether its server vouches for that with a SOA. */
export function denialOf({ records, hasSoa, hasOtherSoa }: Reply): 'vouched' | 'bare' | undefined {
  if (records.length > 0) return undefined;
  return hasSoa || hasOtherSoa ? 'vouched' : 'bare';
}

function faultOf(rcode: number): ReplyFault {
  if (rcode === RCODE.SERVFAIL) return 'servfail';
  return rcode === RCODE.REFUSED ? 'refused' : 'rcode';
}
