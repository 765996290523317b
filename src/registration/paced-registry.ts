/**
 * One registry host: its questions in turn, one in flight, at its pace. A host serves many TLDs, and
 * its limits hold for all of them together.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { RegistrationFailure } from '../core/model.js';
import { Queue } from '../core/queue.js';
import type { RdapEndpoint } from './bootstrap.js';
import { ControlQuestions, type KnownDomain } from './control-questions.js';
import { askRdap, type Fetch, type RdapReply } from './rdap-client.js';
import type { RdapVerdict } from './rdap-verdict.js';
import { type RegistryLimit, RegistryPace } from './registry-pace.js';

/** Time as a registry is paced by; simulated in tests. */
export interface RegistryClock {
  /** Milliseconds, never going back. */
  now(): number;
  /** Rejects when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

const realClock: RegistryClock = {
  now: () => performance.now(),
  sleep: (ms, signal) => sleep(ms, undefined, { signal }),
};

export interface PacedRegistryOptions {
  readonly fetch: Fetch;
  /** Questions a second. */
  readonly rate: number;
  /** Domains that one run asks about at the most; 0 is no limit. */
  readonly max: number;
  /** Called at the first domain over `max`. */
  readonly onCap?: ((host: string) => void) | undefined;
  /** Called when the host is given up: it is asked about no more names. */
  readonly onLimit?: ((limit: RegistryLimit) => void) | undefined;
  readonly knownDomain: KnownDomain;
  readonly signal: AbortSignal;
  readonly clock?: RegistryClock | undefined;
}

interface Question {
  readonly domain: string;
  readonly server: RdapEndpoint;
  readonly settle: (verdict: RdapVerdict) => void;
}

/** A 429 costs no try: how many of them are borne is a matter of the host. */
const TRIES = 3;
/** Milliseconds before another try; twice as many before the next. */
const FIRST_PAUSE_MS = 250;

const unknown = (reason: RegistrationFailure): RdapVerdict => ({ kind: 'unknown', reason });

/** For a question that is not asked any more, because the host wants no more of them. */
const gaveUp: RdapReply = {
  verdict: unknown('rdap-limited'),
  status: undefined,
  retryAfterMs: undefined,
  isForeign: false,
};

export class PacedRegistry {
  readonly host: string;
  readonly #options: PacedRegistryOptions;
  readonly #clock: RegistryClock;
  readonly #controls: ControlQuestions;
  readonly #questions = new Queue<Question>();
  readonly #pace: RegistryPace;
  #isServing = false;
  #accepted = 0;
  #isCapped = false;

  constructor(host: string, options: PacedRegistryOptions) {
    this.host = host;
    this.#options = options;
    this.#clock = options.clock ?? realClock;
    this.#pace = new RegistryPace(1000 / options.rate);
    this.#controls = new ControlQuestions(options.knownDomain, (domain, server) =>
      this.#tried(domain, server),
    );
  }

  /** Domains that wait for an answer. */
  get waiting(): number {
    return this.#questions.size + (this.#isServing ? 1 : 0);
  }

  /** Seconds until the last of them is asked at the present pace. */
  get secondsLeft(): number {
    return (this.waiting * this.#pace.intervalMs) / 1000;
  }

  /** The verdict on a domain. Never rejects; unsettled for good once the run's signal is aborted. */
  ask(domain: string, server: RdapEndpoint): Promise<RdapVerdict> {
    const { max, onCap } = this.#options;
    if (this.#pace.isGivenUp) return Promise.resolve(unknown('rdap-limited'));
    if (max > 0 && this.#accepted >= max) {
      if (!this.#isCapped) onCap?.(this.host);
      this.#isCapped = true;
      return Promise.resolve(unknown('rdap-cap'));
    }
    this.#accepted++;
    return new Promise((settle) => {
      this.#questions.push({ domain, server, settle });
      if (!this.#isServing) void this.#serve();
    });
  }

  async #serve(): Promise<void> {
    this.#isServing = true;
    for (let question = this.#questions.shift(); question; question = this.#questions.shift()) {
      const verdict = await this.#verdictOn(question).catch(() => unknown('rdap-http'));
      // After an abort nothing is settled any more.
      if (this.#options.signal.aborted) break;
      question.settle(verdict);
    }
    this.#isServing = false;
  }

  async #verdictOn({ domain, server }: Question): Promise<RdapVerdict> {
    const { verdict, status } = await this.#tried(domain, server);
    // That a name is kept back may be said by a 404 too, and counts no more than any other.
    if (verdict.kind === 'unknown' || status !== 404) return verdict;
    return (await this.#controls.isKnown(server, domain)) ? verdict : unknown('rdap-untrusted');
  }

  /** Asks until there is an answer, the tries are used up or the host is given up. */
  async #tried(domain: string, { base }: RdapEndpoint): Promise<RdapReply> {
    const { signal } = this.#options;
    for (let tries = 1; ; ) {
      if (this.#pace.isGivenUp) return gaveUp;
      const reply = await askRdap(base, domain, this.#fetch, signal);
      signal.throwIfAborted();
      this.#adapt(reply, tries);
      if (!isTransient(reply) || this.#pace.isGivenUp) return reply;
      if (reply.status !== 429 && tries++ === TRIES) return reply;
    }
  }

  /** Lets a reply decide when the next request is sent, and whether one is. */
  #adapt(reply: RdapReply, tries: number): void {
    const { status, retryAfterMs } = reply;
    const pace = this.#pace;
    const now = this.#clock.now();
    if (status === 403) pace.giveUp();
    else if (status === 429) pace.limited(retryAfterMs, now);
    else if (isTransient(reply)) pace.rest(retryAfterMs ?? FIRST_PAUSE_MS * 2 ** (tries - 1), now);
    else if (status !== undefined) pace.answered();
    if (pace.isGivenUp) this.#options.onLimit?.({ host: this.host, status, retryAfterMs });
  }

  /** A request in its turn: one that a redirect leads to counts like any other. */
  readonly #fetch: Fetch = async (url, signal) => {
    const wait = () => this.#pace.waitMs(this.#clock.now());
    for (let ms = wait(); ms > 0; ms = wait()) await this.#clock.sleep(ms, signal);
    this.#pace.sent(this.#clock.now());
    return this.#options.fetch(url, signal);
  };
}

/** Whether another try may bring another answer. */
function isTransient({ verdict, status }: RdapReply): boolean {
  if (status === undefined) return verdict.kind === 'unknown' && verdict.reason !== 'rdap-tls';
  return status === 429 || status >= 500;
}
