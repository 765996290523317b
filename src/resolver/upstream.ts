/** One resolver, and what the pool has learned about it. */

import { Refusals } from '../pacing/refusals.js';
import { TokenBucket } from '../pacing/token-bucket.js';
import type { Endpoint } from '../transports/endpoint.js';
import type { Channel } from './channel.js';
import type { Attempt } from './query.js';
import type { TransportSelector } from './transport-selector.js';

/** How one resolver is reached. */
export interface ResolverAddress {
  /** How it is called in results. */
  readonly label: string;
  readonly endpoint: Endpoint;
}

/** Milliseconds on the bench: the first time, and the most. */
const FIRST_BENCH = 1000;
const MAX_BENCH = 30_000;

export class Resolver {
  readonly label: string;
  readonly endpoint: Endpoint;
  readonly refusals = new Refusals();
  /** The way that questions go, and the stream for what was truncated. Set once, by the pool. */
  choice!: TransportSelector;
  /** It does not understand EDNS (RFC 6891, 7). */
  lacksEdns = false;
  /** Silent for longer than it should be: it gets nothing while others are well. */
  isSuspect = false;
  /** It could not prove who it is, the last time it was tried. */
  isDistrusted = false;
  /** When something was last heard from it. Milliseconds. */
  lastAnswerAt = 0;
  /** The question that asks whether anybody is there. */
  healthCheck: Attempt | undefined;
  /** Not asked before; undefined while it is in play. Milliseconds. */
  quarantinedUntil: number | undefined;
  /** It asked to be left alone until then. */
  pausedUntil = 0;
  readonly #ownRate: number | undefined;
  #bench = FIRST_BENCH;
  #bucket: TokenBucket | undefined;

  /** @param rate questions a second at the most; undefined is no limit */
  constructor({ label, endpoint }: ResolverAddress, rate: number | undefined, now: number) {
    this.label = label;
    this.endpoint = endpoint;
    this.#ownRate = rate;
    this.#bucket = rate === undefined ? undefined : new TokenBucket(rate, now);
  }

  get isQuarantined(): boolean {
    return this.quarantinedUntil !== undefined;
  }

  get channels(): readonly Channel[] {
    return this.choice.channels;
  }

  /** Whether it may be asked at all just now. */
  isOpen(now: number): boolean {
    return (
      this.quarantinedUntil === undefined &&
      now >= this.pausedUntil &&
      !this.refusals.isPausing(now) &&
      (this.#bucket === undefined || this.#bucket.wait(now) === 0)
    );
  }

  /** Counts one more question towards its pace. */
  spendToken(now: number): void {
    this.#bucket?.take(now);
  }

  /** Sets the pace to what was learned. To be called often. */
  adjust(now: number): void {
    this.refusals.judge(now);
    const learned = this.refusals.limit;
    if (learned === undefined && this.#ownRate === undefined) {
      this.#bucket = undefined;
      return;
    }
    const rate = Math.min(learned ?? Number.POSITIVE_INFINITY, this.#ownRate ?? Infinity);
    if (!this.#bucket) this.#bucket = new TokenBucket(rate, now);
    else if (this.#bucket.rate !== rate) this.#bucket.pace(rate, now);
  }

  /** Takes it out of play, each time for longer. */
  bench(now: number, atMost = MAX_BENCH): void {
    this.quarantinedUntil = now + Math.min(this.#bench, atMost);
    this.#bench = Math.min(this.#bench * 2, MAX_BENCH);
    this.healthCheck = undefined;
    this.isSuspect = false;
    this.choice.reset();
  }

  /** Something came from it: whatever the healthCheck would say, somebody is there. */
  onAnswer(now: number): void {
    this.lastAnswerAt = now;
    this.isSuspect = false;
    this.isDistrusted = false;
    this.healthCheck = undefined;
    if (this.quarantinedUntil === undefined) return;
    this.quarantinedUntil = undefined;
    this.#bench = FIRST_BENCH;
  }
}
