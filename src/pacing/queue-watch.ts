/**
 * Watches for a queue before a resolver: it makes even the quickest answers late, and a window gives
 * back what only waits in it. Pure.
 */

import { ZERO } from '../core/zero.js';
import type { DeliveryMeter } from './delivery-meter.js';

/** Answers are looked at over this long, if there are so many. */
const LOOK_MS = 100;
const ANSWERS = 100;
/** Over this long if they are fewer, at least so many. */
const LONG_LOOK_MS = 300;
const FEW_ANSWERS = 20;
/** A delay is a queue's if the quickest answers of each tick differ by no more than this part of it. */
const MOST_SPREAD = 1 / 2;
/** The delay by a queue that does no harm: it keeps reads and writes large. */
const SLACK_MS = 20;
/** Whether a queue got shorter is seen no later than so long after it could be. */
const SEEN_WITHIN_MS = 1000;
/** The least latency that was ever seen is forgotten a little with each tick: paths change. */
const FORGOTTEN = 1.0002;

/** How many attempts are in flight for nothing. */
export interface StandingQueue {
  /** They only wait in the queue. */
  readonly waiting: number;
  /** So many keep the resolver busy without one. */
  readonly needed: number;
}

export class QueueWatch {
  /** The latency of the quickest answer where there is no queue: the network's own. */
  #base = Number.POSITIVE_INFINITY;
  #nextAt = ZERO;
  /** The latency of the quickest answer before the queue was made shorter, and by how much it should differ now. */
  #beforeMs = Number.POSITIVE_INFINITY;
  #differenceMs = ZERO;
  /** A cache close by gives some answers: a single one says nothing of the network behind it. */
  #hasCache = false;

  /** @param latency of a good answer to the first attempt for a name, in milliseconds */
  answered(latency: number): void {
    if (latency < this.#base && !this.#hasCache) this.#base = latency;
  }

  /**
   * The queue, if it does harm.
   *
   * @param median of the latencies, in milliseconds
   */
  look(meter: DeliveryMeter, median: number, now: number): StandingQueue | undefined {
    const quickest =
      meter.quickest(LOOK_MS, ANSWERS, this.#base) ??
      meter.quickest(LONG_LOOK_MS, FEW_ANSWERS, this.#base);
    if (quickest === undefined) return undefined;
    this.#base *= FORGOTTEN;
    if (this.#hasCache) this.#base = Math.min(this.#base, quickest.usualMs);
    const delay = quickest.ms - this.#base;
    // A queue delays all alike. Where latencies vary, the quickest of few is late by chance.
    if (quickest.usualMs - quickest.ms > MOST_SPREAD * delay) return undefined;
    // Ticks that come late say that the queue is before ourselves: others cannot shorten it.
    const lag = 2 * Math.max(0, meter.tickGap(2 * LOOK_MS) - SLACK_MS);
    const slack = SLACK_MS + lag + this.#base / 4;
    if (now < this.#nextAt) return undefined;
    const isAsBefore =
      now < this.#nextAt + SEEN_WITHIN_MS &&
      Math.abs(quickest.ms - this.#beforeMs) < this.#differenceMs;
    this.#beforeMs = Number.POSITIVE_INFINITY;
    if (delay < 1.5 * slack) return undefined;
    if (isAsBefore) {
      // A queue would be shorter, as less is asked, or longer by what was sent before that. So long do answers take.
      this.#base = quickest.ms;
      this.#hasCache = true;
      return undefined;
    }
    this.#beforeMs = quickest.ms;
    this.#differenceMs = (delay - slack) / 2;
    // What is done about it shows only then.
    this.#nextAt = now + delay + median + LOOK_MS;
    const rate = meter.goodRate(2 * LOOK_MS) / 1000;
    return { waiting: rate * (delay - slack), needed: rate * (median + slack) };
  }

  /** No less is asked: the queue stays as it is. */
  noteKept(): void {
    this.#beforeMs = Number.POSITIVE_INFINITY;
  }

  adopt(other: QueueWatch): void {
    this.#base = other.#base;
    this.#hasCache = other.#hasCache;
  }
}
