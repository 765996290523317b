/** Fetches images: tries, tries again where that may help, and leaves hosts alone that ask for it. */

import { STATUS_CODES } from 'node:http';
import type { DownloadTrouble, Semaphore } from '../core/model.js';
import type { Cancellation } from '../io/cancellation.js';
import { ACCEPT_ENCODING } from '../io/decode-body.js';
import type { HttpClient } from '../io/http-client.js';
import type { HttpGet, HttpReply } from '../io/http-exchange.js';
import type { HttpFailure } from '../io/http-failure.js';
import type { Reservation } from './byte-budget.js';
import { type ImageExtension, imageExtension } from './image.js';
import { countryIn, MAX_METADATA } from './metadata.js';
import { HostPauses, retryAfter } from './retry-after.js';

/** What is fetched, and where it is. */
export interface Target {
  /** Upper case. */
  readonly cc: string;
  readonly url: URL;
  /** Asked as well, once the image is there, for the country's name. */
  readonly metadata: URL | undefined;
  /** Sent to the origin of `url` and to no other. */
  readonly authorization: string | undefined;
}

export interface SourceOptions {
  /** Tries after the first. */
  readonly retries: number;
  /** Seconds that one try may take, redirects included. */
  readonly timeout: number;
  /** Bytes. */
  readonly maxSize: number;
  /** From 0 to 1; spreads the tries again. */
  readonly random?: () => number;
}

export interface Image {
  readonly status: 'ok';
  readonly httpStatus: number;
  readonly bytes: Uint8Array;
  readonly extension: ImageExtension;
  /** The country's name, where the server said it. */
  readonly country: string | undefined;
}

interface NoImage {
  readonly status: 'not_found';
  readonly httpStatus: number;
}

interface Trouble {
  readonly status: 'error';
  readonly reason: DownloadTrouble;
  readonly httpStatus?: number;
  readonly message: string;
}

/** What became of a target. */
export interface Fetched {
  readonly outcome: Image | NoImage | Trouble;
  /** Tries that were sent. */
  readonly attempts: number;
  /** On the clock of `performance.now()`; undefined if nothing was sent. */
  readonly startedAt: number | undefined;
}

/** What became of one try; or the host that asked to be left alone before the request went out. */
type Tried = { readonly outcome: Image | NoImage | Trouble; readonly mayPass: boolean } | Held;
interface Held {
  readonly held: string;
}

type Reply = HttpReply & { readonly host: string };

const MAX_REDIRECTS = 10;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** Statuses after which another try may succeed; all of 5xx as well. */
const PASSING = new Set([408, 425, 429]);
const GONE = new Set([404, 410]);

/** Milliseconds; what asks for a longer wait is not waited for. */
const MAX_PAUSE = 30_000;
/** Milliseconds; the wait before a try is anything up to this, doubled with each try. */
const FIRST_BACKOFF = 250;
const MAX_BACKOFF = 8000;

/** So small that nobody counts it. */
const metadataLimits = {
  maxSize: MAX_METADATA,
  room: { grow: () => undefined, take: () => {} },
};

export class FlagSource {
  readonly #client: HttpClient;
  readonly #permit: Semaphore;
  readonly #retries: number;
  readonly #timeout: number;
  readonly #maxSize: number;
  readonly #random: () => number;
  readonly #pauses = new HostPauses();

  /** @param permit covers a try, never a wait */
  constructor(client: HttpClient, permit: Semaphore, options: SourceOptions) {
    this.#client = client;
    this.#permit = permit;
    this.#retries = options.retries;
    this.#timeout = options.timeout;
    this.#maxSize = options.maxSize;
    this.#random = options.random ?? Math.random;
  }

  /**
   * Fetches an image, with as many tries as allowed. The bytes of an image are reserved; whoever asked
   * releases them. Rejects only with the reason of a cancel.
   */
  async fetch(
    target: Target,
    reservation: Reservation,
    cancellation: Cancellation,
  ): Promise<Fetched> {
    let attempts = 0;
    let startedAt: number | undefined;
    let { host } = target.url;
    for (;;) {
      const pause = this.#pauses.left(host);
      if (pause && pause.ms > MAX_PAUSE) {
        return { outcome: asksForTooLong(pause.status, pause.ms), attempts, startedAt };
      }
      if (pause) await cancellation.sleep(Math.ceil(pause.ms));
      const tried = await this.#permit(async () => {
        startedAt ??= performance.now();
        return this.#try(target, reservation, cancellation);
      });
      if ('held' in tried) {
        host = tried.held;
        continue;
      }
      attempts += 1;
      const { outcome, mayPass } = tried;
      if (!mayPass || attempts > this.#retries) return { outcome, attempts, startedAt };
      reservation.release();
      const backoff = Math.min(MAX_BACKOFF, FIRST_BACKOFF * 2 ** (attempts - 1));
      await cancellation.sleep(this.#random() * backoff);
    }
  }

  async #try(target: Target, reservation: Reservation, cancellation: Cancellation): Promise<Tried> {
    const limits = { maxSize: this.#maxSize, room: reservation };
    const answer = await this.#follow(target.url, target, cancellation, limits);
    if (!('body' in answer)) return answer;
    const { status: httpStatus, body: bytes } = answer;
    if (GONE.has(httpStatus)) return final({ status: 'not_found', httpStatus });
    if (httpStatus !== 200 && httpStatus !== 203) return this.#refused(answer);
    const extension = imageExtension(bytes);
    if (!extension) {
      const message = 'the answer does not begin like an image';
      return final({ status: 'error', reason: 'not-an-image', httpStatus, message });
    }
    const country = target.metadata && (await this.#country(target, cancellation));
    return final({ status: 'ok', httpStatus, bytes, extension, country });
  }

  /** Asked once and under the image's permit: if it fails, the table has a name as well. */
  async #country(target: Target, cancellation: Cancellation): Promise<string | undefined> {
    const answer = await this.#follow(target.metadata!, target, cancellation, metadataLimits);
    if (!('body' in answer)) return undefined;
    if (answer.status === 200) return countryIn(answer.body, target.cc);
    this.#heed(answer);
    return undefined;
  }

  /** The answer at the end of the redirects. */
  async #follow(
    first: URL,
    { authorization, url: { origin } }: Target,
    cancellation: Cancellation,
    limits: Pick<HttpGet, 'maxSize' | 'room'>,
  ): Promise<Reply | Tried> {
    const end = performance.now() + this.#timeout * 1000;
    let url = first;
    for (let redirects = 0; ; redirects++) {
      const { host } = url;
      // A pause may have begun while this waited for its permit, or was connecting.
      const mayStart = () => this.#pauses.left(host) === undefined;
      if (!mayStart()) return { held: host };
      const answer = await this.#client.get({
        url,
        headers: headers(url.origin === origin ? authorization : undefined),
        timeout: Math.max(1, end - performance.now()),
        mayStart,
        cancellation,
        ...limits,
      });
      if (answer === 'held') return { held: host };
      if ('failed' in answer) return this.#failed(answer);
      if (!REDIRECTS.has(answer.status)) return { ...answer, host };
      const next = redirectTarget(answer, url);
      if (!next) return lost(answer, 'a redirect to no http or https address');
      if (redirects === MAX_REDIRECTS) return lost(answer, `more than ${MAX_REDIRECTS} redirects`);
      url = next;
    }
  }

  #failed({ failed, detail, mayPass, status }: HttpFailure): Tried {
    const message = failed === 'timeout' ? `no whole answer within ${this.#timeout} s` : detail;
    const httpStatus = status === undefined ? {} : { httpStatus: status };
    return { outcome: { status: 'error', reason: failed, message, ...httpStatus }, mayPass };
  }

  #refused(reply: Reply): Tried {
    const { status, phrase } = reply;
    const ms = this.#heed(reply);
    if (ms > MAX_PAUSE) return final(asksForTooLong(status, ms));
    const message = httpError(status, phrase);
    const outcome = { status: 'error', reason: 'http', httpStatus: status, message } as const;
    return { outcome, mayPass: mayPass(status) };
  }

  /** Notes for how long the host wants to be left alone; milliseconds. */
  #heed({ status, headers, host }: Reply): number {
    if (!mayPass(status)) return 0;
    const ms = retryAfter(text(headers['retry-after']), text(headers.date), Date.now()) ?? 0;
    if (ms > 0) this.#pauses.pause(host, ms, status);
    return ms;
  }
}

function final(outcome: Image | NoImage | Trouble): Tried {
  return { outcome, mayPass: false };
}

function lost({ status }: HttpReply, message: string): Tried {
  return final({ status: 'error', reason: 'redirect', httpStatus: status, message });
}

function mayPass(status: number): boolean {
  return PASSING.has(status) || status >= 500;
}

function headers(authorization: string | undefined): Record<string, string> {
  return {
    'user-agent': 'flagprobe',
    accept: 'image/*, */*;q=0.1',
    'accept-encoding': ACCEPT_ENCODING,
    ...(authorization === undefined ? {} : { authorization }),
  };
}

function redirectTarget({ headers: { location } }: HttpReply, from: URL): URL | undefined {
  const target = text(location);
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
  const words = phrase || STATUS_CODES[status];
  return words ? `HTTP error ${status} - ${words}` : `HTTP error ${status}`;
}

function text(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
