/** How many answers of a resolver settled something, and what came of the others. Pure. */

import type { LookupFailure } from '../core/model.js';
import { type AttemptEnd, isGarbled, lookupFailureOf } from './retry-policy.js';

/** So many answers without a good one: it does not resolve, or not for us. */
const USELESS_AFTER = 8;

/** So many denials without a SOA, and none with one: it leaves them out. */
const BARE_IN_DOUBT = 16;

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
  #bare = 0;
  #lastBad: AttemptEnd | undefined;
  #httpStatus: number | undefined;

  noteGood(): void {
    this.#good++;
  }

  noteBad(end: AttemptEnd, httpStatus?: number): void {
    this.#bad++;
    if (isGarbled(end)) this.#garbled++;
    this.#lastBad = end;
    this.#httpStatus = httpStatus;
  }

  /** Takes note of a denial with the SOA of the zone. */
  noteVouched(): void {
    this.#hasVouched = true;
  }

  /**
   * Takes note of a denial without, which may be what it says when it has no answer: where its others have one, or
   * where those of other resolvers do and it has not said many.
   *
   * @returns whether it may be that
   */
  noteBare(othersVouch: boolean): boolean {
    return this.#hasVouched || (othersVouch && ++this.#bare <= BARE_IN_DOUBT);
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
