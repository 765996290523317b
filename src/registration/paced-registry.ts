/**
 * One registry host: its questions in turn, one in flight, at its pace. A host serves many TLDs, and
 * its limits hold for all of them together.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { RegistrationFailure } from '../core/model.js';
import { Queue } from '../core/queue.js';
import type { RdapEndpoint } from './bootstrap.js';
import { ControlQuestions, type KnownDomain } from './control-questions.js';
import { askRdap, type Fetch, isTransientReply, type RdapReply } from './rdap-client.js';
import { type NoVerdict, noVerdict, type RdapVerdict } from './rdap-verdict.js';
import { RegistryPace } from './registry-pace.js';
import { type UnprovedAnswer, UnprovedAnswers } from './unproved-answers.js';

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

/** A registry did not tell whether a domain is registered. */
export interface RegistryFailure {
  readonly host: string;
  /** What results name. */
  readonly reason: RegistrationFailure;
  /** What happened, such as `HTTP status 429, Retry-After: 60`: one phrase for people. */
  readonly detail: string;
  /** Whether it is asked about no more names, which stay unknown for the same reason. */
  readonly isGivenUp: boolean;
}

export interface PacedRegistryOptions {
  readonly fetch: Fetch;
  /** Questions a second. */
  readonly rate: number;
  /** Domains that one run asks about at the most; 0 is no limit. */
  readonly max: number;
  /** Called at the first domain over `max`. */
  readonly onCap?: ((host: string) => void) | undefined;
  /** Called at the first failure for each reason, and when the host is given up. */
  readonly onFailure?: ((failure: RegistryFailure) => void) | undefined;
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

export class PacedRegistry {
  readonly host: string;
  readonly #options: PacedRegistryOptions;
  readonly #clock: RegistryClock;
  readonly #controls: ControlQuestions;
  readonly #questions = new Queue<Question>();
  readonly #unproved = new UnprovedAnswers();
  readonly #pace: RegistryPace;
  #isServing = false;
  #accepted = 0;
  #isCapped = false;
  /** Of every question once the host is given up. */
  #lastVerdict: NoVerdict | undefined;
  readonly #reported = new Set<RegistrationFailure>();

  constructor(host: string, options: PacedRegistryOptions) {
    this.host = host;
    this.#options = options;
    this.#clock = options.clock ?? realClock;
    this.#pace = new RegistryPace(1000 / options.rate);
    this.#controls = new ControlQuestions(
      options.knownDomain,
      () => this.#turn(options.signal),
      (domain, server) => this.#tried(domain, server),
    );
  }

  /** Domains that wait for an answer. */
  get waiting(): number {
    return this.#questions.size + this.#unproved.count + (this.#isServing ? 1 : 0);
  }

  /** Seconds until the last of them is asked at the present pace. */
  get secondsLeft(): number {
    return (this.waiting * this.#pace.intervalMs) / 1000;
  }

  /** The verdict on a domain. Never rejects; unsettled for good once the run's signal is aborted. */
  ask(domain: string, server: RdapEndpoint): Promise<RdapVerdict> {
    const { max, onCap } = this.#options;
    if (this.#lastVerdict) return Promise.resolve(this.#lastVerdict);
    if (max > 0 && this.#accepted >= max) {
      if (!this.#isCapped) onCap?.(this.host);
      this.#isCapped = true;
      return Promise.resolve(noVerdict('rdap-cap', 'more names than are asked about'));
    }
    this.#accepted++;
    return new Promise((settle) => {
      this.#questions.push({ domain, server, settle });
      if (!this.#isServing) void this.#serve();
    });
  }

  async #serve(): Promise<void> {
    this.#isServing = true;
    const { signal } = this.#options;
    // After an abort nothing is settled any more.
    while (!signal.aborted) {
      const question = this.#questions.shift();
      const { oldest } = this.#unproved;
      if (question) await this.#answer(question);
      else if (oldest) await this.#prove(oldest);
      else break;
    }
    this.#isServing = false;
  }

  async #answer(question: Question): Promise<void> {
    const { domain, server } = question;
    const { verdict, status } = await this.#tried(domain, server).catch(failedReply);
    const at = this.#clock.now();
    // That a name is kept back may be said by a 404 too, and counts no more than any other.
    if (verdict.kind === 'unknown' || status !== 404) this.#settle(question, verdict);
    else {
      const fault = await this.#controls.faultOf(server, domain).catch(failure);
      if (fault) this.#settle(question, fault);
      else this.#unproved.add({ ...question, verdict, at });
    }
    this.#settleProved();
    const overdue = this.#unproved.overdue(at);
    if (overdue) await this.#prove(overdue);
  }

  #settleProved(): void {
    for (const answer of this.#unproved.takeProved()) this.#settle(answer, answer.verdict);
  }

  /** Lets a control question decide about an answer, and all that are like it. */
  async #prove({ server, domain }: UnprovedAnswer): Promise<void> {
    const fault = await this.#controls.faultNow(server, domain).catch(failure);
    // One that does not want to be asked any more cannot prove anything.
    const verdict = this.#lastVerdict ?? fault;
    for (const answer of this.#unproved.takeAllOf(server)) {
      this.#settle(answer, verdict ?? answer.verdict);
    }
    this.#settleProved();
  }

  #settle({ settle }: Question, verdict: RdapVerdict): void {
    if (this.#options.signal.aborted) return;
    if (verdict.kind === 'unknown') this.#report(verdict);
    settle(verdict);
  }

  /** Asks until there is an answer, the tries are used up or the host is given up. */
  async #tried(domain: string, server: RdapEndpoint): Promise<RdapReply> {
    const { signal } = this.#options;
    for (let tries = 1; ; ) {
      if (this.#lastVerdict) return notAsked(this.#lastVerdict);
      const reply = await askRdap(server.base, domain, this.#fetch, signal);
      signal.throwIfAborted();
      this.#adapt(reply);
      const { verdict, isForeign } = reply;
      if (verdict.kind === 'registered' && !isForeign) {
        this.#unproved.proved(server, this.#clock.now());
      }
      if (!isTransientReply(reply) || this.#lastVerdict) return reply;
      if (reply.status !== 429 && tries++ === TRIES) return reply;
    }
  }

  /** Lets a reply decide when the next request is sent, and whether one is. */
  #adapt(reply: RdapReply): void {
    const { status, retryAfterMs, verdict } = reply;
    const pace = this.#pace;
    const now = this.#clock.now();
    if (status === 403) pace.giveUp();
    else if (status === 429) pace.limited(retryAfterMs, now);
    else if (isTransientReply(reply)) pace.failed(retryAfterMs, now);
    else if (status !== undefined) pace.answered();
    if (!pace.isGivenUp || verdict.kind !== 'unknown') return;
    // One that asks for more rest than can be given wants fewer questions, whatever its status.
    const { detail } = verdict;
    this.#lastVerdict = retryAfterMs === undefined ? verdict : noVerdict('rdap-limited', detail);
    this.#report(this.#lastVerdict, true);
  }

  #report({ reason, detail }: NoVerdict, isGivenUp = false): void {
    if (this.#reported.has(reason) && !isGivenUp) return;
    this.#reported.add(reason);
    this.#options.onFailure?.({ host: this.host, reason, detail, isGivenUp });
  }

  /** A request in its turn: one that a redirect leads to counts like any other. */
  readonly #fetch: Fetch = async (url, signal) => {
    await this.#turn(signal);
    this.#pace.sent(this.#clock.now());
    return this.#options.fetch(url, signal);
  };

  /** Waits until the pace allows a request. */
  async #turn(signal: AbortSignal): Promise<void> {
    const wait = () => (this.#lastVerdict ? 0 : this.#pace.waitMs(this.#clock.now()));
    for (let ms = wait(); ms > 0; ms = wait()) await this.#clock.sleep(ms, signal);
  }
}

function failure(error: unknown): NoVerdict {
  return noVerdict('rdap-http', String(error));
}

function failedReply(error: unknown): RdapReply {
  return notAsked(failure(error));
}

/** For a question that is not asked any more. */
function notAsked(verdict: NoVerdict): RdapReply {
  return { verdict, status: undefined, retryAfterMs: undefined, isForeign: false };
}
