/**
 * How often one registry host is asked, and when it is given up. Pure. It is asked at the pace that
 * was given, after a 429 at half of the present one, and then quicker by little with each answer.
 */

/** The longest wait that a registry may ask for. Milliseconds, like all times here. */
const MAX_RETRY_AFTER_MS = 60_000;
/** The pause after a 429 that names none: what was asked in the last second counts against us still. */
const LIMITED_PAUSE_MS = 2000;
/** So many 429s with no answer between them end asking there. */
const MAX_LIMITS_IN_A_ROW = 4;
/** The pause after a failed request that names none; each failure in a row doubles it so often. */
const FAILED_PAUSE_MS = 250;
const MAX_DOUBLINGS = 4;
/** So many failures in a row end asking there, once they have lasted so long. */
const MAX_FAILURES_IN_A_ROW = 6;
const MAX_FAILING_MS = 60_000;
/** A pause that a host asks for is long enough for one more question; 429s slow down no further. */
const MIN_SLOWEST_MS = 2000;
const MAX_SLOWEST_MS = 10_000;
/** What is halved where a host was asked as fast as it answers. */
const FASTEST_MS = 50;
/** What an answer makes of the time between two requests, down to what was given. */
const RECOVERY = 0.98;
/** What requests without an answer may cost in all; more only while that is less than half of the time. */
const MAX_LOST_MS = 600_000;

export class RegistryPace {
  readonly #givenMs: number;
  #intervalMs: number;
  #nextAt = 0;
  #startedAt: number | undefined;
  #sentAt = 0;
  /** From requests that were not answered to what could be sent next. */
  #lostMs = 0;
  #limitsInARow = 0;
  #failuresInARow = 0;
  /** When the first of them was sent. */
  #failingSince = 0;
  #isGivenUp = false;

  /** @param intervalMs milliseconds from one request to the next: a burst would break the limit of that second */
  constructor(intervalMs: number) {
    this.#givenMs = intervalMs;
    this.#intervalMs = intervalMs;
  }

  /** Milliseconds from one request to the next, at present. */
  get intervalMs(): number {
    return this.#intervalMs;
  }

  /** Whether the host is to be asked no more. */
  get isGivenUp(): boolean {
    return this.#isGivenUp;
  }

  /** Milliseconds until the next request may be sent. */
  waitMs(now: number): number {
    return Math.ceil(this.#nextAt - now);
  }

  sent(now: number): void {
    this.#startedAt ??= now;
    this.#sentAt = now;
    this.#nextAt = now + this.#intervalMs;
  }

  answered(): void {
    this.#failuresInARow = 0;
    if (this.#limitsInARow === 0 && this.#intervalMs === this.#givenMs) return;
    this.#limitsInARow = 0;
    this.#intervalMs = Math.max(this.#givenMs, this.#intervalMs * RECOVERY);
  }

  /** The host said 429. A pause that it does not name grows from one to the next. */
  limited(retryAfterMs: number | undefined, now: number): void {
    this.#failuresInARow = 0;
    const restMs = retryAfterMs ?? LIMITED_PAUSE_MS * 2 ** this.#limitsInARow;
    this.#limitsInARow++;
    if (this.#limitsInARow >= MAX_LIMITS_IN_A_ROW) this.giveUp();
    const slowestMs = Math.min(MAX_SLOWEST_MS, Math.max(MIN_SLOWEST_MS, restMs));
    const halvedMs = 2 * (this.#intervalMs || FASTEST_MS);
    this.#intervalMs = Math.max(this.#intervalMs, Math.min(slowestMs, halvedMs));
    this.#rest(restMs, now);
  }

  /** No answer came, or one that says that the host is in trouble. */
  failed(retryAfterMs: number | undefined, now: number): void {
    const doublings = Math.min(this.#failuresInARow, MAX_DOUBLINGS);
    if (this.#failuresInARow++ === 0) this.#failingSince = this.#sentAt;
    const isLasting = now - this.#failingSince >= MAX_FAILING_MS;
    if (isLasting && this.#failuresInARow >= MAX_FAILURES_IN_A_ROW) this.giveUp();
    this.#rest(retryAfterMs ?? FAILED_PAUSE_MS * 2 ** doublings, now);
  }

  /** Leaves the host alone for so long, or for good where it wants too much of it. */
  #rest(ms: number, now: number): void {
    this.#nextAt = Math.max(this.#nextAt, now + ms);
    this.#lostMs += this.#nextAt - this.#sentAt;
    const sinceStartMs = this.#nextAt - (this.#startedAt ?? now);
    const isMostlyLost = this.#lostMs > MAX_LOST_MS && this.#lostMs > sinceStartMs / 2;
    if (ms > MAX_RETRY_AFTER_MS || isMostlyLost) this.giveUp();
  }

  giveUp(): void {
    this.#isGivenUp = true;
  }
}
