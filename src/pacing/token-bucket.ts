/** A pace: so many a second on average, in bursts of at most a tenth of a second. */

export class TokenBucket {
  #rate: number;
  #tokens: number;
  #filledAt: number;

  /** @param rate tokens a second; @param now milliseconds */
  constructor(rate: number, now: number) {
    this.#rate = rate;
    this.#tokens = this.#capacity;
    this.#filledAt = now;
  }

  get rate(): number {
    return this.#rate;
  }

  /** Changes the pace from now on. */
  pace(rate: number, now: number): void {
    this.#fill(now);
    this.#rate = rate;
    this.#tokens = Math.min(this.#tokens, this.#capacity);
  }

  /** Whole tokens that may be taken now. */
  available(now: number): number {
    this.#fill(now);
    return Math.floor(this.#tokens);
  }

  /** Takes a token, if there is one. */
  take(now: number): boolean {
    this.#fill(now);
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }

  /** Milliseconds until there is a token. */
  wait(now: number): number {
    this.#fill(now);
    return this.#tokens >= 1 ? 0 : ((1 - this.#tokens) / this.#rate) * 1000;
  }

  get #capacity(): number {
    return Math.max(1, this.#rate / 10);
  }

  #fill(now: number): void {
    const gained = ((now - this.#filledAt) / 1000) * this.#rate;
    this.#tokens = Math.min(this.#capacity, this.#tokens + gained);
    this.#filledAt = now;
  }
}
