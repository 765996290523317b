/** How much one host is asked at a time: what it wishes, what it bears, and what we allow ourselves. */

import { TokenBucket } from './token-bucket.js';

export interface HostLimits {
  /** Requests in flight. */
  readonly perHost: number;
  /** Requests a second; 0 is no limit. */
  readonly rate: number;
  /** Milliseconds; a host that lets nothing through for longer is given up. */
  readonly giveUpAfterMs: number;
}

/**
 * What a request tells of its host: `answered`, whatever the status, for the status is its URL's;
 * `refused` by a 429 (RFC 6585, 4); `silent`, no answer or no connection; or nothing (`unclear`).
 */
export type HostSign = 'answered' | 'refused' | 'silent' | 'unclear';

/** Why a request is skipped: it is never sent. */
export interface SkipCause {
  readonly reason: 'silent' | 'asks-to-wait' | 'refuses';
  /** Of the answer that asked for a pause, or that refused. */
  readonly status?: number | undefined;
  /** Milliseconds that it asks to wait. */
  readonly waitMs?: number | undefined;
}

/** Silent requests running before the host is left alone for a while, and before it is given up. */
const COOL_DOWN_AFTER = 8;
const DOWN_AFTER = COOL_DOWN_AFTER + 5;
/** Milliseconds of the first cool-down, which doubles each time, and of the longest. */
const FIRST_COOL_DOWN_MS = 1000;
const MAX_COOL_DOWN_MS = 8000;

/**
 * Times running that a host refuses one asker, and serves others in between, before that is not taken for its pace.
 */
const ALONE_AFTER = 2;

/** What had come of others when an asker was last refused. */
interface Refusal {
  readonly served: number;
  /** Askers that had been refused at all. */
  readonly refused: number;
  /** Times running that others were served since the time before, and none was refused for its first time. */
  readonly alone: number;
  /** How often it has halved the rate. */
  readonly halvings: number;
}

/** Milliseconds over which the pace of a host is measured when it refuses for the first time. */
const MEASURED_MS = 1000;
/** Requests a second that are taken for the pace at the least: a few requests are no measure. */
const LEAST_MEASURED = 20;
/** Requests a second that are let through at the least, unless it asks for a pause. */
const MIN_RATE = 0.2;
/** What each answer adds to the learned rate: a twentieth more a second. */
const GROWTH = 0.05;

/**
 * Pure: it has no clock and sends nothing. `now` is in milliseconds on a clock that never goes back.
 * Each request that {@link admit} lets go ends in {@link end}.
 */
export class HostLimiter {
  readonly #limits: HostLimits;
  readonly #allowed: TokenBucket | undefined;
  /** The rate that the host's refusals taught. */
  #learned: TokenBucket | undefined;
  #inFlight = 0;
  /** Changes with each cool-down and each lowering of the rate: what was sent before tells nothing new. */
  #generation = 0;
  #silent = 0;
  #coolUntil = 0;
  #pausedUntil = 0;
  #pauseStatus: number | undefined;
  /** Since when it has let nothing through. */
  #refusingSince: number | undefined;
  /** Requests let go since `#countedFrom`. */
  #count = 0;
  #countedFrom: number;
  #countBefore = 0;
  #served = 0;
  #refused = 0;
  readonly #refusals = new WeakMap<object, Refusal>();

  constructor(limits: HostLimits, now: number) {
    this.#limits = limits;
    this.#countedFrom = now;
    this.#allowed = limits.rate > 0 ? new TokenBucket(limits.rate, now) : undefined;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Given with a request, and back to {@link end}. */
  get generation(): number {
    return this.#generation;
  }

  /** Requests a second that the host's refusals have taught; undefined where it never refused. */
  get learnedRate(): number | undefined {
    return this.#learned?.rate;
  }

  /** Nothing is known of it that the next request would have to know. */
  get isForgettable(): boolean {
    const isNew = !this.#learned && !this.#allowed && this.#silent === 0;
    return isNew && this.#inFlight === 0 && this.#pausedUntil === 0;
  }

  /**
   * Milliseconds until the next request may be sent. 0 lets it go, and counts it; Infinity is when one
   * of those in flight has ended.
   */
  admit(now: number): number {
    const most = this.#silent >= COOL_DOWN_AFTER ? 1 : this.#limits.perHost;
    if (this.#inFlight >= most) return Number.POSITIVE_INFINITY;
    const wait = Math.max(this.#pausedUntil, this.#coolUntil) - now;
    if (wait > 0) return wait;
    const slow = this.#slowest(now);
    if (slow > 0) return slow;
    this.#allowed?.take(now);
    this.#learned?.take(now);
    this.#inFlight++;
    this.#counted(now);
    return 0;
  }

  /** Whether a request that was let go may still be written: its host may have asked for a pause. */
  mayStart(now: number): boolean {
    return this.#pausedUntil <= now;
  }

  /**
   * A request that was let go has ended, or was not sent after all (`unclear`).
   *
   * @param asker whose request it was, the same each time that it is sent again
   */
  end(sign: HostSign, generation: number, now: number, asker: object): void {
    this.#inFlight--;
    if (sign === 'answered' || sign === 'refused') {
      this.#silent = 0;
      this.#coolUntil = 0;
    }
    if (sign === 'answered') this.#onAnswered(generation, now);
    else if (sign === 'refused') this.#onRefused(generation, now, asker);
    else if (sign === 'silent' && generation === this.#generation) this.#onSilent(now);
  }

  /** Whether the host has refused this asker each time, while it served others: more time would not help. */
  refusesOnly(asker: object): boolean {
    return (this.#refusals.get(asker)?.alone ?? 0) >= ALONE_AFTER;
  }

  /**
   * The host asks to be left alone for so many milliseconds (`Retry-After`); the longest wish counts.
   *
   * @param status of the answer that said so
   */
  applyRetryAfter(ms: number, status: number, now: number): void {
    if (now + ms <= this.#pausedUntil) return;
    this.#pausedUntil = now + ms;
    this.#pauseStatus = status;
  }

  /**
   * Why a request that waits is skipped; undefined as long as it may be sent.
   *
   * @param maxWaitMs milliseconds that it waits at the most
   */
  skipCause(maxWaitMs: number, now: number): SkipCause | undefined {
    if (this.#silent >= DOWN_AFTER) return { reason: 'silent' };
    const waitMs = this.#pausedUntil - now;
    const status = this.#pauseStatus;
    if (waitMs > maxWaitMs) return { reason: 'asks-to-wait', status, waitMs };
    const refusedMs = now - (this.#refusingSince ?? now);
    if (refusedMs > this.#limits.giveUpAfterMs) return { reason: 'refuses', status: 429 };
    return undefined;
  }

  /** A new run gives it a new chance. */
  forgive(): void {
    this.#silent = 0;
    this.#coolUntil = 0;
    this.#refusingSince = undefined;
  }

  #onSilent(now: number): void {
    this.#silent++;
    if (this.#silent < COOL_DOWN_AFTER) return;
    this.#generation++;
    const ms = FIRST_COOL_DOWN_MS * 2 ** (this.#silent - COOL_DOWN_AFTER);
    this.#coolUntil = now + Math.min(MAX_COOL_DOWN_MS, ms);
  }

  #onAnswered(generation: number, now: number): void {
    this.#served++;
    this.#refusingSince = undefined;
    if (!this.#learned || generation !== this.#generation) return;
    this.#learned.pace(this.#learned.rate + GROWTH, now);
  }

  #onRefused(generation: number, now: number, asker: object): void {
    const before = this.#refusals.get(asker);
    if (!before) this.#refused++;
    const [served, refused] = [this.#served, this.#refused];
    let alone = 0;
    if (refused === before?.refused) alone = before.alone + (served > before.served ? 1 : 0);
    let halvings = before?.halvings ?? 0;
    if (alone < ALONE_AFTER) {
      this.#refusingSince ??= now;
      if (this.#halve(generation, now)) halvings++;
    } else if (this.#learned) {
      // What is refused at any pace says nothing about the pace.
      this.#learned.pace(this.#learned.rate * 2 ** halvings, now);
      halvings = 0;
    }
    this.#refusals.set(asker, { served, refused, alone, halvings });
  }

  /** Halves the rate, once for all requests that were sent at the same rate. */
  #halve(generation: number, now: number): boolean {
    if (generation !== this.#generation) return false;
    this.#generation++;
    const before = this.#learned?.rate ?? this.#measuredRate;
    const rate = Math.max(MIN_RATE, before / 2);
    if (this.#learned) this.#learned.pace(rate, now);
    else this.#learned = new TokenBucket(rate, now);
    return true;
  }

  #slowest(now: number): number {
    const [allowed, learned] = [this.#allowed?.wait(now) ?? 0, this.#learned?.wait(now) ?? 0];
    return Math.max(allowed, learned);
  }

  #counted(now: number): void {
    if (now - this.#countedFrom >= MEASURED_MS) {
      const isNext = now - this.#countedFrom < 2 * MEASURED_MS;
      this.#countBefore = isNext ? this.#count : 0;
      this.#count = 0;
      this.#countedFrom = now;
    }
    this.#count++;
  }

  /** Requests a second of late: those of this second or of the one before, whichever were more. */
  get #measuredRate(): number {
    const rate = (Math.max(this.#count, this.#countBefore) / MEASURED_MS) * 1000;
    return Math.max(LEAST_MEASURED, rate);
  }
}
