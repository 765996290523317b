/** What went out and what came back lately, a slot for each tick: rates and the quickest answer. */

const SLOTS = 64;

/** The least latency of the good answers in a stretch of time, and of those in each tick of it on average. */
export interface Quickest {
  readonly ms: number;
  readonly usualMs: number;
}

export class DeliveryMeter {
  readonly #endedAt = new Float64Array(SLOTS);
  readonly #goodBy = new Float64Array(SLOTS);
  readonly #firstsBy = new Float64Array(SLOTS);
  readonly #freshSentBy = new Float64Array(SLOTS);
  readonly #quickest = new Float64Array(SLOTS);
  #slot = 0;
  #filled = 0;
  #freshSent = 0;
  #good = 0;
  #firsts = 0;
  #quickestNow = Number.POSITIVE_INFINITY;

  sent(isFresh: boolean): void {
    if (isFresh) this.#freshSent++;
  }

  /** @param isFresh names that were lost before are slow more often: their latency says nothing */
  answered(latency: number, isFresh: boolean): void {
    this.#good++;
    if (!isFresh) return;
    this.#firsts++;
    if (latency < this.#quickestNow) this.#quickestNow = latency;
  }

  tick(now: number): void {
    this.#slot = (this.#slot + 1) % SLOTS;
    this.#endedAt[this.#slot] = now;
    this.#freshSentBy[this.#slot] = this.#freshSent;
    this.#goodBy[this.#slot] = this.#good;
    this.#firstsBy[this.#slot] = this.#firsts;
    this.#quickest[this.#slot] = this.#quickestNow;
    this.#quickestNow = Number.POSITIVE_INFINITY;
    this.#filled = Math.min(this.#filled + 1, SLOTS);
  }

  /** Good answers a second over the last so many milliseconds. */
  goodRate(ms: number): number {
    return this.#rate(this.#goodBy, ms);
  }

  /**
   * The least latency of the good answers in so many milliseconds; undefined if they are few.
   *
   * @param least milliseconds that an answer takes at least
   */
  quickest(ms: number, few: number, least: number): Quickest | undefined {
    const back = this.#slotsBack(ms);
    const then = this.#at(back);
    const count = (this.#firstsBy[this.#slot] as number) - (this.#firstsBy[then] as number);
    // While no new names are sent that may be answered by now, the slow ones are all that still is.
    const from = this.#at(this.#slotsBack(least + ms));
    const until = this.#at(this.#slotsBack(least));
    const sent = (this.#freshSentBy[until] as number) - (this.#freshSentBy[from] as number);
    if (back === 0 || count < few || sent < few) return undefined;
    let quickest = Number.POSITIVE_INFINITY;
    let sum = 0;
    let ticks = 0;
    for (let i = 0; i < back; i++) {
      const ofTick = this.#quickest[this.#at(i)] as number;
      if (ofTick === Number.POSITIVE_INFINITY) continue;
      quickest = Math.min(quickest, ofTick);
      sum += ofTick;
      ticks++;
    }
    return { ms: quickest, usualMs: sum / ticks };
  }

  /** Milliseconds from one tick to the next, on average of so many milliseconds. */
  tickGap(ms: number): number {
    const back = this.#slotsBack(ms);
    if (back === 0) return 0;
    const then = this.#endedAt[this.#at(back)] as number;
    return ((this.#endedAt[this.#slot] as number) - then) / back;
  }

  #rate(totals: Float64Array, ms: number): number {
    const then = this.#at(this.#slotsBack(ms));
    const elapsed = (this.#endedAt[this.#slot] as number) - (this.#endedAt[then] as number);
    if (elapsed <= 0) return 0;
    return (((totals[this.#slot] as number) - (totals[then] as number)) / elapsed) * 1000;
  }

  #slotsBack(ms: number): number {
    const from = (this.#endedAt[this.#slot] as number) - ms;
    let back = 0;
    while (back < this.#filled - 1 && (this.#endedAt[this.#at(back)] as number) > from) back++;
    return back;
  }

  #at(back: number): number {
    return (this.#slot - back + SLOTS) % SLOTS;
  }
}
