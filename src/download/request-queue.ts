/** Requests that wait for their host and for a permit, both of which they get when they are sent. */

import pLimit, { type LimitFunction } from 'p-limit';
import type { CancelSignal } from '../core/cancel-signal.js';
import { Queue } from '../core/queue.js';
import {
  HostLimiter,
  type HostLimits,
  type HostSign,
  type SkipCause,
} from '../pacing/host-limiter.js';

/**
 * Sends a request. `mayStart` is to be asked right before it is written; with false it is not, and is
 * queued again.
 */
type Send<T> = (mayStart: () => boolean) => Promise<T | 'not-sent'>;

/** What a request tells of its host. */
export interface HostSigns {
  readonly sign: HostSign;
  /** For how long the host asks to be left alone, and with which status. */
  readonly retryAfter?: { readonly ms: number; readonly status: number } | undefined;
}

/** A request that is never sent, and why. */
export interface Skipped {
  readonly skipped: SkipCause;
}

export interface QueuedRequest<T> {
  /** Its host and port. */
  readonly host: string;
  readonly send: Send<T>;
  readonly signsOf: (value: T) => HostSigns;
  /** Ends the wait; then the promise rejects with its reason. */
  readonly signal: CancelSignal;
  /** Milliseconds that the host may ask it to wait. */
  readonly maxWaitMs: number;
  /** Whose request it is: the same object each time that it is sent again. */
  readonly asker: object;
  /** It is in the middle of something, and goes before the others of its host. */
  readonly isUrgent?: boolean | undefined;
}

/** A request that waits. */
interface PendingRequest {
  readonly request: QueuedRequest<unknown>;
  readonly settle: (outcome: unknown) => void;
  readonly fail: (reason: unknown) => void;
  readonly onAbort: () => void;
  hasLeft: boolean;
}

/** One host, and the requests that wait for it. */
class Host {
  readonly name: string;
  readonly limiter: HostLimiter;
  urgent = new Queue<PendingRequest>();
  waiting = new Queue<PendingRequest>();
  /** Requests that wait; the queues also hold those that were cancelled. */
  size = 0;
  /** One was refused, and will come again: another is to show whether the host refuses everything. */
  isTurnOfOthers = false;
  /** It lets nothing go for now. */
  isBlocked = false;
  timer: NodeJS.Timeout | undefined;

  constructor(name: string, limiter: HostLimiter) {
    this.name = name;
    this.limiter = limiter;
  }

  /** The next request, which stays where it is. */
  get first(): PendingRequest | undefined {
    while (this.urgent.first?.hasLeft) this.urgent.shift();
    while (this.waiting.first?.hasLeft) this.waiting.shift();
    const [urgent, other] = [this.urgent.first, this.waiting.first];
    return this.isTurnOfOthers ? (other ?? urgent) : (urgent ?? other);
  }

  /** Takes all requests out. */
  takeAll(): PendingRequest[] {
    const all: PendingRequest[] = [];
    for (let pending = this.first; pending; pending = this.first) {
      all.push(pending);
      (this.urgent.first === pending ? this.urgent : this.waiting).shift();
    }
    return all;
  }
}

/** Hosts that are remembered; beyond that, those of which nothing is known are forgotten. */
const MAX_HOSTS = 1024;

/**
 * A permit is one request in flight. Which request gets it is decided when it is granted: of the hosts
 * that let one go the next in turn, so that no permit waits for a host, and a host with many requests
 * does not keep the others waiting.
 */
export class RequestQueue {
  readonly #permits: LimitFunction;
  readonly #limits: HostLimits;
  readonly #hosts = new Map<string, Host>();
  /** Those that may let a request go, the next first. */
  readonly #ready = new Set<Host>();
  #blocked = 0;
  /** A permit is asked for and not granted yet: more than one in line would not change who is next. */
  #isInLine = false;
  /** Called when more requests wait for their host than before. */
  readonly onBlocked = new Set<() => void>();

  /** @param concurrency permits: so many requests are in flight at the most */
  constructor(concurrency: number, limits: HostLimits) {
    this.#permits = pLimit(concurrency);
    this.#limits = limits;
  }

  /** Requests that wait for their host, and not for a permit. */
  get blocked(): number {
    return this.#blocked;
  }

  /** Permits that are in use. */
  get inFlight(): number {
    return this.#permits.activeCount;
  }

  /** Sends a request when it may be sent: gives what `send` gives, and rejects with its error. */
  run<T>(request: QueuedRequest<T>): Promise<T | Skipped> {
    return new Promise((settle, fail) => {
      const { signal } = request;
      if (signal.aborted) return fail(signal.reason);
      const host = this.#hostOf(request.host);
      const pending: PendingRequest = {
        request: request as QueuedRequest<unknown>,
        settle: settle as PendingRequest['settle'],
        fail,
        hasLeft: false,
        onAbort: () => {
          this.#leave(host, pending);
          fail(signal.reason);
        },
      };
      this.#enter(host, pending, request.isUrgent);
      this.#askForPermit();
    });
  }

  /** Whether the host refuses this asker whenever it asks, and serves others. */
  refusesOnly(host: string, asker: object): boolean {
    return this.#hosts.get(host)?.limiter.refusesOnly(asker) ?? false;
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

  #enter(host: Host, pending: PendingRequest, isUrgent = false): void {
    pending.request.signal.addEventListener('abort', pending.onAbort);
    pending.hasLeft = false;
    (isUrgent ? host.urgent : host.waiting).push(pending);
    host.size++;
    if (host.isBlocked) this.#changeBlocked(1);
    else this.#ready.add(host);
  }

  /** It is sent, or does not wait any more. */
  #leave(host: Host, pending: PendingRequest): void {
    pending.request.signal.removeEventListener('abort', pending.onAbort);
    pending.hasLeft = true;
    host.size--;
    if (host.isBlocked) this.#changeBlocked(-1);
    if (host.size > 0) return;
    // A timer that nothing waits for would keep the process alive.
    clearTimeout(host.timer);
    host.isBlocked = false;
  }

  #askForPermit(): void {
    if (this.#isInLine || this.#ready.size === 0) return;
    this.#isInLine = true;
    void this.#permits(() => {
      this.#isInLine = false;
      return this.#sendNext();
    });
  }

  async #sendNext(): Promise<void> {
    const next = this.#takeNext(performance.now());
    this.#askForPermit();
    if (next) await this.#send(next.host, next.pending);
  }

  /** Takes out the request that is next, and skips those before it that will not be sent. */
  #takeNext(now: number): { host: Host; pending: PendingRequest } | undefined {
    for (const host of this.#ready) {
      this.#ready.delete(host);
      const pending = host.first;
      if (!pending) continue;
      const cause = host.limiter.skipCause(pending.request.maxWaitMs, now);
      const ms = cause ? 0 : host.limiter.admit(now);
      if (ms > 0) {
        this.#block(host, ms);
        continue;
      }
      this.#leave(host, pending);
      host.isTurnOfOthers = false;
      // Behind the other hosts, which are next.
      if (host.size > 0) this.#ready.add(host);
      if (!cause) return { host, pending };
      pending.settle({ skipped: cause } satisfies Skipped);
    }
    return undefined;
  }

  /** Sends a request that its host has let go. */
  async #send(host: Host, pending: PendingRequest): Promise<void> {
    const { limiter } = host;
    const { generation } = limiter;
    let sign: HostSign = 'unclear';
    try {
      const value = await pending.request.send(() => limiter.mayStart(performance.now()));
      if (value === 'not-sent') {
        this.#enter(host, pending, true);
      } else {
        const signs = pending.request.signsOf(value);
        sign = signs.sign;
        const { retryAfter } = signs;
        if (retryAfter || sign === 'refused') host.isTurnOfOthers = true;
        if (retryAfter) {
          limiter.applyRetryAfter(retryAfter.ms, retryAfter.status, performance.now());
        }
        pending.settle(value);
      }
    } catch (error) {
      pending.fail(error);
    }
    limiter.end(sign, generation, performance.now(), pending.request.asker);
    this.#unblock(host);
    this.#skipImpatient(host);
    this.#askForPermit();
  }

  /** Skips those that will not wait as long as the host asks for. */
  #skipImpatient(host: Host): void {
    const now = performance.now();
    // The least patient of them decides whether it is worth to look at each.
    if (host.size === 0 || !host.limiter.skipCause(0, now)) return;
    for (const pending of host.takeAll()) {
      const cause = host.limiter.skipCause(pending.request.maxWaitMs, now);
      this.#leave(host, pending);
      if (cause) pending.settle({ skipped: cause } satisfies Skipped);
      else this.#enter(host, pending, pending.request.isUrgent);
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
      this.#askForPermit();
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
