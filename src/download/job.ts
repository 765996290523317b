/** One input on its way: its clock, its tries, its room in memory, and what ends it. */

import { Cancellation } from '../core/cancel-signal.js';
import type { Reservation } from '../storage/byte-budget.js';
import type { Outcome } from './outcome.js';

const OUT_OF_TIME = new Error('out of time');

export class Job {
  /** Where the bytes of its file are reserved. */
  readonly room: Reservation;
  /** Aborts when it is out of time, and by {@link abort}. */
  readonly signal = new Cancellation();
  /** Tries that were sent. */
  attempts = 0;
  /** What the last try came to, while another one is to follow. */
  last: Outcome | undefined;
  /** The host that was asked last refuses it alone, and serves others. */
  isRefusedAlone = false;
  readonly #maxTimeMs: number;
  #startedAt: number | undefined;
  #throttledAt: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param maxTimeMs milliseconds from its first request; Infinity is no limit */
  constructor(room: Reservation, maxTimeMs: number) {
    this.room = room;
    this.#maxTimeMs = maxTimeMs;
  }

  /** A request is sent: the first of them starts the clock. */
  begin(): void {
    if (this.#startedAt !== undefined) return;
    this.#startedAt = performance.now();
    if (this.#maxTimeMs === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(() => this.abort(OUT_OF_TIME), this.#maxTimeMs);
  }

  /** Milliseconds since its first request. */
  get ms(): number {
    return this.#startedAt === undefined ? 0 : performance.now() - this.#startedAt;
  }

  get timeLeftMs(): number {
    return this.#maxTimeMs - this.ms;
  }

  get isOutOfTime(): boolean {
    return this.signal.reason === OUT_OF_TIME;
  }

  /** Notes that a host throttles it (`Retry-After`, or a 429): milliseconds since the first time. */
  markThrottled(): number {
    this.#throttledAt ??= performance.now();
    return performance.now() - this.#throttledAt;
  }

  get wasThrottled(): boolean {
    return this.#throttledAt !== undefined;
  }

  abort(reason: unknown): void {
    this.signal.abort(reason);
  }

  /** It is over: its room is given back. */
  end(): void {
    clearTimeout(this.#timer);
    this.room.release();
  }
}
