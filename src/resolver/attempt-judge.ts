/** Carries out what the retry policy decides about an attempt that has ended. */

import type { Reply } from '../dns/message.js';
import { denialOf } from '../dns/reply-class.js';
import type { Failure } from '../transports/connection.js';
import type { Attempt } from './attempt.js';
import type { PendingQuery, Unanswered } from './query.js';
import type { QueryQueue } from './query-queue.js';
import {
  type AttemptEnd,
  classify,
  decide,
  isLeftOpen,
  isUseless,
  lookupFailureOf,
  MOST_ASKED,
  needsStream,
} from './retry-policy.js';
import type { Upstream } from './upstream.js';
import type { UpstreamSet } from './upstream-set.js';

export interface JudgeOptions {
  readonly upstreams: UpstreamSet;
  readonly queue: QueryQueue;
  /** Attempts that count, and milliseconds that one may take. */
  readonly tries: number;
  readonly timeout: number;
}

/**
 * Connections that may break under a name at no cost, at least; more where that many break by chance. A name
 * that loses more is the one that breaks them. A break counts more for the first on a connection that brought
 * no answer.
 */
const MIN_FREE_BREAKS = 8;
const WEIGHT_OF_SUSPECT = 3;

/** So many denials without a SOA are asked for elsewhere though none had one yet. */
const BARE_IN_DOUBT = 16;

export class AttemptJudge {
  readonly #options: JudgeOptions;
  /** Some resolver has denied with a SOA; and how many denials had none before. */
  #hasVouched = false;
  #bare = 0;

  constructor(options: JudgeOptions) {
    this.#options = options;
  }

  onAnswer(attempt: Attempt, answer: Reply | Failure, now: number): void {
    const { question: query } = attempt;
    if (query.isSettled || query.isHealthCheck) return;
    const upstream = this.#upstreamOf(attempt);
    const { isStream } = attempt.channel;
    const end = classify(answer, attempt.edns, isStream, query.wasTruncated);
    if (end === 'answer' && this.#isDoubtful(answer as Reply, query, upstream)) {
      this.fail(attempt, 'lame', answer as Reply, now);
    } else if (end === 'answer') {
      const { label, number } = upstream;
      this.#options.queue.answered();
      if (query.bareAt) this.#noteBare(query.bareAt, answer as Reply);
      upstream.onGoodAnswer(attempt, now);
      const refusals = query.refusalsAt(number);
      if (refusals > 0) upstream.refusals.noteLimit(refusals, now);
      query.settle({ reply: answer as Reply, resolver: label, transport: attempt.transport });
    } else {
      const [reply, httpStatus] =
        'failed' in answer ? [undefined, answer.httpStatus] : [answer, undefined];
      upstream.answerCounts.noteBad(end, httpStatus);
      this.fail(attempt, end, reply, now);
    }
  }

  /**
   * Whether another resolver is to be asked because this one does not vouch for its denial, as it usually does, or
   * says that it may not hold.
   */
  #isDoubtful(reply: Reply, query: PendingQuery, upstream: Upstream): boolean {
    const denial = denialOf(reply);
    if (denial === undefined || query.isForOne) return false;
    if (denial === 'vouched') {
      this.#hasVouched = true;
      upstream.answerCounts.noteVouched();
      return false;
    }
    if (denial === 'bare' && !this.#mayBeNone(upstream)) return false;
    if (query.begun >= MOST_ASKED) return false;
    // Where others have said something already, what may be no denial is none against that.
    const isAgainst = denial === 'bare' && query.isRestricted && upstream.answerCounts.hasVouched;
    if (!isAgainst && !this.#options.upstreams.hasUntried(query)) return false;
    if (denial === 'bare') query.noteBare(upstream.number);
    return true;
  }

  /** Whether a denial without a SOA may be what the resolver says when it has no answer. */
  #mayBeNone({ answerCounts }: Upstream): boolean {
    if (answerCounts.hasVouched) return true;
    // Before any has vouched, it is not known whether that is to be expected.
    return this.#hasVouched ? !answerCounts.leavesOutSoa : ++this.#bare <= BARE_IN_DOUBT;
  }

  /** Another has said what is true of a name that some have denied without a SOA. */
  #noteBare(upstreams: readonly number[], reply: Reply): void {
    const isFound = reply.records.length > 0;
    if (!isFound && denialOf(reply) !== 'vouched') return;
    for (const number of upstreams) {
      (this.#options.upstreams.all[number] as Upstream).answerCounts.noteBare(!isFound);
    }
  }

  /** An attempt is over and has settled nothing. */
  fail(attempt: Attempt, end: AttemptEnd, reply: Reply | undefined, now: number): void {
    const { question: query } = attempt;
    if (query.isHealthCheck || query.isSettled) return;
    const upstream = this.#upstreamOf(attempt);
    if (query.isForItAlone && isUseless(end)) {
      query.settle(failureOf(end, reply, upstream, attempt));
      return;
    }
    if (end === 'timeout') upstream.answerCounts.noteLost();
    const limitedShare = upstream.refusals.limitedShare(now);
    if (end === 'refused') {
      query.noteRefused(upstream.number);
      if (limitedShare > 0) query.noteLimitRefusal();
      const countercheck = upstream.countercheck(now);
      if (countercheck) this.#options.queue.putBack([countercheck]);
    }
    const decision = decide({
      end,
      isStream: attempt.channel.isStream,
      attempts: query.countAttempts(),
      maxAttempts: this.#options.tries,
      begun: query.begun,
      hasOther:
        end !== 'timeout' && !query.isForItAlone && this.#options.upstreams.hasUntried(query),
      isProven: upstream.isProven,
      hasSteadier: isLeftOpen(end) && this.#options.upstreams.hasSteadier(query, upstream),
      limitedShare,
      limitRefusals: query.limitRefusals,
      isOfName: end === 'refused' && isOfName(attempt, upstream),
      hasStream: upstream.hasStream(now),
    });
    if (decision.kind === 'settle') return;
    const change = decision.kind === 'again' ? decision.change : undefined;
    if (!change || end === 'timeout') query.fail(failureOf(end, reply, upstream, attempt));
    if (change === 'stream') query.requireStream(end === 'truncated');
    else if (change) query.leaveOutEdns();
    if (decision.kind === 'again' && decision.isExcused) attempt.excuse();
    // Another attempt is about to begin, or may still bring the answer.
    if (query.isWaiting || (end === 'timeout' && query.inFlight > 0)) return;
    if (decision.kind === 'give-up') {
      if (query.inFlight === 0) query.settle(query.lastFailure as Unanswered);
    } else if (decision.afterMs > 0) {
      if (limitedShare > 0) this.#options.queue.delayApart(query, decision.afterMs);
      else this.#options.queue.delay(query, decision.afterMs);
    } else if (end === 'timeout') {
      this.#options.queue.resend(query);
    } else {
      this.#options.queue.putBack([query]);
    }
  }

  /** An attempt takes longer than answers usually do: it may be lost, and is made again. */
  onLate(attempt: Attempt, now: number): void {
    const { question: query } = attempt;
    if (query.isWaiting || query.isSettled || query.isHealthCheck) return;
    attempt.miss();
    const { tries, upstreams } = this.#options;
    const upstream = this.#upstreamOf(attempt);
    upstream.answerCounts.noteLost();
    if (query.begun < MOST_ASKED && upstreams.hasSteadier(query, upstream)) attempt.excuse();
    const attempts = query.countAttempts();
    if (attempts >= tries) return;
    const { isStream } = attempt.channel;
    const hasStream = upstream.hasStream(now);
    if (needsStream({ isStream, attempts, maxAttempts: tries, hasStream })) query.requireStream();
    this.#options.queue.resend(query);
  }

  /**
   * Puts what was in flight on a broken connection before all others: it does not count, up to a bound.
   * Its clock runs on, so that a resolver that breaks every connection does not keep a name for ever.
   *
   * @param suspect what may have broken it
   */
  requeue(lost: readonly Attempt[], now: number, suspect?: Attempt): void {
    const again: PendingQuery[] = [];
    for (const each of lost) {
      const { question: query } = each;
      if (query.isHealthCheck) continue;
      if (now - each.startedAt >= this.#options.timeout) {
        this.fail(each, 'timeout', undefined, now);
        continue;
      }
      // Of several attempts for one name one counts.
      if (query.isWaiting || query.isSettled) {
        each.excuse();
        continue;
      }
      const { likelyRun } = each.channel.breaks;
      const free = Math.max(MIN_FREE_BREAKS, WEIGHT_OF_SUSPECT * likelyRun);
      if (query.noteBreak(each === suspect ? WEIGHT_OF_SUSPECT : 1) > free) {
        this.fail(each, 'network', undefined, now);
        continue;
      }
      each.excuse();
      query.wait(each.startedAt);
      again.push(query);
    }
    this.#options.queue.putBack(again);
  }

  /** Puts back what a resolver never had a chance to answer: neither an attempt nor time was spent. */
  release(lost: readonly Attempt[]): void {
    const again: PendingQuery[] = [];
    for (const each of lost) {
      const { question: query } = each;
      each.withdraw();
      if (query.isHealthCheck || query.isSettled || query.isWaiting) continue;
      query.wait();
      again.push(query);
    }
    this.#options.queue.putBack(again);
  }

  #upstreamOf({ upstream }: Attempt): Upstream {
    return this.#options.upstreams.all[upstream] as Upstream;
  }
}

/**
 * Whether a resolver refuses the name, as far as can be told: neither above a rate, as it answers what is asked beside
 * it, nor because too much is open already, as forwarders do.
 */
function isOfName({ sentAt, wasRefusedInTurn }: Attempt, { refusals }: Upstream): boolean {
  return wasRefusedInTurn && refusals.areOfNames(sentAt);
}

function failureOf(
  end: AttemptEnd,
  reply: Reply | undefined,
  { label }: Upstream,
  { transport }: Attempt,
): Unanswered {
  // A truncated answer holds some of the records only, which are no evidence.
  const evidence = end === 'truncated' && reply ? { ...reply, records: [], chain: 0 } : reply;
  return {
    failed: lookupFailureOf(end),
    resolver: label,
    transport,
    ...(evidence && { reply: evidence }),
  };
}
