/** One image on its way: its tries, redirects and waits. */

import { countryIn, MAX_METADATA } from '../flags/metadata.js';
import type { HttpClient, HttpGetting } from '../http/http-client.js';
import type { HttpGet, HttpReply } from '../http/http-exchange.js';
import type { HttpFailure } from '../http/http-failure.js';
import { type Validators, validatorsOf } from '../http/validators.js';
import { imageExtension } from '../images/image-type.js';
import type { Reservation } from '../storage/byte-budget.js';
import type { Health, Turn } from './host.js';
import { retryAfter } from './host-pauses.js';
import type { Fetched, Image, Outcome, Trouble } from './outcome.js';
import type { RequestHeaders } from './request-headers.js';
import type { Turns } from './turns.js';

/** What is fetched, and where it is. */
export interface Target {
  /** Upper case; empty where no country is meant. */
  readonly cc: string;
  readonly url: URL;
  /** Asked as well, once the image is there, for the country's name. */
  readonly metadata: URL | undefined;
  /** Sent to the origin of `url` and to no other. */
  readonly authorization: string | undefined;
  /** Of the file that is there already: asks for another version only. */
  readonly validators?: Validators | undefined;
}

export interface SourceOptions {
  /** Tries after the first. */
  readonly retries: number;
  /** Seconds that one try may take, redirects included. */
  readonly timeout: number;
  /** Bytes. */
  readonly maxSize: number;
  /** `image` turns away what does not begin like one. */
  readonly accept: 'image' | 'any';
}

/** What all that is fetched has in common. */
export interface Means {
  readonly client: HttpClient;
  readonly turns: Turns;
  readonly headers: RequestHeaders;
  readonly options: SourceOptions;
  /** From 0 to 1; spreads the tries again. */
  readonly random: () => number;
}

const MAX_REDIRECTS = 10;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** Statuses after which another try may succeed; all of 5xx as well. */
const PASSING = new Set([408, 425, 429]);

/** Milliseconds; what asks for a longer wait is not waited for. */
const MAX_PAUSE = 30_000;
/** Milliseconds; the wait before a try is anything up to this, doubled with each try. */
const FIRST_BACKOFF = 250;
const MAX_BACKOFF = 8000;

/** So small that nobody counts it. */
const roomForMetadata = { grow: () => undefined };

export class Fetching implements Turn, HttpGet {
  host: string;
  readonly #means: Means;
  readonly #target: Target;
  readonly #room: Reservation;
  readonly #onSettled: (fetched: Fetched) => void;
  /** Milliseconds for everything together; Infinity is no limit. */
  readonly #maxTime: number;
  #url: URL;
  #redirects = 0;
  /** Milliseconds left for this try. */
  #left: number;
  #attempts = 0;
  #startedAt: number | undefined;
  #sentAt = 0;
  #era = 0;
  /** The image, while its metadata is asked for. */
  #image: Image | undefined;
  #isOver = false;
  #getting: HttpGetting | undefined;
  #backoff: NodeJS.Timeout | undefined;
  #limit: NodeJS.Timeout | undefined;

  /** @param onSettled told once, unless it is cancelled before */
  constructor(
    means: Means,
    target: Target,
    room: Reservation,
    maxTime: number,
    onSettled: (fetched: Fetched) => void,
  ) {
    this.#means = means;
    this.#target = target;
    this.#room = room;
    this.#maxTime = maxTime;
    this.#onSettled = onSettled;
    this.#url = target.url;
    this.host = target.url.host;
    this.#left = means.options.timeout * 1000;
  }

  begin(): void {
    this.#means.turns.request(this);
  }

  /** Ends it without a word. */
  cancel(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#backoff);
    clearTimeout(this.#limit);
    if (this.#getting) {
      this.#getting.cancel();
      this.#end('unclear');
    } else {
      this.#means.turns.withdraw(this);
    }
  }

  get patience(): number {
    if (this.#maxTime === Number.POSITIVE_INFINITY) return this.#maxTime;
    const spent = this.#startedAt === undefined ? 0 : performance.now() - this.#startedAt;
    return this.#maxTime - spent;
  }

  start(era: number): void {
    this.#era = era;
    if (this.#startedAt === undefined) this.#onFirstStart();
    const getting = this.#means.client.get(this);
    // What is over already may have begun the next.
    if (!getting.isOver) this.#getting = getting;
  }

  get url(): URL {
    return this.#url;
  }

  get headers(): string {
    const isAtHome = this.#redirects === 0 || this.#url.origin === this.#target.url.origin;
    return this.#means.headers.of(this.#target, isAtHome, !this.#image);
  }

  get timeout(): number {
    return this.#left;
  }

  get maxSize(): number {
    return this.#image ? MAX_METADATA : this.#means.options.maxSize;
  }

  get room(): HttpGet['room'] {
    return this.#image ? roomForMetadata : this.#room;
  }

  refuse(status: number, ms: number): void {
    this.#finishOr(asksForTooLong(status, ms));
  }

  despair(): void {
    const message = `${this.host} gave no answer to many requests running and is asked no more`;
    this.#finishOr({ status: 'error', reason: 'host-down', message });
  }

  /** A pause may have begun since the turn, while the connection was made. */
  mayStart(): boolean {
    if (this.#means.turns.isPaused(this.host)) return false;
    this.#sentAt = performance.now();
    return true;
  }

  /** The connection that is to be made counts as well. */
  #onFirstStart(): void {
    this.#startedAt = performance.now();
    if (this.#maxTime === Number.POSITIVE_INFINITY) return;
    this.#limit = setTimeout(() => this.#onMaxTime(), this.#maxTime);
  }

  #onMaxTime(): void {
    this.cancel();
    const message = `not fetched within ${this.#maxTime / 1000} s, tries and waits together`;
    this.#tell({ status: 'error', reason: 'timeout', message });
  }

  settle(exchanged: HttpReply | HttpFailure | 'held'): void {
    this.#getting = undefined;
    if (exchanged === 'held') {
      this.#end('unclear');
      this.#means.turns.request(this, true);
    } else if (this.#image) {
      this.#onMetadata(exchanged);
    } else if ('failed' in exchanged) {
      this.#end(healthOf(exchanged));
      this.#tried(this.#failed(exchanged), exchanged.mayPass);
    } else {
      this.#onReply(exchanged);
    }
  }

  #onReply(reply: HttpReply): void {
    const { status: httpStatus } = reply.head;
    const wait = mayPass(httpStatus) ? this.#heed(reply) : 0;
    const isRedirect = REDIRECTS.has(httpStatus);
    // Before the permit is given back, so that the connection takes what comes next.
    const outcome = httpStatus === 200 || httpStatus === 203 ? this.#imageOf(reply) : undefined;
    if (outcome?.status === 'ok' && this.#target.metadata) {
      this.#end('alive');
      this.#image = outcome;
      this.#go(this.#target.metadata);
      return;
    }
    this.#end(httpStatus >= 500 ? 'failing' : 'alive');
    if (outcome) this.#tried(outcome, false);
    else if (isRedirect) this.#follow(reply);
    else if (httpStatus === 304 && this.#target.validators) {
      this.#tried({ status: 'unchanged', httpStatus }, false);
    } else if (httpStatus === 404 || httpStatus === 410) {
      this.#tried({ status: 'not_found', httpStatus }, false);
    } else if (wait > Math.min(MAX_PAUSE, this.patience)) {
      this.#tried(asksForTooLong(httpStatus, wait), false);
    } else {
      const message = httpError(httpStatus, reply.head.phrase);
      this.#tried({ status: 'error', reason: 'http', httpStatus, message }, mayPass(httpStatus));
    }
  }

  #imageOf(reply: HttpReply): Outcome {
    const { head, body: bytes } = reply;
    const httpStatus = head.status;
    const extension = imageExtension(bytes);
    if (!extension && this.#means.options.accept === 'image') {
      const message = 'the answer does not begin like an image';
      return { status: 'error', reason: 'not-an-image', httpStatus, message };
    }
    const validators = validatorsOf(head.header('etag'), head.header('last-modified'));
    return { status: 'ok', httpStatus, bytes, extension, country: undefined, validators };
  }

  #follow(reply: HttpReply): void {
    const { status: httpStatus } = reply.head;
    const next = redirectTarget(reply, this.#url);
    const lost = (message: string): Trouble => {
      return { status: 'error', reason: 'redirect', httpStatus, message };
    };
    if (!next) {
      this.#tried(lost('a redirect to no http or https address'), false);
    } else if (this.#redirects === MAX_REDIRECTS) {
      this.#tried(lost(`more than ${MAX_REDIRECTS} redirects`), false);
    } else if (this.#left <= 0) {
      this.#tried(this.#timedOut(), true);
    } else {
      this.#redirects++;
      this.#go(next);
    }
  }

  /** The next request of the same try. */
  #go(url: URL): void {
    this.#url = url;
    this.host = url.host;
    this.#left = Math.max(1, this.#left);
    this.#means.turns.request(this, true);
  }

  /** Asked once, redirects followed: if it fails, the table has a name as well. */
  #onMetadata(exchanged: HttpReply | HttpFailure): void {
    const image = this.#image as Image;
    if ('failed' in exchanged) {
      this.#end(healthOf(exchanged));
      this.#tried(image, false);
      return;
    }
    if (mayPass(exchanged.head.status)) this.#heed(exchanged);
    this.#end(exchanged.head.status >= 500 ? 'failing' : 'alive');
    const next = REDIRECTS.has(exchanged.head.status) && redirectTarget(exchanged, this.#url);
    if (next && this.#redirects < MAX_REDIRECTS) {
      this.#redirects++;
      this.#go(next);
      return;
    }
    const isThere = exchanged.head.status === 200;
    const country = isThere ? countryIn(exchanged.body, this.#target.cc) : undefined;
    this.#tried({ ...image, country }, false);
  }

  /** Gives the permit back. */
  #end(health: Health): void {
    this.#getting = undefined;
    if (this.#sentAt > 0) this.#left -= performance.now() - this.#sentAt;
    this.#sentAt = 0;
    this.#means.turns.end(this.host, health, this.#era);
  }

  /** The end of a try. */
  #tried(outcome: Outcome, mayPass: boolean): void {
    if (this.#isOver) return;
    this.#attempts++;
    const { options, turns, random } = this.#means;
    if (!mayPass || this.#attempts > options.retries) {
      this.#finish(outcome);
      return;
    }
    this.#room.release();
    const most = Math.min(MAX_BACKOFF, FIRST_BACKOFF * 2 ** (this.#attempts - 1));
    this.#url = this.#target.url;
    this.host = this.#url.host;
    this.#redirects = 0;
    this.#left = options.timeout * 1000;
    this.#backoff = setTimeout(() => turns.request(this), Math.ceil(random() * most));
  }

  /** The end, unless there is an image already: that its name could not be asked for costs nothing. */
  #finishOr(outcome: Outcome): void {
    if (this.#image) this.#attempts++;
    this.#finish(this.#image ?? outcome);
  }

  #finish(outcome: Outcome): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#limit) clearTimeout(this.#limit);
    this.#tell(outcome);
  }

  #tell(outcome: Outcome): void {
    this.#onSettled({ outcome, attempts: this.#attempts, startedAt: this.#startedAt });
  }

  /** Notes for how long the host wants to be left alone; milliseconds. */
  #heed(reply: HttpReply): number {
    const wish = reply.head.header('retry-after');
    const ms = retryAfter(wish, reply.head.header('date'), Date.now()) ?? 0;
    if (ms > 0) this.#means.turns.pause(this.host, ms, reply.head.status);
    return ms;
  }

  #failed({ failed, detail, status }: HttpFailure): Trouble {
    if (failed === 'timeout') return this.#timedOut(status);
    const httpStatus = status === undefined ? {} : { httpStatus: status };
    return { status: 'error', reason: failed, message: detail, ...httpStatus };
  }

  #timedOut(status?: number): Trouble {
    const message = `no whole answer within ${this.#means.options.timeout} s`;
    const httpStatus = status === undefined ? {} : { httpStatus: status };
    return { status: 'error', reason: 'timeout', message, ...httpStatus };
  }
}

/** A host that answers, if only to turn us away, is alive; a name that does not exist says nothing. */
function healthOf({ failed, status, mayPass }: HttpFailure): Health {
  if (status !== undefined) return status >= 500 ? 'failing' : 'unclear';
  return mayPass && ['network', 'timeout', 'dns'].includes(failed) ? 'failing' : 'unclear';
}

function mayPass(status: number): boolean {
  return status >= 500 || PASSING.has(status);
}

function redirectTarget(reply: HttpReply, from: URL): URL | undefined {
  const target = reply.head.header('location');
  if (target === undefined || !URL.canParse(target, from.href)) return undefined;
  const url = new URL(target, from);
  return url.protocol === 'http:' || url.protocol === 'https:' ? url : undefined;
}

function asksForTooLong(status: number, ms: number): Trouble {
  const wait = `the host asks to wait for ${Math.ceil(ms / 1000)} s`;
  const message = `${httpError(status)}; ${wait}`;
  return { status: 'error', reason: 'http', httpStatus: status, message };
}

function httpError(status: number, phrase = ''): string {
  // Only a server without words of its own makes it worth to load node's.
  const words = phrase || process.getBuiltinModule('node:http').STATUS_CODES[status];
  return words ? `HTTP error ${status} - ${words}` : `HTTP error ${status}`;
}
