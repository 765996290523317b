/** Whether any resolver answers at all, and what becomes of the names that wait while none does. */

import type { LookupFailure } from '../core/model.js';
import type { Unanswered } from './query.js';
import type { Upstream } from './upstream.js';

/** What happened to a resolver that does not answer, or not so that it is of use. */
export interface ResolverFailure {
  readonly resolver: string;
  /** `timeout` if it is silent. */
  readonly reason: LookupFailure;
  /** What it answers over HTTPS in place of a DNS message. */
  readonly httpStatus?: number | undefined;
  /** The system's name for it, or OpenSSL's, `ECONNREFUSED`; empty if there is none. */
  readonly code: string;
  /** Node's words, `connect ECONNREFUSED 192.0.2.1:53`. */
  readonly message: string;
}

export interface OutageEvents {
  /** Told when no resolver answers any more, and when one does again. */
  readonly onOutage?: OutageListener | undefined;
  /** Told once for each outage when the names that wait are given up. */
  readonly onGiveUp?: ((failures: readonly ResolverFailure[]) => void) | undefined;
  /** Told once about each resolver that cannot prove its identity, while others are asked. */
  readonly onUnverified?: ((failure: ResolverFailure) => void) | undefined;
}

export type OutageListener = (isOut: boolean, failures: readonly ResolverFailure[]) => void;

export interface OutageWatchOptions extends OutageEvents {
  readonly upstreams: readonly Upstream[];
  /** Milliseconds for which a run waits; 0 is no limit. */
  readonly limitMs: number;
}

export class OutageWatch {
  readonly #options: OutageWatchOptions;
  #since: number | undefined;
  #isTold = false;
  readonly #unverified = new Set<Upstream>();
  #isGivenUp = false;

  constructor(options: OutageWatchOptions) {
    this.#options = options;
  }

  /** To be called when a resolver was taken out of play, or put back. */
  update(now: number): void {
    const { upstreams, onOutage } = this.#options;
    if (!upstreams.every(({ isAway }) => isAway)) {
      this.end();
      this.#tellUnverified();
      return;
    }
    this.#since ??= now;
    // Where waiting is of no use, nothing is said about waiting.
    if (this.#isTold || this.#isHopeless) return;
    this.#isTold = true;
    onOutage?.(true, this.#failures);
  }

  end(): void {
    const { onOutage } = this.#options;
    this.#since = undefined;
    this.#isGivenUp = false;
    if (!this.#isTold) return;
    this.#isTold = false;
    onOutage?.(false, []);
  }

  /** What the names that wait come to; undefined as long as they should go on waiting. */
  verdict(now: number): Unanswered | undefined {
    if (this.#since === undefined) return undefined;
    const { limitMs, onGiveUp } = this.#options;
    const isHopeless = this.#isHopeless;
    const isOver = limitMs > 0 && now - this.#since >= limitMs;
    if (!isHopeless && !isOver) return undefined;
    const failures = this.#failures;
    if (!this.#isGivenUp) onGiveUp?.(failures);
    this.#isGivenUp = true;
    const [first] = failures;
    if (!isHopeless || !first) return { failed: 'timeout' };
    return { failed: first.reason, resolver: first.resolver };
  }

  /** Those that are believed, and have answered nothing well or do not answer now. */
  get failing(): ResolverFailure[] {
    return this.#options.upstreams.filter(isFailing).map(failureOf);
  }

  #tellUnverified(): void {
    const { upstreams, onUnverified } = this.#options;
    for (const upstream of upstreams) {
      if (upstream.health.kind !== 'unverified' || this.#unverified.has(upstream)) continue;
      this.#unverified.add(upstream);
      onUnverified?.(failureOf(upstream));
    }
  }

  get #isHopeless(): boolean {
    return this.#options.upstreams.every(({ isHopeless }) => isHopeless);
  }

  /** Of all that are believed. */
  get #failures(): ResolverFailure[] {
    return this.#options.upstreams.filter(({ isExcluded }) => !isExcluded).map(failureOf);
  }
}

function isFailing(upstream: Upstream): boolean {
  const { isExcluded, isAway, isProven, health, answerCounts, failure } = upstream;
  if (isExcluded) return false;
  if (isAway || answerCounts.failure !== undefined) return true;
  // One that has answered before may be well again with the next answer.
  if (isProven) return false;
  // That TCP is refused says nothing yet of datagrams that are under way.
  return health.kind === 'suspect' || (failure !== undefined && failure.reason !== 'timeout');
}

function failureOf({ label, failure, isAway, answerCounts }: Upstream): ResolverFailure {
  const bad = answerCounts.failure;
  // One that asks over HTTP to be left alone is away as well.
  const isAnswering = !isAway || (failure === undefined && bad?.httpStatus !== undefined);
  if (bad !== undefined && isAnswering) return { resolver: label, ...bad, code: '', message: '' };
  const { reason = 'timeout', code = '', message = '' } = failure ?? {};
  return { resolver: label, reason, code, message };
}
