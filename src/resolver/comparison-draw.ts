/** Which questions are asked of another resolver too, so that what they say can be compared. Pure. */

/**
 * One question in so many. Which ones is drawn, since lists have periods of their own; the first is among
 * the first few.
 */
const COMPARE_EVERY = 64;
const FIRST_COMPARED = 16;

export class ComparisonDraw {
  #left = FIRST_COMPARED;
  // Good enough to have no period that a list has, and the same in every run (Numerical Recipes, 7.1).
  #state = 1;

  /** Whether the next question is one. */
  next(): boolean {
    if (--this.#left > 0) return false;
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    this.#left = 1 + Math.floor((this.#state / 2 ** 32) * (2 * COMPARE_EVERY - 1));
    return true;
  }
}
