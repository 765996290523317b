/** GET requests over kept-alive connections of our own. This file and its connections load undici. */

import type { Socket } from 'node:net';
import { rootCertificates } from 'node:tls';
import { buildConnector } from 'undici';
import { cachedLookup } from './cached-lookup.js';
import { decodeBody } from './decode-body.js';
import { type Connect, HttpConnections } from './http-connection.js';
import { Exchange, type Exchanged, type HttpGet, type HttpReply } from './http-exchange.js';
import { type HttpProxy, openTunnel, proxyFor } from './proxy.js';

export interface HttpClientOptions {
  /** Milliseconds that a connection may take to be made. */
  readonly connectTimeout: number;
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
  readonly connections: HttpConnections;
  /** A proxy that is asked with whole URLs, as for plain http. */
  readonly proxy: HttpProxy | undefined;
  /** What the path begins with, for such a proxy. */
  readonly prefix: string;
}

export class HttpClient {
  readonly #options: HttpClientOptions;
  readonly #connect: Connect;
  readonly #connectTls: Connect;
  /** In the order of their last use. */
  readonly #origins = new Map<string, Origin>();
  readonly #exchanges = new Set<Exchange>();
  #ticker: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: HttpClientOptions) {
    this.#options = options;
    const { connectTimeout: timeout, ca } = options;
    const trusted = ca === undefined ? {} : { ca: [...rootCertificates, ca] };
    const connect = buildConnector({ lookup: cachedLookup(), timeout, ...trusted });
    this.#connect = connect as unknown as Connect;
    this.#connectTls = buildConnector({ timeout, ...trusted }) as unknown as Connect;
  }

  /**
   * Asks for one answer, redirects not followed, its body decoded; `get.settle` is told what came. A
   * kept-alive connection that turns out closed before any byte of the answer is replaced.
   * Gives a function that cancels.
   */
  get(get: HttpGet): () => void {
    const asking: Asking = { get, exchange: undefined, isCancelled: false };
    this.#exchange(asking, get.timeout);
    return () => {
      asking.isCancelled = true;
      if (asking.exchange) this.#exchanges.delete(asking.exchange);
      asking.exchange?.cancel();
    };
  }

  #exchange(asking: Asking, timeout: number): void {
    const { get } = asking;
    if (this.#isClosed) {
      get.settle({ failed: 'network', detail: 'The client is closed', mayPass: false });
      return;
    }
    const now = performance.now();
    const origin = this.#origin(get.url);
    const connection = origin.connections.take();
    const exchange = new Exchange(get, connection, now, timeout, (exchanged) => {
      this.#exchanges.delete(exchange);
      if (exchanged !== 'held' && exchanged !== 'stale' && 'chunks' in exchanged) connection.free();
      this.#onExchanged(exchanged, asking);
    });
    asking.exchange = exchange;
    this.#exchanges.add(exchange);
    this.#ticker ??= setInterval(this.#tick, TICK).unref();
    const { pathname, search } = get.url;
    const path = origin.prefix + pathname + search;
    const headers = origin.proxy ? proxied(get, origin.proxy) : (get.headers as string[]);
    connection.dispatch({ path, method: 'GET', headers }, exchange);
  }

  #onExchanged(exchanged: Exchanged, asking: Asking): void {
    const { get } = asking;
    if (exchanged === 'stale') {
      this.#exchange(asking, Math.max(1, asking.exchange!.left(performance.now())));
      return;
    }
    if (exchanged === 'held' || 'failed' in exchanged || exchanged.size === 0) {
      get.settle(exchanged);
      return;
    }
    const encoding = exchanged.header('content-encoding');
    if (encoding === undefined) get.settle(exchanged);
    else this.#decode(exchanged, encoding, asking);
  }

  async #decode(reply: HttpReply, encoding: string, asking: Asking): Promise<void> {
    const { get } = asking;
    const body = await decodeBody(Buffer.concat(reply.chunks), encoding, get.maxSize);
    if (!('failed' in body)) await get.room.grow(body.length - reply.size);
    if (asking.isCancelled) return;
    const { status, phrase } = reply;
    if ('failed' in body) get.settle({ ...body, status });
    else {
      const header = (name: string) => reply.header(name);
      get.settle({ status, phrase, header, chunks: [body], size: body.length });
    }
  }

  #origin(url: URL): Origin {
    const key = url.origin;
    let origin = this.#origins.get(key);
    if (origin && this.#origins.size === 1) return origin;
    if (origin) {
      this.#origins.delete(key);
    } else {
      origin = this.#openOrigin(url);
      this.#forgetIdle();
    }
    this.#origins.set(key, origin);
    return origin;
  }

  #openOrigin(url: URL): Origin {
    const { environment = {}, exempt } = this.#options;
    const proxy = proxyFor(url, environment, exempt);
    if (!proxy) {
      const connections = new HttpConnections(url.origin, this.#connect);
      return { connections, proxy, prefix: '' };
    }
    if (url.protocol === 'http:') {
      const connections = new HttpConnections(proxy.url.origin, this.#connect);
      return { connections, proxy, prefix: url.origin };
    }
    const connections = new HttpConnections(url.origin, this.#tunnel(url, proxy));
    return { connections, proxy: undefined, prefix: '' };
  }

  #tunnel({ hostname, port }: URL, proxy: HttpProxy): Connect {
    const { connectTimeout } = this.#options;
    return (options, callback) => {
      openTunnel(proxy, `${hostname}:${port || 443}`, connectTimeout, (error, httpSocket) => {
        if (error) callback(error, null);
        else this.#connectTls({ ...options, httpSocket: httpSocket as Socket }, callback);
      });
      return undefined;
    };
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
    for (const exchange of this.#exchanges) exchange.expire(now);
    if (this.#exchanges.size > 0) return;
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

/** A GET on its way, over as many connections as turn out stale. */
interface Asking {
  readonly get: HttpGet;
  exchange: Exchange | undefined;
  isCancelled: boolean;
}

function proxied({ url, headers }: HttpGet, { authorization }: HttpProxy): string[] {
  const login = authorization === undefined ? [] : ['proxy-authorization', authorization];
  return [...headers, 'host', url.host, ...login];
}
