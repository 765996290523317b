/** What is done after an attempt has ended. Pure. */

import type { LookupFailure } from '../core/model.js';
import { RCODE, type Reply } from '../dns/message.js';
import { classifyReply, type ReplyClass } from '../dns/reply-class.js';
import type { Failure } from '../transports/connection.js';

/** What an attempt came to. */
export type AttemptEnd =
  | ReplyClass
  /** FORMERR or NOTIMP to a query with EDNS. */
  | 'edns-rejected'
  | LookupFailure;

export interface Situation {
  readonly end: AttemptEnd;
  readonly isStream: boolean;
  /** Attempts that count so far, this one included, and how many there may be. */
  readonly attempts: number;
  readonly maxAttempts: number;
  /** Another resolver in play was not asked for this name yet. */
  readonly hasOther: boolean;
  /** This resolver has answered some name well. */
  readonly isProven: boolean;
  /** It has lately answered what it refused before: it refuses above a rate. */
  readonly isLimited: boolean;
}

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

export function classify(answer: Reply | Failure, hadEdns: boolean): AttemptEnd {
  if ('failed' in answer) return answer.failed;
  const { rcode } = answer;
  if (hadEdns && (rcode === RCODE.FORMERR || rcode === RCODE.NOTIMP)) return 'edns-rejected';
  return classifyReply(answer);
}

export function decide(situation: Situation): Decision {
  const { end, isStream, attempts, maxAttempts, hasOther, isProven, isLimited } = situation;
  switch (end) {
    case 'answer':
      return { kind: 'settle' };
    case 'edns-rejected':
      return { kind: 'again', afterMs: 0, isExcused: true, change: 'no-edns' };
    case 'truncated':
      if (!isStream) return { kind: 'again', afterMs: 0, isExcused: true, change: 'stream' };
      return decide({ ...situation, end: 'malformed' });
    case 'timeout':
      return attempts >= maxAttempts ? { kind: 'give-up' } : again(0);
    case 'refused':
      if (isLimited) return again(MAX_PAUSE_MS, true);
      // It refuses the name, or everything: another may not, however many there are.
      if (hasOther) return again(0, true);
      break;
    default:
      // A resolver that never answered anything well says nothing about the name.
      if (hasOther && !isProven) return again(0, true);
  }
  if (attempts >= maxAttempts) return { kind: 'give-up' };
  return again(hasOther ? 0 : Math.min(PAUSE_MS * 2 ** (attempts - 1), MAX_PAUSE_MS));
}

function again(afterMs: number, isExcused = false): Decision {
  return { kind: 'again', afterMs, isExcused };
}
