/** Where the scheduler has its time from; a simulation has another. */

import { ZERO } from '../core/zero.js';

export interface Clock {
  /** Milliseconds; the same until the turn of the event loop ends or it is read anew. */
  readonly now: number;
  /**
   * The earliest that what is read now may have arrived: it may have waited in its socket since the
   * turn before, while the process was busy.
   */
  readonly arrivedAfter: number;
  /** When the first of what is read in this turn was read: all of it had arrived by then, or soon after. */
  readonly readingSince: number;
  /** What arrived before has been read: what is missing by then has not come. */
  readonly readUntil: number;
  /**
   * To be called when something is read.
   *
   * @param isAll whether nothing more waits there to be read
   * @returns the time anew
   */
  arrive(isAll: boolean): number;
  /** @returns the time anew, for what takes long itself */
  refresh(): number;
  /** Calls back once when all that is read now was passed on. */
  afterRead(callback: () => void): void;
  /** Calls back once when this turn of the event loop is over. */
  afterTurn(callback: () => void): void;
  /** Calls back about every so many milliseconds until it is stopped. */
  every(ms: number, callback: () => void): { stop(): void };
}

/** Less of a pause than this is no pause: the event loop found something to do at once. */
const IDLE_MS = 0.05;
/** A tick that is later than this many of its intervals was held up by ourselves. */
const LATE_TICKS = 25;

/**
 * Time as the event loop has it: read once for all that is read together, because reading it for
 * every answer would cost more, and without the time for which the process stood still. An answer
 * that waited for us in a socket is not late, and a resolver that we did not listen to was not silent.
 */
export class SystemClock implements Clock {
  #now = ZERO;
  #stoodStill = ZERO;
  /** When the last tick came, and how long one may take. */
  #tickedAt = ZERO;
  #patience = Number.POSITIVE_INFINITY;
  #isReading = false;
  #isAllRead = true;
  /** When the first of this turn was read, and how long the event loop had been idle by then. */
  #readAt = ZERO;
  #idleMs = ZERO;
  #arrivedAfter = ZERO;
  #readUntil = ZERO;

  get now(): number {
    return this.#now === 0 ? this.refresh() : this.#now;
  }

  get arrivedAfter(): number {
    return Math.min(this.#arrivedAfter, this.now);
  }

  get readingSince(): number {
    return this.#readAt;
  }

  get readUntil(): number {
    return this.#readUntil;
  }

  refresh(): number {
    if (this.#now === 0) setImmediate(this.#forget);
    const time = performance.now();
    const excess = time - this.#tickedAt - this.#patience;
    if (excess > 0) {
      this.#stoodStill += excess;
      this.#tickedAt += excess;
    }
    this.#now = time - this.#stoodStill;
    return this.#now;
  }

  arrive(isAll: boolean): number {
    this.refresh();
    if (!this.#isReading) this.#beginReading();
    this.#isAllRead &&= isAll;
    return this.#now;
  }

  #beginReading(): void {
    this.#isReading = true;
    setImmediate(this.#endReading);
    const { idleTime } = performance.nodeTiming;
    const wasIdle = idleTime - this.#idleMs > IDLE_MS;
    if (wasIdle) this.#arrivedAfter = this.#now;
    else if (this.#isAllRead) this.#arrivedAfter = this.#readAt;
    this.#isAllRead = true;
    this.#idleMs = idleTime;
    this.#readAt = this.#now;
  }

  afterRead(callback: () => void): void {
    process.nextTick(callback);
  }

  afterTurn(callback: () => void): void {
    setImmediate(callback);
  }

  every(ms: number, callback: () => void): { stop(): void } {
    let isStopped = false;
    let time = 0;
    const afterReading = () => {
      if (this.#isAllRead) this.#readUntil = time;
      if (!isStopped) callback();
    };
    // Timers come before sockets, and what sockets have brought is passed on behind what was planned
    // before: what has arrived until now is known in the turn after the next.
    const beforeReading = () => {
      time = this.refresh();
      this.#isAllRead = true;
      setImmediate(() => setImmediate(afterReading));
    };
    this.#readUntil = this.refresh();
    this.#tickedAt = performance.now();
    this.#patience = LATE_TICKS * ms;
    const timer = setInterval(() => {
      this.refresh();
      this.#tickedAt = performance.now();
      setImmediate(beforeReading);
    }, ms);
    return {
      stop: () => {
        isStopped = true;
        this.#patience = Number.POSITIVE_INFINITY;
        clearInterval(timer);
      },
    };
  }

  readonly #forget = (): void => {
    this.#now = 0;
  };

  readonly #endReading = (): void => {
    this.#isReading = false;
  };
}
