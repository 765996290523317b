/**
 * What a resolver that answers REFUSED above a rate teaches about that rate. Pure: time is passed in,
 * in milliseconds.
 */

/** A judgement looks at what came since the last, at least this long and this many. */
const PERIOD = 100;
const SAMPLE = 16;
const MAX_PAUSE = 2000;
/** How long refusals are taken for policy, once asking less has not made them fewer. */
const POLICY = 30_000;

export class Refusals {
  #since = 0;
  #good = 0;
  #refused = 0;
  #everGood = false;
  #limit: number | undefined;
  #pausedUntil = 0;
  #pause = 0;
  /** The share of refusals and the pace when it was first cut. */
  #first: { readonly share: number; readonly rate: number } | undefined;
  #policyUntil = 0;

  /** Answers a second that the resolver seems to allow; undefined if it has not refused lately. */
  get limit(): number | undefined {
    return this.#limit;
  }

  /** Whether it refuses everything just now, after better days: asking would only spend tries. */
  isPausing(now: number): boolean {
    return now < this.#pausedUntil;
  }

  good(): void {
    this.#good++;
    this.#everGood = true;
  }

  refused(): void {
    this.#refused++;
  }

  /** Judges what came since the last judgement. To be called often. */
  judge(now: number): void {
    const elapsed = now - this.#since;
    const total = this.#good + this.#refused;
    if (elapsed < PERIOD || total === 0) return;
    // A few answers, none of them good, are enough to wait; to change the pace it takes more.
    if (total < SAMPLE && this.#good > 0 && elapsed < 10 * PERIOD) return;
    const share = this.#refused / total;
    if (share > 1 / 8) this.#tooFast(now, share, elapsed);
    else this.#wellPaced(total / (elapsed / 1000));
    this.#since = now;
    this.#good = 0;
    this.#refused = 0;
  }

  #tooFast(now: number, share: number, elapsed: number): void {
    if (!this.#everGood || now < this.#policyUntil) return;
    if (this.#good === 0) {
      this.#pause = Math.min(Math.max(PERIOD, this.#pause * 2), MAX_PAUSE);
      this.#pausedUntil = now + this.#pause;
      if (this.#limit !== undefined) this.#limit = Math.max(1, this.#limit / 2);
      return;
    }
    const rate = (this.#good + this.#refused) / (elapsed / 1000);
    this.#first ??= { share, rate };
    if (rate < this.#first.rate / 3 && share > this.#first.share * 0.75) {
      // A third of the pace and as many refusals: it is these names that it refuses.
      this.#policyUntil = now + POLICY;
      this.#limit = undefined;
      this.#first = undefined;
      return;
    }
    this.#limit = Math.max(1, rate * Math.max(0.5, 1 - share));
  }

  #wellPaced(rate: number): void {
    this.#pause = 0;
    this.#first = undefined;
    if (this.#limit === undefined) return;
    this.#limit *= 1.02;
    // A limit far above what is asked limits nothing.
    if (this.#limit > 4 * rate + 100) this.#limit = undefined;
  }
}
