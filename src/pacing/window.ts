/**
 * How many questions one resolver is asked at a time: more while answers come, fewer when they stop
 * coming (AIMD). Pure: time is passed in, in milliseconds.
 */

/** A window starts here and doubles each round trip until the first loss. */
const START = 32;
/** The RTO before anything was measured (RFC 6298, 2.1), and its bounds. */
const FIRST_RTO = 1000;
const MIN_RTO = 200;
/** A judgement needs this many outcomes. */
const SAMPLE = 16;

/** How a question ended, as far as pace goes. `lost`: no answer within the RTO. */
export type Outcome = 'answered' | 'lost' | 'refused' | 'servfail';

export class Window {
  readonly #ceiling: number;
  readonly #maxRto: number;
  #size: number;
  /** Above it the window grows by one each round trip, below it by one each answer. */
  #threshold: number;
  #inFlight = 0;
  #smoothed = 0;
  #variation = 0;
  #rto: number;
  #sampleStart = 0;
  #sampled = 0;
  #bad = 0;
  #failed = 0;

  /**
   * @param ceiling the most questions at a time
   * @param timeout milliseconds that a question may take; the RTO is never more
   */
  constructor(ceiling: number, timeout: number, start = START) {
    this.#ceiling = ceiling;
    this.#maxRto = timeout;
    this.#threshold = ceiling;
    this.#size = Math.min(start, ceiling);
    this.#rto = Math.min(FIRST_RTO, timeout);
  }

  get size(): number {
    return Math.floor(this.#size);
  }

  /** How many more may be asked now. */
  get room(): number {
    return Math.floor(this.#size) - this.#inFlight;
  }

  /** Questions that count: asked, and neither answered nor older than the RTO. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Milliseconds after which a missing answer counts as lost (RFC 6298). */
  get rto(): number {
    return this.#rto;
  }

  /** The smoothed round trip in milliseconds; 0 before the first answer. */
  get roundTrip(): number {
    return this.#smoothed;
  }

  /** Begins anew at this size: the conversation before it ended after as many answers. */
  restart(size: number): void {
    this.#size = Math.min(Math.max(1, size), this.#ceiling);
    this.#sampled = 0;
    this.#bad = 0;
    this.#failed = 0;
  }

  sent(): void {
    this.#inFlight++;
  }

  /** A question left the window, for whatever reason. */
  left(): void {
    this.#inFlight--;
  }

  measured(roundTrip: number): void {
    if (this.#smoothed === 0) {
      this.#smoothed = roundTrip;
      this.#variation = roundTrip / 2;
    } else {
      this.#variation += (Math.abs(this.#smoothed - roundTrip) - this.#variation) / 4;
      this.#smoothed += (roundTrip - this.#smoothed) / 8;
    }
    const rto = this.#smoothed + 4 * this.#variation;
    this.#rto = Math.min(Math.max(rto, MIN_RTO), this.#maxRto);
  }

  /** Counts how a question ended. Call before {@link left}: growth needs a window that is used. */
  ended(outcome: Outcome, now: number): void {
    this.#sampled++;
    if (outcome === 'answered') this.#grow();
    else if (outcome === 'servfail') this.#failed++;
    else this.#bad++;
    // Names that nobody answers are normal: only a burst of losses says that we ask too fast, and
    // only one judgement a round trip, for the losses of one burst come together.
    if (this.#sampled < SAMPLE || now - this.#sampleStart < this.#rto) return;
    const isTooFast = this.#bad * 8 > this.#sampled || this.#failed * 2 > this.#sampled;
    if (isTooFast) {
      this.#size = Math.max(1, this.#size / 2);
      this.#threshold = this.#size;
    }
    this.#sampled = 0;
    this.#bad = 0;
    this.#failed = 0;
    this.#sampleStart = now;
  }

  #grow(): void {
    if (this.#size >= this.#ceiling || this.#inFlight * 2 < this.#size) return;
    const step = this.#size < this.#threshold ? 1 : 1 / this.#size;
    this.#size = Math.min(this.#ceiling, this.#size + step);
  }
}
