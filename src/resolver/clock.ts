/** Where the scheduler has its time from; a simulation has another. */

export interface Clock {
  /** Milliseconds; the same within one turn of the event loop. */
  readonly now: number;
  /** Calls back about every so many milliseconds until it is stopped. */
  every(ms: number, callback: () => void): { stop(): void };
}

/** A tick that is later than this many of its intervals was held up by ourselves. */
const LATE_TICKS = 25;

/**
 * Time as the event loop has it: read once a turn, because reading it for every answer would cost
 * more, and without the time for which the process stood still. An answer that waited for us in a
 * socket is not late, and a resolver that we did not listen to was not silent.
 */
export class SystemClock implements Clock {
  #now = 0;
  #stoodStill = 0;
  #tickedAt = 0;

  get now(): number {
    if (this.#now === 0) {
      this.#now = performance.now() - this.#stoodStill;
      setImmediate(this.#forget);
    }
    return this.#now;
  }

  every(ms: number, callback: () => void): { stop(): void } {
    let isStopped = false;
    // Timers come before sockets: what has arrived meanwhile is read first.
    const afterReading = () => {
      if (!isStopped) callback();
    };
    this.#tickedAt = performance.now();
    const timer = setInterval(() => {
      const time = performance.now();
      this.#stoodStill += Math.max(0, time - this.#tickedAt - LATE_TICKS * ms);
      this.#tickedAt = time;
      this.#now = 0;
      setImmediate(afterReading);
    }, ms);
    return {
      stop() {
        isStopped = true;
        clearInterval(timer);
      },
    };
  }

  readonly #forget = (): void => {
    this.#now = 0;
  };
}
