/** How many answers of a resolver settled something, and what came of the others. Pure. */

import type { LookupFailure } from '../core/model.js';
import { type AttemptEnd, lookupFailureOf } from './retry-policy.js';

/** So many answers without a good one: it does not resolve, or not for us. */
const USELESS_AFTER = 8;

export class AnswerCounts {
  #good = 0;
  #bad = 0;
  #lastBad: AttemptEnd | undefined;

  noteGood(): void {
    this.#good++;
  }

  noteBad(end: AttemptEnd): void {
    this.#bad++;
    this.#lastBad = end;
  }

  get hasGood(): boolean {
    return this.#good > 0;
  }

  /** Others are to be asked before it. */
  get isUseless(): boolean {
    return this.#good === 0 && this.#bad >= USELESS_AFTER;
  }

  /** What its answers come to, if it is useless: of a few only, the names may be the cause. */
  get failure(): LookupFailure | undefined {
    if (!this.isUseless || this.#lastBad === undefined) return undefined;
    return lookupFailureOf(this.#lastBad);
  }
}
