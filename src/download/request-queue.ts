/** Requests that wait for their host and for a permit, both of which they get when they are sent. */

import type { CancelSignal } from '../core/cancel-signal.js';
import { Queue } from '../core/queue.js';
import {
  HostLimiter,
  type HostLimits,
  type HostSign,
  type HostVerdict,
} from '../pacing/host-limiter.js';

/** How a request ended; `held` was not sent, because {@link Send} was told that it may not start. */
export interface Sent<T> {
  readonly value: T | 'held';
  readonly sign: HostSign;
  /** For how long the host asks to be left alone, and with which status. */
  readonly retryAfter?: { readonly ms: number; readonly status: number } | undefined;
}

/** Sends a request. `mayStart` is to be asked right before it is written. */
export type Send<T> = (mayStart: () => boolean) => Promise<Sent<T>>;

/** The value of a request that was sent, or why its host is not asked. */
export type Granted<T> = { readonly value: T } | { readonly verdict: HostVerdict };

export interface WaitOptions {
  /** Ends the wait; then the promise rejects with its reason. */
  readonly signal: CancelSignal;
  /** Milliseconds that the host may ask it to wait. */
  readonly maxWaitMs: number;
  /** It is in the middle of something, and goes before the others of its host. */
  readonly isUrgent?: boolean | undefined;
}

/** The part of `pLimit(n)` that is used. */
interface Permits {
  readonly activeCount: number;
  readonly pendingCount: number;
  readonly concurrency: number;
  (work: () => Promise<void>): Promise<void>;
}

/** A request that waits. */
interface Job {
  readonly wait: WaitOptions;
  readonly send: Send<unknown>;
  readonly settle: (granted: Granted<unknown>) => void;
  readonly fail: (reason: unknown) => void;
  readonly onAbort: () => void;
  hasLeft: boolean;
}

/** One host, and the requests that wait for it. */
class Host {
  readonly name: string;
  readonly limiter: HostLimiter;
  urgent = new Queue<Job>();
  waiting = new Queue<Job>();
  /** Requests that wait; the queues also hold those that were cancelled. */
  size = 0;
  /** It lets nothing go for now. */
  isBlocked = false;
  timer: NodeJS.Timeout | undefined;

  constructor(name: string, limiter: HostLimiter) {
    this.name = name;
    this.limiter = limiter;
  }

  /** The next request, which stays where it is. */
  get first(): Job | undefined {
    while (this.urgent.first?.hasLeft) this.urgent.shift();
    if (this.urgent.first) return this.urgent.first;
    while (this.waiting.first?.hasLeft) this.waiting.shift();
    return this.waiting.first;
  }

  /** Takes all requests out. */
  takeAll(): Job[] {
    const jobs: Job[] = [];
    for (let job = this.first; job; job = this.first) {
      jobs.push(job);
      (this.urgent.first === job ? this.urgent : this.waiting).shift();
    }
    return jobs;
  }
}

/** Hosts that are remembered; beyond that, those of which nothing is known are forgotten. */
const MAX_HOSTS = 1024;

/**
 * A request is sent when its host lets it go and a permit is free: none waits for its host with a
 * permit. Hosts take turns, so that one with many requests does not keep the others waiting.
 */
export class RequestQueue {
  readonly #permits: Permits;
  readonly #limits: HostLimits;
  readonly #hosts = new Map<string, Host>();
  /** Those that may let a request go, the next first. */
  readonly #ready = new Set<Host>();
  #blocked = 0;
  #isPumping = false;
  /** Called when more requests wait for their host than before. */
  readonly onBlocked = new Set<() => void>();

  /** @param permits `pLimit(n)`: at most n requests are in flight */
  constructor(permits: Permits, limits: HostLimits) {
    this.#permits = permits;
    this.#limits = limits;
  }

  /** Requests that wait for their host, and not for a permit. */
  get blocked(): number {
    return this.#blocked;
  }

  /** Sends a request when it may be sent. Rejects with what `send` rejects with. */
  run<T>(name: string, send: Send<T>, wait: WaitOptions): Promise<Granted<T>> {
    return new Promise((settle, fail) => {
      const { signal } = wait;
      if (signal.aborted) return fail(signal.reason);
      const host = this.#hostOf(name);
      const job: Job = {
        ...{ send, wait, fail, hasLeft: false },
        settle: settle as Job['settle'],
        onAbort: () => {
          this.#leave(host, job);
          fail(signal.reason);
        },
      };
      this.#enter(host, job, wait.isUrgent);
      this.#pump();
    });
  }

  /** Hosts that were given up get a new chance. */
  forgive(): void {
    for (const { limiter } of this.#hosts.values()) limiter.forgive();
  }

  /** Nothing that waits is sent any more: its own signal ends its wait. */
  close(): void {
    for (const host of this.#hosts.values()) clearTimeout(host.timer);
    this.#ready.clear();
  }

  #hostOf(name: string): Host {
    const known = this.#hosts.get(name);
    if (known) return known;
    if (this.#hosts.size >= MAX_HOSTS) {
      for (const { name: other, limiter, size } of this.#hosts.values()) {
        if (limiter.isForgettable && size === 0) this.#hosts.delete(other);
      }
    }
    const host = new Host(name, new HostLimiter(this.#limits, performance.now()));
    this.#hosts.set(name, host);
    return host;
  }

  #enter(host: Host, job: Job, isUrgent = false): void {
    job.wait.signal.addEventListener('abort', job.onAbort);
    job.hasLeft = false;
    (isUrgent ? host.urgent : host.waiting).push(job);
    host.size++;
    if (host.isBlocked) this.#changeBlocked(1);
    else this.#ready.add(host);
  }

  /** It is sent, or does not wait any more. */
  #leave(host: Host, job: Job): void {
    job.wait.signal.removeEventListener('abort', job.onAbort);
    job.hasLeft = true;
    host.size--;
    if (host.isBlocked) this.#changeBlocked(-1);
    if (host.size > 0) return;
    // A timer that nothing waits for would keep the process alive.
    clearTimeout(host.timer);
    host.isBlocked = false;
  }

  /** One request of each host after the other, as long as there are permits. */
  #pump(): void {
    // What is settled here may ask for more: the loop below goes on, not a deeper one.
    if (this.#isPumping) return;
    this.#isPumping = true;
    const { concurrency } = this.#permits;
    while (this.#permits.activeCount + this.#permits.pendingCount < concurrency) {
      const host = this.#ready.values().next().value;
      if (!host) break;
      this.#advance(host, performance.now());
    }
    this.#isPumping = false;
  }

  /** Sends the next request of a host, or finds out why that cannot be. */
  #advance(host: Host, now: number): void {
    const job = host.first;
    this.#ready.delete(host);
    if (!job) return;
    const verdict = host.limiter.verdict(job.wait.maxWaitMs, now);
    const ms = verdict ? 0 : host.limiter.admit(now);
    if (ms > 0) {
      this.#block(host, ms);
      return;
    }
    this.#leave(host, job);
    // Behind the other hosts, which are next.
    if (host.size > 0) this.#ready.add(host);
    if (verdict) job.settle({ verdict });
    else this.#permits(() => this.#send(host, job)).then(() => this.#pump());
  }

  async #send(host: Host, job: Job): Promise<void> {
    const { limiter } = host;
    const { generation } = limiter;
    const mayStart = () => limiter.mayStart(performance.now());
    try {
      const { value, sign, retryAfter } = await job.send(mayStart);
      const now = performance.now();
      if (retryAfter) limiter.applyRetryAfter(retryAfter.ms, retryAfter.status, now);
      limiter.end(sign, generation, now);
      if (value === 'held') this.#enter(host, job, true);
      else job.settle({ value });
    } catch (error) {
      limiter.end('unclear', generation, performance.now());
      job.fail(error);
    }
    this.#unblock(host);
    this.#dismiss(host);
  }

  /** Tells those that will not wait as long as the host asks for. */
  #dismiss(host: Host): void {
    const now = performance.now();
    // The least patient of them decides whether it is worth to look at each.
    if (host.size === 0 || !host.limiter.verdict(0, now)) return;
    for (const job of host.takeAll()) {
      const verdict = host.limiter.verdict(job.wait.maxWaitMs, now);
      this.#leave(host, job);
      if (verdict) job.settle({ verdict });
      else this.#enter(host, job, job.wait.isUrgent);
    }
  }

  /** @param ms until it may let a request go; Infinity is when one of its own has ended */
  #block(host: Host, ms: number): void {
    host.isBlocked = true;
    this.#changeBlocked(host.size);
    if (ms === Number.POSITIVE_INFINITY) return;
    clearTimeout(host.timer);
    host.timer = setTimeout(() => {
      this.#unblock(host);
      this.#pump();
    }, Math.ceil(ms));
  }

  #unblock(host: Host): void {
    if (!host.isBlocked) return;
    host.isBlocked = false;
    this.#changeBlocked(-host.size);
    if (host.size > 0) this.#ready.add(host);
  }

  #changeBlocked(by: number): void {
    this.#blocked += by;
    if (by <= 0) return;
    for (const onBlocked of this.onBlocked) onBlocked();
  }
}
