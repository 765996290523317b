/** What is done after an attempt has ended. Pure. */

import type { LookupFailure } from '../core/model.js';
import { RCODE, type Reply } from '../dns/message.js';
import { classifyReply, type ReplyClass } from '../dns/reply-class.js';
import type { Failure } from '../transports/connection.js';

/** What an attempt came to. */
export type AttemptEnd =
  | ReplyClass
  /** FORMERR, NOTIMP or BADVERS to a query with EDNS. */
  | 'edns-rejected'
  | LookupFailure;

export interface Situation {
  readonly end: AttemptEnd;
  readonly isStream: boolean;
  /** Attempts that count so far, this one included, and how many there may be. */
  readonly attempts: number;
  readonly maxAttempts: number;
  /** All attempts so far, those that do not count included. */
  readonly begun: number;
  /** Another resolver in play was not asked for this name yet. */
  readonly hasOther: boolean;
  /** This resolver has answered some name well. */
  readonly isProven: boolean;
  /** One of those others leaves much less open than this one. */
  readonly hasSteadier: boolean;
  /** The share of questions that it refuses because it is asked too fast; 0 if it has no such limit. */
  readonly limitedShare: number;
  /** How often the name was refused where there is such a limit, this time included. */
  readonly limitRefusals: number;
  /** It seems to refuse the name, as it answers others meanwhile: more time would not help. */
  readonly isOfName: boolean;
  /** Whether an answer can be had over a stream; undefined where that is not known. */
  readonly hasStream: boolean | undefined;
}

/** Whether that came of it which garblers say. */
export function isGarbled(end: AttemptEnd): boolean {
  return GARBLED.has(end);
}

/** Whether a resolver has answered, and nothing that helps. */
export function isUseless(end: AttemptEnd): boolean {
  return end === 'servfail' || end === 'refused' || end === 'rcode' || isGarbled(end);
}

/** Whether a resolver leaves names open like this: it could not find out, or did not answer. */
export function isLeftOpen(end: AttemptEnd): boolean {
  return end === 'servfail' || end === 'timeout';
}

/** The reason of a name whose last attempt ended like this. */
export function lookupFailureOf(end: AttemptEnd): LookupFailure {
  return end === 'truncated' || end === 'answer' || end === 'edns-rejected' ? 'malformed' : end;
}

type StreamFacts = Pick<Situation, 'isStream' | 'attempts' | 'maxAttempts' | 'hasStream'>;

export type Decision =
  | { readonly kind: 'settle' }
  /** The name stays unknown. */
  | { readonly kind: 'give-up' }
  | {
      readonly kind: 'again';
      readonly afterMs: number;
      /** The attempt does not count. */
      readonly isExcused: boolean;
      /** What is done differently. */
      readonly change?: 'stream' | 'no-edns';
    };

/** The pause before the same resolver is asked again after an answer that settled nothing; doubles. */
const PAUSE_MS = 50;
const MAX_PAUSE_MS = 400;
/** The pause where a longer one seems to be of no use; that is looked at again in it. */
const SHORT_PAUSE_MS = 20;
/** That a limit has refused the same name again and again is less likely than that its name is refused. */
const UNLIKELY = 1e-4;

/** What no limit is the cause of, and few names are. */
const GARBLED = new Set<AttemptEnd>(['malformed', 'contradiction', 'lame', 'referral']);
/** The most resolvers that are asked about one name because others garble their answers: the name may be the cause. */
export const MOST_ASKED = 32;

/** How servers answer that do not understand EDNS, or no version of it (RFC 6891, 6.1.3 and 7). */
const EDNS_REJECTED = new Set([RCODE.FORMERR, RCODE.NOTIMP, RCODE.BADVERS]);

/** @param wasTruncated a datagram has said that the answer does not fit it */
export function classify(
  answer: Reply | Failure,
  hadEdns: boolean,
  isStream: boolean,
  wasTruncated = false,
): AttemptEnd {
  if ('failed' in answer) return answer.failed;
  const { rcode, isTruncated, records, chain, hasSoa } = answer;
  if (hadEdns && EDNS_REJECTED.has(rcode)) return 'edns-rejected';
  // Forwarders pass on the bit of an answer that they got over UDP: what it holds is there all the same. BIND and
  // Unbound discard such an answer, stub resolvers (glibc, c-ares) read it. A denial has to be sure that no records
  // were left out: by its rcode, and by a SOA, which stands behind the answer section.
  const isDenial = rcode === RCODE.NXDOMAIN && hasSoa;
  if (isStream && isTruncated && (records.length > chain || isDenial)) {
    return classifyReply({ ...answer, isTruncated: false });
  }
  const end = classifyReply(answer);
  // An empty answer is not the one that did not fit. With a SOA it may be: limits truncate short answers too.
  const isEmpty = records.length === 0 && !hasSoa && rcode === RCODE.NOERROR;
  return end === 'answer' && isEmpty && wasTruncated ? 'contradiction' : end;
}

export function decide(situation: Situation): Decision {
  const { end, isStream, attempts, maxAttempts, begun, hasOther, isProven } = situation;
  const { hasStream, hasSteadier, limitedShare, limitRefusals, isOfName } = situation;
  const mayExcuse = begun < MOST_ASKED;
  switch (end) {
    case 'answer':
      return { kind: 'settle' };
    case 'edns-rejected':
      return again(0, true, 'no-edns');
    case 'truncated':
      if (isStream || hasStream === false) return decide({ ...situation, end: 'malformed' });
      return again(0, true, 'stream');
    case 'timeout':
      if (hasSteadier && mayExcuse) return again(0, true);
      if (attempts >= maxAttempts) return { kind: 'give-up' };
      return needsStream(situation) ? again(0, false, 'stream') : again(0);
    case 'refused':
      // Refused so often by chance, or is it the name?
      if (limitedShare > 0 && limitedShare ** limitRefusals > UNLIKELY) {
        return again(MAX_PAUSE_MS * 2 ** Math.min(limitRefusals - 1, 2), true);
      }
      // It refuses the name, or everything: another may not, however many there are.
      if (hasOther) return again(0, true);
      if (limitRefusals >= maxAttempts) return { kind: 'give-up' };
      break;
    default:
      // A resolver that never answered anything well says nothing about the name, nor does a garbled answer.
      if (hasOther && (!isProven || (isGarbled(end) && mayExcuse))) return again(0, true);
      // Nor does one that fails where others seldom do.
      if (hasSteadier && mayExcuse) return again(0, true);
  }
  if (attempts >= maxAttempts) return { kind: 'give-up' };
  if (hasOther) return again(0);
  return again(isOfName ? SHORT_PAUSE_MS : Math.min(PAUSE_MS * 2 ** (attempts - 1), MAX_PAUSE_MS));
}

/**
 * Whether the next attempt is to be made over a stream: it is the last, and datagrams were lost. Servers
 * that drop datagrams above a rate do not limit streams.
 */
export function needsStream({ isStream, attempts, maxAttempts, hasStream }: StreamFacts): boolean {
  return hasStream === true && !isStream && maxAttempts > 1 && attempts === maxAttempts - 1;
}

function again(afterMs: number, isExcused = false, change?: 'stream' | 'no-edns'): Decision {
  return { kind: 'again', afterMs, isExcused, ...(change && { change }) };
}
