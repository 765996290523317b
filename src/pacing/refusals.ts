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
  #since: number | undefined;
  #good = 0;
  #refused = 0;
  #everGood = false;
  #limit: number | undefined;
  #pausedUntil = 0;
  #pause = 0;
  /** Answers a second when the pace was first cut: all, and the good ones. */
  #first: { readonly rate: number; readonly good: number } | undefined;
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
    const total = this.#good + this.#refused;
    // Time in which nothing was asked says nothing about a pace.
    if (this.#since === undefined || total === 0) this.#since = now;
    const elapsed = now - this.#since;
    if (elapsed < PERIOD) return;
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
    const good = this.#good / (elapsed / 1000);
    this.#first ??= { rate, good };
    const slower = rate / this.#first.rate;
    if (slower < 1 / 3 && good < this.#first.good * slower * 1.4) {
      // A third of the pace and a third of the good answers: it is these names that it refuses. Who
      // refuses above a rate gives as many good ones as before.
      this.#policyUntil = now + POLICY;
      this.#limit = undefined;
      this.#first = undefined;
      return;
    }
    this.#limit = Math.max(1, rate * Math.max(0.1, 1 - share));
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
