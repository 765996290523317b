/**
 * How much is sent: a window of attempts that grows, and once a limit is known, a token bucket as well.
 * What is sent is gathered in cohorts, each of one generation: one size of the window, one rate. Pure.
 */

import { ZERO } from '../core/zero.js';
import { Cohort, type Freshness } from './cohort.js';
import type { StandingQueue } from './queue-watch.js';
import { TokenBucket } from './token-bucket.js';

export interface WindowOptions {
  /** The most attempts at a time. */
  readonly ceiling: number;
  /** Attempts at a time before anything is known. */
  readonly start: number;
  /** How many times the window grows at once while it is small. */
  readonly growth: number;
  /** Attempts a second that it grows to at once, as long as nothing speaks against it: a limit is a rate, however far away the resolver is. */
  readonly soonRate: number;
}

/** A larger window is sent over a median latency and at least this, so that no burst is taken for a rate. */
export const RAMP_MS = 100;
/** From this size on the window grows by no more than this factor at once. */
const LARGE_SIZE = 4096;
const GROWTH = 2.5;
/** Once it has filled a queue: from there on it is close to what the resolver takes. */
const GROWTH_AFTER_QUEUE = 1.25;
const MIN_SIZE = 16;
/** No rate is lower, in attempts a second. */
const MIN_RATE = 2;

export class PacedWindow {
  readonly #ceiling: number;
  readonly #start: number;
  readonly #usualGrowth: number;
  #soonRate: number;
  #growth: number;
  #size: number;
  #sizeBefore: number;
  #grownAt = ZERO;
  #inFlight = 0;
  #bucket: TokenBucket | undefined;
  /** Changes with the size or the rate: what was sent before says nothing about it. */
  #generation = 0;
  #cohort: Cohort | undefined;
  #closed: Cohort[] = [];
  #wasFull = false;
  #lackedRoom = false;

  constructor({ ceiling, start, growth, soonRate }: WindowOptions) {
    this.#ceiling = ceiling;
    this.#usualGrowth = growth;
    this.#growth = growth;
    this.#soonRate = soonRate;
    this.#start = Math.min(start, ceiling);
    this.#size = this.#start;
    this.#sizeBefore = this.#start;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get size(): number {
    return this.#size;
  }

  get isLargest(): boolean {
    return this.#size >= this.#ceiling;
  }

  /** Attempts a second; undefined while no limit is known. */
  get rate(): number | undefined {
    return this.#bucket?.rate;
  }

  /** Questions have waited for room in this generation. */
  get wasFull(): boolean {
    return this.#wasFull;
  }

  /** The cohort that attempts are added to now. */
  get current(): Cohort | undefined {
    return this.#cohort;
  }

  /** Those that are not judged yet and that nothing is added to any more, oldest first. */
  get closed(): readonly Cohort[] {
    return this.#closed;
  }

  /** The oldest of them. */
  get oldestClosed(): Cohort | undefined {
    return this.#closed[0];
  }

  /** All that are not judged yet, oldest first. */
  get unjudged(): readonly Cohort[] {
    return this.#cohort ? [...this.#closed, this.#cohort] : this.#closed;
  }

  /** They were sent too fast: what they lost says nothing about the names. */
  condemnUnjudged(): void {
    for (const each of this.unjudged) each.condemn();
  }

  isCurrent({ generation }: Cohort): boolean {
    return generation === this.#generation;
  }

  /** How many more may be sent now. @param median of the latencies, in milliseconds */
  room(now: number, median: number): number {
    const room = this.#room(now, median);
    if (room <= 0) this.#lackedRoom = true;
    return room;
  }

  #room(now: number, median: number): number {
    let size = this.#size;
    if (this.#sizeBefore < size) {
      const grown = Math.min(1, (now - this.#grownAt) / Math.max(RAMP_MS / 2, median));
      size = this.#sizeBefore + (size - this.#sizeBefore) * grown;
    }
    const room = Math.floor(size - this.#inFlight);
    if (!this.#bucket || room <= 0) return room;
    return Math.min(room, this.#bucket.available(now));
  }

  /** Takes note of whether there was less room than wanted. */
  tick(now: number, isWanted: boolean, median: number): void {
    if (isWanted && (this.#lackedRoom || this.room(now, median) <= 0)) this.#wasFull = true;
    this.#lackedRoom = false;
  }

  /** @returns the cohort of the attempt */
  sent(freshness: Freshness, now: number): Cohort {
    this.#inFlight++;
    this.#bucket?.take(now);
    this.#cohort ??= new Cohort(now, this.#generation);
    this.#cohort.add(freshness);
    return this.#cohort;
  }

  left(): void {
    this.#inFlight--;
  }

  closeCurrent(now: number): void {
    if (!this.#cohort) return;
    this.#cohort.close(now);
    this.#closed.push(this.#cohort);
    this.#cohort = undefined;
  }

  /** The oldest closed cohort is judged. */
  dropOldest(): void {
    this.#closed.shift();
  }

  /** @param median of the latencies, in milliseconds; 0 if it is to grow by its factor alone */
  grow(now: number, median = 0): void {
    this.#sizeBefore = this.#size;
    const growth = this.#size < LARGE_SIZE ? this.#growth : Math.min(this.#growth, GROWTH);
    const soon = Math.min(LARGE_SIZE, (this.#soonRate * median) / 1000);
    this.#size = Math.min(this.#ceiling, Math.ceil(Math.max(this.#size * growth, soon)));
    this.#grownAt = now;
    this.#beginGeneration(now);
  }

  /** Gives back what only waits in a queue. @returns how much that was */
  shrink({ waiting, needed }: StandingQueue, now: number): number {
    const size = Math.min(this.#size, this.#inFlight);
    this.#resize(
      Math.max(MIN_SIZE, Math.floor(size - waiting), Math.floor(Math.min(size, needed))),
    );
    this.#growth = GROWTH_AFTER_QUEUE;
    this.#soonRate = 0;
    this.#beginGeneration(now);
    return size - this.#size;
  }

  /** The queue was none of the resolver: it says nothing about how far the window may grow. */
  forgetQueue(): void {
    this.#growth = this.#usualGrowth;
  }

  /** Paces what is sent. @param resendAfter milliseconds for which a lost attempt takes room */
  pace(rate: number, resendAfter: number, now: number): void {
    const atLeast = Math.max(rate, MIN_RATE);
    this.#bucket ??= new TokenBucket(atLeast, now);
    this.#bucket.pace(atLeast, now);
    this.#resize(Math.max(this.#size, this.#sizeFor(atLeast, resendAfter)));
    this.#beginGeneration(now);
  }

  /** No pace any more: the window alone counts. */
  unpace(now: number): void {
    if (!this.#bucket) return;
    this.#bucket = undefined;
    this.#beginGeneration(now);
  }

  /** Whether the window would hold back so many attempts a second. */
  isTooSmallFor(rate: number, resendAfter: number): boolean {
    return this.#size < this.#sizeFor(rate, resendAfter);
  }

  #sizeFor(rate: number, resendAfter: number): number {
    return Math.min(this.#ceiling, Math.ceil((2 * rate * resendAfter) / 1000));
  }

  /** Begins anew with the first size, after the resolver was gone. */
  restart(now: number): void {
    this.#resize(this.#start);
    this.#soonRate = 0;
    this.#beginGeneration(now);
  }

  /** Takes over the size of another, and what was sent at that size and is not judged yet. */
  adopt(other: PacedWindow, now: number): void {
    this.#resize(other.#size);
    this.#soonRate = other.#soonRate;
    other.closeCurrent(now);
    this.#closed = other.#closed;
    other.#closed = [];
    this.#generation = other.#generation;
    this.#wasFull = other.#wasFull;
  }

  #resize(size: number): void {
    this.#size = size;
    this.#sizeBefore = size;
  }

  #beginGeneration(now: number): void {
    this.#generation++;
    this.#wasFull = false;
    this.closeCurrent(now);
  }
}
