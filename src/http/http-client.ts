/** GET requests over kept-alive connections of our own. */

import { cachedLookup } from './cached-lookup.js';
import { HttpConnections } from './http-connection.js';
import { type DialOptions, dialTo } from './http-dial.js';
import { Exchange, type ExchangeOwner, type HttpGet, type HttpReply } from './http-exchange.js';
import { getRequest, headerLines } from './http-request.js';
import { proxyFor } from './proxy.js';

export interface HttpClientOptions {
  /** Certificates (PEM) that are trusted beside those that node trusts. */
  readonly ca?: string | undefined;
  /** Where proxies are looked for; nowhere unless given. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** What is asked directly in any case, in the words of no_proxy. */
  readonly exempt?: string | undefined;
}

/** Milliseconds between two looks at the deadlines: a timer for each request costs more than the look. */
const TICK = 20;

/** Origins that are kept while nobody asks them. */
const MAX_IDLE_ORIGINS = 128;

interface Origin {
  readonly key: string;
  readonly connections: HttpConnections;
  /** What the path begins with: a proxy is asked with whole URLs. */
  readonly prefix: string;
  /** Header lines for such a proxy. */
  readonly headers: string;
}

/** A GET on its way. */
export interface HttpGetting {
  /** Whether its answer has come, or will not. */
  readonly isOver: boolean;
  /** Ends it; nobody is told. */
  cancel(): void;
}

export class HttpClient {
  readonly #environment: NonNullable<HttpClientOptions['environment']>;
  readonly #exempt: string | undefined;
  readonly #dialOptions: DialOptions;
  /** In the order of their last use. */
  readonly #origins = new Map<string, Origin>();
  #last: Origin | undefined;
  #ticker: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor({ ca, environment = {}, exempt }: HttpClientOptions = {}) {
    this.#environment = environment;
    this.#exempt = exempt;
    this.#dialOptions = { lookup: cachedLookup(), ca };
  }

  /**
   * Asks for one answer, redirects not followed, its body decoded; `get.settle` is told what came. A
   * kept-alive connection that turns out closed before any byte of the answer is replaced.
   */
  get(get: HttpGet): HttpGetting {
    const { url, timeout } = get;
    const { prefix, headers } = this.#origin(url);
    const target = prefix + url.pathname + url.search;
    const request = getRequest(target, url.host, headers + get.headers);
    const exchange = new Exchange(get, request, performance.now() + timeout, this.#owner);
    this.#begin(exchange);
    return exchange;
  }

  #begin(exchange: Exchange): void {
    if (this.#isClosed) {
      exchange.turnAway({ failed: 'network', detail: 'the client is closed', mayPass: false });
      return;
    }
    this.#ticker ??= setInterval(this.#tick, TICK).unref();
    exchange.begin(this.#origin(exchange.get.url).connections.take(performance.now()));
  }

  readonly #owner: ExchangeOwner = {
    exchanged: (exchange, exchanged) => {
      const { get } = exchange;
      if (exchanged === 'stale') {
        this.#begin(exchange);
      } else if (exchanged === 'held' || 'failed' in exchanged || exchanged.body.length === 0) {
        get.settle(exchanged);
      } else {
        const encoding = exchanged.head.list('content-encoding');
        if (encoding === undefined) get.settle(exchanged);
        else this.#decode(exchanged, encoding, exchange);
      }
    },
  };

  async #decode(reply: HttpReply, encoding: string, exchange: Exchange): Promise<void> {
    const { get } = exchange;
    const { decodeBody } = await import('./decode-body.js');
    const body = await decodeBody(reply.body, encoding, get.maxSize);
    if (!('failed' in body)) await get.room.grow(body.length - reply.body.length);
    if (exchange.isCancelled) return;
    const { head } = reply;
    if ('failed' in body) get.settle({ ...body, status: head.status });
    else get.settle({ head, body });
  }

  #origin(url: URL): Origin {
    const key = url.origin;
    if (this.#last?.key === key) return this.#last;
    const origin = this.#origins.get(key) ?? this.#openOrigin(url, key);
    // To the end: those before it are the first to be forgotten.
    this.#origins.delete(key);
    this.#forgetIdle();
    this.#origins.set(key, origin);
    this.#last = origin;
    return origin;
  }

  #openOrigin(url: URL, key: string): Origin {
    const options = this.#dialOptions;
    const proxy = proxyFor(url, this.#environment, this.#exempt);
    if (!proxy || url.protocol === 'https:') {
      const connections = new HttpConnections(dialTo(url, proxy, options));
      return { key, connections, prefix: '', headers: '' };
    }
    const { authorization } = proxy;
    const login = authorization === undefined ? [] : ['proxy-authorization', authorization];
    const connections = new HttpConnections(dialTo(proxy.url, undefined, options));
    return { key, connections, prefix: url.origin, headers: headerLines(login) };
  }

  #forgetIdle(): void {
    for (const [key, { connections }] of this.#origins) {
      if (this.#origins.size < MAX_IDLE_ORIGINS) return;
      if (!connections.isIdle) continue;
      this.#origins.delete(key);
      connections.close();
    }
  }

  readonly #tick = (): void => {
    const now = performance.now();
    for (const { connections } of this.#origins.values()) connections.expire(now);
    for (const { connections } of this.#origins.values()) if (!connections.isEmpty) return;
    clearInterval(this.#ticker);
    this.#ticker = undefined;
  };

  /** Closes every connection, whatever it is doing. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#ticker);
    await Promise.all([...this.#origins.values()].map(({ connections }) => connections.close()));
  }
}
