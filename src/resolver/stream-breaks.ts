/**
 * How often the streams to one resolver break, so that a break by chance can be told from one that a
 * question causes, and from a resolver that serves no streams any more. Pure.
 */

/** How many times running a break may come by chance. */
const UNLIKELY = 1e-4;
/** The most that is believed of the share of questions under which a stream breaks. */
const MAX_SHARE = 0.6;
/** Streams that break one after the other without an answer before anything is taken to be wrong. */
const FEW = 3;
/** Answers and breaks that the share is measured over. */
const MAX_COUNTED = 1000;

export class StreamBreaks {
  #answers = 0;
  #breaks = 0;
  #fruitless = 0;

  /** Streams that ended one after the other before they had brought an answer. */
  get fruitless(): number {
    return this.#fruitless;
  }

  /** A stream brought an answer. */
  onAnswer(): void {
    this.#fruitless = 0;
  }

  /**
   * A stream has ended.
   *
   * @param answers how many it brought
   * @param lost questions that it left unanswered
   */
  onEnd(answers: number, lost: number): void {
    this.#fruitless = answers === 0 ? this.#fruitless + 1 : 0;
    this.#answers += answers;
    // Of all that are lost together one at the most is the cause.
    if (lost > 0) this.#breaks++;
    while (this.#answers + this.#breaks > MAX_COUNTED) {
      this.#answers /= 2;
      this.#breaks /= 2;
    }
  }

  /** How many streams may break under one question, or one after the other, by chance. */
  get likelyRun(): number {
    const share = Math.min(MAX_SHARE, this.#breaks / (this.#answers + this.#breaks));
    return share > 0 ? Math.floor(Math.log(UNLIKELY) / Math.log(share)) : 0;
  }

  /** No stream brings an answer: none ever did, or so many in a row did not that it is no chance. */
  get isBroken(): boolean {
    return this.#fruitless >= (this.#answers === 0 ? FEW : Math.max(FEW, this.likelyRun));
  }
}
