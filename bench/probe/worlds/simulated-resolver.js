/** One simulated resolver: when a question that reaches it now is answered, if it is at all. */

import { TcpPath } from './tcp-path.js';

/**
 * @typedef {object} Limit a token bucket
 * @property {number} rate questions a second
 * @property {'drop' | 'refuse'} over what becomes of a question above it
 *
 * @typedef {object} Processor a slow CPU
 * @property {number} rate questions a second that it can answer
 * @property {number} queue questions that wait for it at the most; more are dropped
 *
 * @typedef {object} ResolverPlan
 * @property {number} rtt milliseconds there and back
 * @property {number} [jitter] the most milliseconds that are added, evenly distributed
 * @property {number} [loss] the share of messages lost, each way
 * @property {Limit} [limit]
 * @property {Processor} [processor]
 * @property {boolean} [isDead] it never answers
 * @property {boolean} [isUdpOnly]
 * @property {{ from: number, until: number }} [absence] it is gone between these seconds, counted from
 *   the first question
 */

/** A limit lets so many seconds' worth of questions through at once. */
const BURST_SECONDS = 0.2;

export class SimulatedResolver {
  /** Questions that reached its sockets, those included that the path then loses. */
  received = 0;
  dropped = 0;
  refused = 0;
  /** Whether the question that was taken last is to be answered with REFUSED. */
  isRefusing = false;
  /** @readonly */
  plan;
  #tokens = 0;
  #refilledAt = 0;
  #busyUntil = 0;

  /** @param {ResolverPlan} plan */
  constructor(plan) {
    this.plan = plan;
    this.#tokens = this.#burst;
  }

  /** @returns {number} */
  get #burst() {
    return Math.max(1, (this.plan.limit?.rate ?? 0) * BURST_SECONDS);
  }

  /** Begins a new run. */
  reset() {
    this.received = 0;
    this.dropped = 0;
    this.refused = 0;
    this.#tokens = this.#burst;
    this.#refilledAt = 0;
    this.#busyUntil = 0;
  }

  /**
   * Milliseconds after which the answer is back at the client; negative if there is none.
   * @param {number} now milliseconds since the first question
   * @param {number} latency milliseconds that the name takes
   * @param {boolean} isStream what is lost on a stream is only late: {@link TcpPath} sees to that
   */
  answer(now, latency, isStream) {
    this.received++;
    const { rtt, jitter = 0, loss = 0, isDead, absence, processor } = this.plan;
    const isGone =
      absence !== undefined && now >= absence.from * 1000 && now < absence.until * 1000;
    const isLost = !isStream && loss > 0 && Math.random() < loss;
    if (isDead || isGone || isLost || !this.#admit(now)) return -1;
    let wait = rtt + jitter * Math.random();
    if (!this.isRefusing) {
      wait += latency;
      if (processor) {
        const start = Math.max(now, this.#busyUntil);
        if ((start - now) * processor.rate > processor.queue * 1000) return this.#drop();
        this.#busyUntil = start + 1000 / processor.rate;
        wait += this.#busyUntil - now;
      }
    }
    return !isStream && loss > 0 && Math.random() < loss ? -1 : wait;
  }

  /** @param {number} now */
  #admit(now) {
    this.isRefusing = false;
    const { limit } = this.plan;
    if (!limit) return true;
    const refill = ((now - this.#refilledAt) * limit.rate) / 1000;
    this.#tokens = Math.min(this.#burst, this.#tokens + refill);
    this.#refilledAt = now;
    if (this.#tokens >= 1) {
      this.#tokens--;
      return true;
    }
    if (limit.over === 'refuse') {
      this.isRefusing = true;
      this.refused++;
      return true;
    }
    this.#drop();
    return false;
  }

  #drop() {
    this.dropped++;
    return -1;
  }

  /** What a connection to it goes through, one way. */
  newPath() {
    return new TcpPath(this.plan.rtt, this.plan.loss ?? 0);
  }
}
