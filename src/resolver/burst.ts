/**
 * How many attempts may begin in one turn of the event loop. What is sent beyond it would only wait:
 * for us to read its answer, or in a socket that overflows, which costs its name a try.
 */

import type { Clock } from './clock.js';

const SIZE = 512;

export class Burst {
  readonly #clock: Clock;
  readonly #onNext: () => void;
  #left = SIZE;

  /** @param onNext is called at the next turn if this one's were not enough */
  constructor(clock: Clock, onNext: () => void) {
    this.#clock = clock;
    this.#onNext = onNext;
  }

  get isSpent(): boolean {
    return this.#left <= 0;
  }

  /** Takes note of an attempt. */
  spend(): void {
    if (this.#left-- === SIZE) this.#clock.afterTurn(this.#renew);
  }

  readonly #renew = (): void => {
    const { isSpent } = this;
    this.#left = SIZE;
    if (isSpent) this.#onNext();
  };
}
