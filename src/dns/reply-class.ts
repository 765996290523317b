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

/** By which it says that it has no answer: DNSSEC Bogus, Cached Error, Not Ready. */
const UNANSWERED = new Set([6, 13, 14]);

/**
 * By which it says that a server could not be reached, or a signature not be checked. Behind them may stand what
 * another server of the zone has answered, as a SOA then shows: public resolvers tell both in one message.
 */
const IMPEDED = new Set([7, 8, 9, 10, 11, 12, 22, 23]);

/** By which it says that it had the answer from before, and could not get it anew. */
const STALE = new Set([3, 19]);

export function classifyReply(reply: Reply): ReplyClass {
  const { rcode, records, chain, hasSoa } = reply;
  if (reply.isTruncated) return 'truncated';
  if (rcode !== RCODE.NOERROR && rcode !== RCODE.NXDOMAIN) return faultOf(rcode);
  if (says(reply, FILTERED)) return 'filtered';
  if (reply.contradicts) return 'contradiction';
  if (records.length > chain) return 'answer';
  // Without a SOA nothing is denied at the end of a chain (RFC 2308, 2.2): it is asked for.
  const isDenial = chain === 0 || hasSoa || rcode === RCODE.NXDOMAIN;
  return isDenial ? classifyDenial(reply) : 'answer';
}

function classifyDenial(reply: Reply): ReplyClass {
  const { rcode, hasSoa, isAuthoritative } = reply;
  const isNodata = rcode === RCODE.NOERROR && !hasSoa;
  // Without a SOA name servers in the authority section point elsewhere (RFC 2308, 2.2); an address of
  // the name beside them is glue.
  if (isNodata && !isAuthoritative && reply.hasNameServers) return 'referral';
  if (isRefuted(reply)) return 'contradiction';
  // A server that neither has the zone nor resolves for others cannot know: glibc and Unbound ask
  // the next, dig warns.
  return isNodata && !isAuthoritative && !reply.isRecursive ? 'lame' : 'answer';
}

/** Whether the message itself tells that its denial is none. */
function isRefuted(reply: Reply): boolean {
  if (reply.hasMisplaced || says(reply, UNANSWERED)) return true;
  if (reply.hasSoa) return false;
  // It speaks of other names only, or of a zone that the name is not in: a mix-up, whatever its rcode says.
  return reply.isUnrelated || (reply.hasOtherSoa && reply.chain === 0) || says(reply, IMPEDED);
}

function says({ extendedErrors }: Reply, codes: ReadonlySet<number>): boolean {
  return extendedErrors.length > 0 && extendedErrors.some(({ code }) => codes.has(code));
}

/**
 * Whether an answer denies, and if so, whether its server vouches for that with a SOA; `doubtful` if it
 * says that it could not ask every server, or not now.
 */
export function denialOf(reply: Reply): 'vouched' | 'bare' | 'doubtful' | undefined {
  if (reply.records.length > 0) return undefined;
  if (says(reply, IMPEDED) || says(reply, STALE)) return 'doubtful';
  return reply.hasSoa ? 'vouched' : 'bare';
}

function faultOf(rcode: number): ReplyFault {
  if (rcode === RCODE.SERVFAIL) return 'servfail';
  return rcode === RCODE.REFUSED ? 'refused' : 'rcode';
}
