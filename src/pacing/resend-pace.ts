/**
 * How many names whose question was lost are asked again at a time. Pure.
 *
 * What was lost together would be asked again together, and would be lost again where a resolver, or
 * the buffer before it, takes only so many at once. Names are resent no faster than a few times as
 * fast as answers come, so that a burst costs each of its names one try and not all of them.
 */

import { ZERO } from '../core/zero.js';

/** So many a tick are always resent, and so many at once if none was for long: what is lost of a short list. */
const LEAST = 1;
const BURST = 32;
/** Resends for each answer: of more, most would only be lost again. */
const FOR_EACH_ANSWER = 4;
/** What is answered is averaged over about so many ticks. */
const TICKS = 25;

export class ResendPace {
  readonly #ofBest: number;
  #answers = 0;
  #perTick = ZERO;
  #best = ZERO;
  #left = BURST;

  /** @param ofBest the part of the best rate so far that is resent though little is answered */
  constructor(ofBest: number) {
    this.#ofBest = ofBest;
  }

  answered(): void {
    this.#answers++;
  }

  tick(): void {
    this.#perTick += (this.#answers - this.#perTick) / TICKS;
    this.#answers = 0;
    this.#best = Math.max(this.#best, this.#perTick);
    const pace = Math.max(LEAST, FOR_EACH_ANSWER * this.#perTick, this.#ofBest * this.#best);
    this.#left = Math.min(this.#left + pace, Math.max(BURST, pace));
  }

  /** Whether one more may be resent in this tick; it counts as that. */
  take(): boolean {
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}
