/** Which questions are asked of two resolvers, so that what they say can be compared. Pure. */

/**
 * One question in so many. Which ones is drawn, since lists have periods of their own; the first is among
 * the first few.
 */
const COMPARE_EVERY = 64;
const FIRST_COMPARED = 16;
/**
 * A slow name would take twice as long: the next question is compared in its place; but so many times
 * running only, as all of a resolver may be slow.
 */
const MAX_POSTPONED = 4;

export class ComparisonDraw {
  #left = FIRST_COMPARED;
  // Good enough to have no period that a list has, and the same in every run (Numerical Recipes, 7.1).
  #state = 1;
  #postponed = 0;
  /** The question that takes the place of one that was given up has not come yet. */
  #isOwed = false;

  /** Whether the next question is one. */
  next(): boolean {
    if (--this.#left > 0) return false;
    this.#isOwed = false;
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    this.#left = 1 + Math.floor((this.#state / 2 ** 32) * (2 * COMPARE_EVERY - 1));
    return true;
  }

  /** Gives up one that was drawn, for the next question. @returns false if it is not to be given up */
  postpone(): boolean {
    // At the end of a list only slow names are left: each would be waited for twice.
    if (this.#isOwed) return true;
    if (this.#postponed >= MAX_POSTPONED) return false;
    this.#postponed++;
    this.#left = 1;
    this.#isOwed = true;
    return true;
  }

  /** One that was drawn is compared. */
  keep(): void {
    this.#postponed = 0;
  }
}
