/** How many answers of a resolver settled something, and what came of the others. Pure. */

import type { LookupFailure } from '../core/model.js';
import { type AttemptEnd, isGarbled, lookupFailureOf } from './retry-policy.js';

/** So many answers without a good one: it does not resolve, or not for us. */
const USELESS_AFTER = 8;

/**
 * So many denials without a SOA that others vouched for, and so many more for each that they refuted, and none with one: it
 * leaves them out.
 */
const BARE_CONFIRMED = 16;
const CONFIRMED_FOR_REFUTED = 64;

/** Of what it is asked, it leaves this part at least without an answer that settles it, seen of so many. */
const UNSTEADY_SHARE = 1 / 8;
const UNSTEADY_AFTER = 8;
/** One that leaves so much less open than another is steadier. */
const STEADIER_BY = 4;

/** What a resolver's answers come to. */
interface AnswerFailure {
  readonly reason: LookupFailure;
  /** Of the last answer, over HTTP. */
  readonly httpStatus?: number | undefined;
}

export class AnswerCounts {
  #good = 0;
  #bad = 0;
  #garbled = 0;
  #hasVouched = false;
  #bareConfirmed = 0;
  #bareRefuted = 0;
  /** Failures, and questions that were lost or took too long. */
  #open = 0;
  #lastBad: AttemptEnd | undefined;
  #httpStatus: number | undefined;

  noteGood(): void {
    this.#good++;
  }

  noteBad(end: AttemptEnd, httpStatus?: number): void {
    this.#bad++;
    if (isGarbled(end)) this.#garbled++;
    if (end === 'servfail') this.#open++;
    this.#lastBad = end;
    this.#httpStatus = httpStatus;
  }

  /** Takes note of a denial with the SOA of the zone. */
  noteVouched(): void {
    this.#hasVouched = true;
  }

  /** What others said of a name that it had denied without a SOA. */
  noteBare(isConfirmed: boolean): void {
    if (isConfirmed) this.#bareConfirmed++;
    else this.#bareRefuted++;
  }

  /** Its denials have no SOA; else one without may be what it says when it has no answer. */
  get leavesOutSoa(): boolean {
    const needed = BARE_CONFIRMED + CONFIRMED_FOR_REFUTED * this.#bareRefuted;
    return !this.#hasVouched && this.#bareConfirmed >= needed;
  }

  get hasVouched(): boolean {
    return this.#hasVouched;
  }

  /** A question was lost, or its answer takes too long. */
  noteLost(): void {
    this.#open++;
  }

  /** 0 as long as too little was seen. */
  get #openShare(): number {
    const all = this.#open + this.#good;
    return all < UNSTEADY_AFTER ? 0 : this.#open / all;
  }

  /** What it leaves open says little of the name, if others leave less. */
  get isUnsteady(): boolean {
    return this.#openShare >= UNSTEADY_SHARE;
  }

  /** As far as is known: one that is far away may have answered nothing yet. */
  isSteadierThan(other: AnswerCounts): boolean {
    return this.#openShare * STEADIER_BY <= other.#openShare;
  }

  get hasGood(): boolean {
    return this.#good > 0;
  }

  /** Most of what it says is no answer: others are to be asked before it. */
  get isGarbling(): boolean {
    return this.#garbled >= USELESS_AFTER && this.#garbled > this.#good;
  }

  /** The same where it has never said anything of use. */
  get isUseless(): boolean {
    return this.#good === 0 && this.#bad >= USELESS_AFTER;
  }

  /** If it is useless: of a few answers only, the names may be the cause, but not of an HTTP status. */
  get failure(): AnswerFailure | undefined {
    const [end, httpStatus] = [this.#lastBad, this.#httpStatus];
    const isUseless = this.isUseless || (this.#good === 0 && httpStatus !== undefined);
    if (!isUseless || end === undefined) return undefined;
    return { reason: lookupFailureOf(end), httpStatus };
  }
}
