/** The most good answers a second that a resolver gave lately. Pure. */

import { ZERO } from '../core/zero.js';
import { deliveredSteadily, type SearchSubjects, SLOW_RATE } from './delivered.js';

/** How much of it is remembered from one tick to the next. */
const REMEMBERED = 0.999;
/** A limit that is below this part of it may be none. */
const FAR_BELOW = 1 / 2;
/** A limit is looked for no further down than this part of it. */
const LEAST_PART = 1 / 8;

export class BestRate {
  readonly #subjects: SearchSubjects;
  #rate = ZERO;

  constructor(subjects: SearchSubjects) {
    this.#subjects = subjects;
  }

  tick(): void {
    this.#rate = Math.max(REMEMBERED * this.#rate, deliveredSteadily(this.#subjects));
  }

  isFarAbove(rate: number): boolean {
    return rate < FAR_BELOW * this.#rate;
  }

  /** Few were ever answered a second. What came at once with the first burst is no rate. */
  get isSlow(): boolean {
    return LEAST_PART * this.#rate < SLOW_RATE;
  }

  /** The rate below which no limit is looked for; 0 where few are answered. */
  get leastPart(): number {
    return this.isSlow ? 0 : LEAST_PART * this.#rate;
  }

  /** It is known to be so high. */
  reset(rate: number): void {
    this.#rate = rate;
  }

  adopt(other: BestRate): void {
    this.#rate = other.#rate;
  }
}
