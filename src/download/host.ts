/** One host, and how much it can bear: what it asked for, how it fares, what we allow ourselves. */

import { TokenBucket } from '../pacing/token-bucket.js';

/** Somebody who waits to send one request. */
export interface Turn {
  /** `example.org:8080`. */
  readonly host: string;
  /**
   * It may send now. Whoever was let in tells `Turns.end` when it is over, with the `era` given here.
   */
  start(era: number): void;
  /** It will not be let in: the host asked to be left alone for longer than this turn waits. */
  refuse(status: number, ms: number): void;
  /** It will not be let in: the host gave no answer to many requests running. */
  despair(): void;
  /** Milliseconds that it is willing to wait. */
  readonly patience: number;
}

/** How a request ended, as far as the host's health is concerned. */
export type Health = 'alive' | 'failing' | 'unclear';

/** Failures running before a host is rested, and more of them before it is given up. */
const RESTED_AFTER = 8;
const DOWN_AFTER = RESTED_AFTER + 5;

/** Milliseconds: the first rest, doubled with each failure, and the longest. */
const FIRST_REST = 1000;
const MAX_REST = 8000;

export class Host {
  readonly name: string;
  /** First come, first served; `urgent` are in the middle of something, and go first. */
  readonly urgent: Turn[] = [];
  #waiting: Turn[] = [];
  #head = 0;
  inFlight = 0;
  /** Wakes the queue when a pause is over. */
  timer: NodeJS.Timeout | undefined;
  /** Changes when a rest begins: what was sent before it says nothing about the host since. */
  era = 0;
  readonly #bucket: TokenBucket | undefined;
  readonly #most: number;
  #failures = 0;
  #restedUntil = 0;
  #pausedUntil = 0;
  #pauseStatus = 0;

  /**
   * @param most requests in flight
   * @param rate requests a second; 0 is no limit
   */
  constructor(name: string, most: number, rate: number, now: number) {
    this.name = name;
    this.#most = most;
    this.#bucket = rate > 0 ? new TokenBucket(rate, now) : undefined;
  }

  get hasWaiting(): boolean {
    return this.urgent.length > 0 || this.#head < this.#waiting.length;
  }

  get isDown(): boolean {
    return this.#failures >= DOWN_AFTER;
  }

  /** Nothing is known of it that the next request would have to know. */
  get isForgettable(): boolean {
    return (
      this.inFlight === 0 &&
      !this.hasWaiting &&
      this.#failures === 0 &&
      this.#pausedUntil === 0 &&
      !this.#bucket
    );
  }

  add(turn: Turn): void {
    this.#waiting.push(turn);
  }

  remove(turn: Turn): void {
    const at = this.urgent.indexOf(turn);
    if (at >= 0) this.urgent.splice(at, 1);
    else this.#waiting = this.#waiting.slice(this.#head).filter((other) => other !== turn);
    if (at < 0) this.#head = 0;
  }

  /** The next turn, taken out of the queue. */
  shift(): Turn | undefined {
    if (this.urgent.length > 0) return this.urgent.shift();
    const turn = this.#waiting[this.#head];
    if (turn) this.#head++;
    if (this.#head === this.#waiting.length) {
      this.#waiting = [];
      this.#head = 0;
    } else if (this.#head > 1024) {
      this.#waiting = this.#waiting.slice(this.#head);
      this.#head = 0;
    }
    return turn;
  }

  /** Everyone that waits, taken out of the queue. */
  takeAll(): Turn[] {
    const all = [...this.urgent.splice(0), ...this.#waiting.slice(this.#head)];
    this.#waiting = [];
    this.#head = 0;
    return all;
  }

  /** Nothing is to be sent for so many milliseconds, or longer if it asked for that before. */
  pause(ms: number, status: number, now: number): void {
    if (now + ms <= this.#pausedUntil) return;
    this.#pausedUntil = now + ms;
    this.#pauseStatus = status;
  }

  /** Milliseconds left of a pause that it asked for, and the status that came with the wish. */
  pauseLeft(now: number): { readonly ms: number; readonly status: number } | undefined {
    if (this.#pausedUntil === 0) return undefined;
    const ms = this.#pausedUntil - now;
    if (ms > 0) return { ms, status: this.#pauseStatus };
    this.#pausedUntil = 0;
    return undefined;
  }

  /** Whether a request that was let in must not be written after all. */
  get isPaused(): boolean {
    return this.#pausedUntil !== 0 && this.pauseLeft(performance.now()) !== undefined;
  }

  /**
   * Milliseconds until the next request may go out; 0 lets it go and counts it; Infinity is when one
   * of those in flight has ended.
   */
  admit(now: number): number {
    const isResting = this.#failures >= RESTED_AFTER;
    if (this.inFlight >= (isResting ? 1 : this.#most)) return Number.POSITIVE_INFINITY;
    const wait = Math.max(this.#pausedUntil, this.#restedUntil) - now;
    if (wait > 0) return wait;
    if (this.#bucket && !this.#bucket.take(now)) return Math.max(1, this.#bucket.wait(now));
    return 0;
  }

  /** Whether {@link admit} has anything to look at a clock for. */
  get isTimed(): boolean {
    return this.#bucket !== undefined || this.#pausedUntil > 0 || this.#restedUntil > 0;
  }

  /** @param era the host's when the request was let in */
  learn(health: Health, era: number, now: number): void {
    if (health === 'alive') {
      this.#failures = 0;
      this.#restedUntil = 0;
    } else if (health === 'failing' && era === this.era) {
      this.#failures++;
      if (this.#failures < RESTED_AFTER) return;
      this.era++;
      const rest = Math.min(MAX_REST, FIRST_REST * 2 ** (this.#failures - RESTED_AFTER));
      this.#restedUntil = now + rest;
    }
  }

  /** A new run gives it a new chance. */
  forgive(): void {
    this.#failures = 0;
    this.#restedUntil = 0;
  }
}
