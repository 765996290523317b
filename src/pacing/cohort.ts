/** The attempts that were sent within one stretch of time, judged together. */

import { Latencies } from './latencies.js';

/** How an attempt ended, as far as pace goes. */
export type Outcome = 'answered' | 'refused' | 'servfail';

/** What is known of the name that an attempt is for. */
export type Freshness =
  /** It was not asked before. */
  | 'fresh'
  /** The attempt before was made faster than its resolver may take. */
  | 'repeated'
  /** It failed before: that says more about the name than about the pace. */
  | 'failed'
  /** It was refused, maybe at any pace, or it is a health check: it says nothing about the pace. */
  | 'uninformative';

/** Fewer refusals than these are of names. */
const MANY = 64;
/** So many answers, and this part of what is asked, show that a resolver is there and that not all names are dead. */
const SOME_ANSWERS = 2;
const ANSWERED_PART = 1 / 8;

export class Cohort {
  #firsts = 0;
  #fresh = 0;
  #good = 0;
  #sent = 0;
  #answered = 0;
  #refused = 0;
  #refusedFirsts = 0;
  #closedAt: number | undefined;
  #verdict: 'suspect' | 'overrun' | undefined;
  /** Of the first attempts that were answered well: as they were read, and as short as they may have been. */
  readonly latencies = new Latencies();
  readonly #shortest = new Latencies();

  /**
   * @param startedAt milliseconds
   * @param generation the size of the window or the rate that it was sent at
   */
  constructor(
    readonly startedAt: number,
    readonly generation: number,
  ) {}

  /** Attempts for names that did not fail before, unless that was lost to a limit. */
  get firsts(): number {
    return this.#firsts;
  }

  get sent(): number {
    return this.#sent;
  }

  /** Of those, the ones for names that were not asked before. */
  get fresh(): number {
    return this.#fresh;
  }

  /** Attempts that were answered well. */
  get answered(): number {
    return this.#answered;
  }

  get closedAt(): number | undefined {
    return this.#closedAt;
  }

  /** It was sent faster than the resolver takes, or may have been: what was lost says nothing about the names. */
  get isSuspect(): boolean {
    return this.#verdict !== undefined;
  }

  /** Half of what was asked was refused, repeats included, while other questions were answered. */
  get isRefused(): boolean {
    return this.#sent >= MANY && this.#answered > 0 && this.#refused > this.#sent / 2;
  }

  /** So few refusals are of names, where nothing else is known. */
  get hasFewRefusals(): boolean {
    return this.#refused < MANY;
  }

  /** What the share comes to if all that is still to come is good. */
  get mostShare(): number {
    return this.#firsts === 0 ? 1 : 1 - this.#refusedFirsts / this.#firsts;
  }

  /** Most of what was asked was neither answered nor refused so far. */
  get isMostlyLost(): boolean {
    return this.lostShare > 1 / 2;
  }

  /** The same, though the resolver was there and answered others: what was lost had no fair chance. */
  get isUnfair(): boolean {
    const least = Math.max(SOME_ANSWERS, ANSWERED_PART * this.#sent);
    return this.isMostlyLost && this.#answered >= least;
  }

  /** The share of all attempts that were neither answered nor refused so far, repeats included. */
  get lostShare(): number {
    return this.#sent === 0 ? 0 : 1 - (this.#answered + this.#refused) / this.#sent;
  }

  /** The share of all attempts that were answered well, repeats included. */
  get answeredShare(): number {
    return this.#sent === 0 ? 1 : this.#answered / this.#sent;
  }

  /** The share of first attempts that were answered well within so many milliseconds. */
  share(inTimeMs: number): number {
    return this.#firsts === 0 ? 1 : this.#shortest.countBelow(inTimeMs) / this.#firsts;
  }

  /** The latency that this share of the first attempts stayed below; undefined if fewer were good. */
  quantile(share: number): number | undefined {
    if (this.#good === 0 || this.#good < share * this.#firsts) return undefined;
    return this.latencies.quantile((share * this.#firsts) / this.#good);
  }

  add(freshness: Freshness): void {
    if (freshness === 'uninformative') return;
    this.#sent++;
    if (freshness !== 'failed') this.#firsts++;
    if (freshness === 'fresh') this.#fresh++;
  }

  /** An attempt is taken back: its connection ended, which says nothing about the pace. */
  lost(freshness: Freshness): void {
    if (freshness === 'uninformative') return;
    this.#sent--;
    if (freshness !== 'failed') this.#firsts--;
    if (freshness === 'fresh') this.#fresh--;
  }

  /** @param shortest the latency without what it may have waited for us */
  noteAnswered(latency: number, shortest: number, freshness: Freshness): void {
    if (freshness === 'uninformative') return;
    this.#answered++;
    if (freshness === 'failed') return;
    this.#good++;
    this.latencies.add(latency);
    this.#shortest.add(shortest);
  }

  refused(freshness: Freshness): void {
    if (freshness === 'uninformative') return;
    this.#refused++;
    if (freshness !== 'failed') this.#refusedFirsts++;
  }

  close(now: number): void {
    this.#closedAt = now;
  }

  suspect(): void {
    this.#verdict ??= 'suspect';
  }

  condemn(): void {
    this.#verdict = 'overrun';
  }

  acquit(): void {
    if (this.#verdict === 'suspect') this.#verdict = undefined;
  }

  /** Attempts a second, spread over no less than `least` milliseconds. */
  rate(least: number): number {
    const duration = (this.#closedAt ?? this.startedAt) - this.startedAt;
    return (this.#sent / Math.max(duration, least, 1)) * 1000;
  }
}
