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
  readonly knownDomain: KnownDomain;
  readonly signal: AbortSignal;
  readonly clock?: RegistryClock | undefined;
}

interface Question {
  readonly domain: string;
  readonly server: RdapEndpoint;
  readonly settle: (verdict: RdapVerdict) => void;
}

const TRIES = 3;
/** The longest wait that a registry may ask for, and the pauses before another try. Milliseconds. */
const MAX_RETRY_AFTER_MS = 60_000;
const FIRST_PAUSE_MS = 250;
/** The pause after a 429 that names none: what was asked in the last second counts against us still. */
const LIMITED_PAUSE_MS = 2000;

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
  /** Milliseconds from one request to the next: a burst would break the limit of that second. */
  #intervalMs: number;
  /** When the next request may be sent, on the clock's milliseconds. */
  #nextAt = 0;
  #isServing = false;
  #accepted = 0;
  #isCapped = false;
  /** 429 responses so far; the second ends asking here, and so does a 403. */
  #limited = 0;
  #isClosed = false;

  constructor(host: string, options: PacedRegistryOptions) {
    this.host = host;
    this.#options = options;
    this.#clock = options.clock ?? realClock;
    this.#intervalMs = 1000 / options.rate;
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
    return (this.waiting * this.#intervalMs) / 1000;
  }

  /** The verdict on a domain. Never rejects; unsettled for good once the run's signal is aborted. */
  ask(domain: string, server: RdapEndpoint): Promise<RdapVerdict> {
    const { max, onCap } = this.#options;
    if (this.#isClosed) return Promise.resolve(unknown('rdap-limited'));
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

  /** Asks until there is an answer or the tries are used up. */
  async #tried(domain: string, { base }: RdapEndpoint): Promise<RdapReply> {
    const { signal } = this.#options;
    for (let tries = 1; ; tries++) {
      if (this.#isClosed) return gaveUp;
      const reply = await askRdap(base, domain, this.#fetch, signal);
      signal.throwIfAborted();
      if (reply.status === 403) this.#isClosed = true;
      if (reply.status === 429) this.#slowDown();
      if (!isTransient(reply)) return reply;
      this.#rest(reply.retryAfterMs ?? pauseAfter(reply, tries));
      if (tries === TRIES || this.#isClosed) return reply;
    }
  }

  /** A request in its turn: one that a redirect leads to counts like any other. */
  readonly #fetch: Fetch = async (url, signal) => {
    const wait = () => Math.ceil(this.#nextAt - this.#clock.now());
    for (let ms = wait(); ms > 0; ms = wait()) await this.#clock.sleep(ms, signal);
    this.#nextAt = this.#clock.now() + this.#intervalMs;
    return this.#options.fetch(url, signal);
  };

  /** Leaves the host alone for so long; one that wants more than a minute is not asked any more. */
  #rest(ms: number): void {
    if (ms > MAX_RETRY_AFTER_MS) this.#isClosed = true;
    else this.#nextAt = Math.max(this.#nextAt, this.#clock.now() + ms);
  }

  #slowDown(): void {
    this.#limited++;
    if (this.#limited > 1) this.#isClosed = true;
    this.#intervalMs *= 2;
  }
}

function pauseAfter({ status }: RdapReply, tries: number): number {
  return status === 429 ? LIMITED_PAUSE_MS : FIRST_PAUSE_MS * 2 ** (tries - 1);
}

/** Whether another try may bring another answer. */
function isTransient({ verdict, status }: RdapReply): boolean {
  if (status === undefined) return verdict.kind === 'unknown' && verdict.reason !== 'rdap-tls';
  return status === 429 || status >= 500;
}
