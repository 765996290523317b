/** Which questions are asked of another resolver too, so that what they say can be compared. Pure. */

/**
 * One question in so many; in a long list, of those that come late one in so many. Which ones is drawn, since
 * lists have periods of their own; the first is among the first few.
 */
const COMPARE_EVERY = 64;
const LATE_FACTOR = 2;
const LATE = 16_384;
const FIRST_COMPARED = 16;

export class ComparisonDraw {
  readonly #every: number;
  #left = FIRST_COMPARED;
  #drawn = 0;
  // Good enough to have no period that a list has, and the same in every run (Numerical Recipes, 7.1).
  #state = 1;

  constructor(every = COMPARE_EVERY) {
    this.#every = every;
  }

  /** Whether the next question is one. */
  next(): boolean {
    if (--this.#left > 0) return false;
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    const every = this.#drawn < LATE ? this.#every : this.#every * LATE_FACTOR;
    this.#left = 1 + Math.floor((this.#state / 2 ** 32) * (2 * every - 1));
    this.#drawn += this.#left;
    return true;
  }
}
