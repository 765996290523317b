/** How long an attempt is waited for before it is taken for lost. Pure. */

import { ZERO } from '../core/zero.js';
import { Latencies } from './latencies.js';

/** The time before a resend while latencies are not known, and the least later on; milliseconds. */
const FIRST_MS = 600;
const MIN_MS = 200;
/** A resend waits so many times as long as this share of the answers takes. */
const FACTOR = 1.25;
const QUANTILE = 0.95;
/** The same where each resend takes the place of another question. */
const PATIENT_QUANTILE = 0.99;
/** The same where hardly any question is left. */
const LAST_QUANTILE = 0.85;
/** Fewer latencies than these say nothing; than those, too little of the slow names. */
const FEW = 128;
const ENOUGH = 1000;
/** By then the slow names had their time. */
const ENOUGH_MS = 2500;
/** More are halved in weight, so that the latest count most. */
const MANY = 8192;

export class ResendTimer {
  readonly #timeout: number;
  readonly #latencies = new Latencies();
  #afterMs: number;
  #patientMs: number;
  #lastMs: number;
  #firstAt = ZERO;

  /** @param timeout milliseconds that an attempt may take */
  constructor(timeout: number) {
    this.#timeout = timeout;
    this.#afterMs = Math.min(FIRST_MS, timeout);
    this.#patientMs = this.#afterMs;
    this.#lastMs = this.#afterMs;
  }

  /** Milliseconds. */
  get afterMs(): number {
    return this.#afterMs;
  }

  /** The same where each resend takes the place of another question. */
  get patientMs(): number {
    return this.#patientMs;
  }

  /** The same where hardly any question is left. */
  get lastMs(): number {
    return this.#lastMs;
  }

  /** @param latency of a good answer, in milliseconds */
  add(latency: number): void {
    this.#latencies.add(latency);
  }

  /** Another cohort is judged. @param median of the latencies, in milliseconds */
  update(now: number, median: number): void {
    if (this.#firstAt === 0) this.#firstAt = now;
    const { count } = this.#latencies;
    const time =
      count < FEW
        ? Math.max(FIRST_MS, 2 * median + MIN_MS)
        : FACTOR * this.#latencies.quantile(QUANTILE);
    const isEarly = count < ENOUGH || now - this.#firstAt < ENOUGH_MS;
    this.#afterMs = Math.min(this.#timeout, Math.max(isEarly ? FIRST_MS : MIN_MS, time));
    const patient = FACTOR * this.#latencies.quantile(PATIENT_QUANTILE);
    this.#patientMs = Math.min(this.#timeout, Math.max(this.#afterMs, patient));
    const last = FACTOR * this.#latencies.quantile(LAST_QUANTILE);
    this.#lastMs = isEarly ? this.#afterMs : Math.min(this.#afterMs, Math.max(MIN_MS, last));
  }

  fade(): void {
    if (this.#latencies.count > MANY) this.#latencies.fade();
  }

  adopt(other: ResendTimer): void {
    this.#afterMs = other.#afterMs;
    this.#patientMs = other.#patientMs;
    this.#lastMs = other.#lastMs;
  }
}
