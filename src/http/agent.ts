/** Connections to any number of servers, kept from one request to the next. */

import pLimit from 'p-limit';
import { cachedLookup } from './cached-lookup.js';
import { Connection } from './connection.js';
import { Dialer } from './dial.js';
import { type Environment, proxyFor } from './proxy.js';
import { loadUndici, type Undici } from './undici.js';

export interface AgentOptions {
  /** The most connections that are open at once, as long as no more requests are in flight. */
  readonly connections: number;
  /** Certificates (PEM) to trust beside those that node trusts. */
  readonly ca?: string | undefined;
  /** Where proxies are looked for; nowhere unless given. */
  readonly environment?: Environment | undefined;
  /** What is asked directly in any case, in the form of `no_proxy`. */
  readonly exempt?: (() => string) | undefined;
}

/** Milliseconds between two looks at what takes too long: a timer for each request costs more. */
const TICK_MS = 20;

/**
 * Connections to one server that are made at once. More would overflow the queue of a server (511 are
 * usual), and what is dropped there is tried again only a second later.
 */
const MAX_DIALING = 256;

/** A server, and how it is reached. */
interface Origin {
  readonly key: string;
  /** What a path is written behind: a proxy is asked with whole URLs. */
  readonly prefix: string;
  /** Sent beside the headers of each request. */
  readonly headers: readonly string[];
  /** The one that was used last is used next: the others may be closed for idleness. */
  readonly idle: Connection[];
  /** All of its connections. */
  readonly all: Set<Connection>;
  readonly open: () => Connection;
}

export async function openAgent(options: AgentOptions): Promise<HttpAgent> {
  return new HttpAgent(await loadUndici(), options);
}

export class HttpAgent {
  readonly #undici: Undici;
  readonly #options: AgentOptions;
  readonly #dialer: Dialer;
  readonly #origins = new Map<string, Origin>();
  readonly #all = new Set<Connection>();
  #ticker: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;

  /** @internal use {@link openAgent} */
  constructor(undici: Undici, options: AgentOptions) {
    this.#undici = undici;
    this.#options = options;
    this.#dialer = new Dialer({ undici, lookup: cachedLookup(), ca: options.ca });
  }

  get isClosed(): boolean {
    return this.#closing !== undefined;
  }

  /** Connections that are open or being made. */
  get connections(): number {
    return this.#all.size;
  }

  originOf(url: URL): Origin {
    const key = url.origin;
    return this.#origins.get(key) ?? this.#newOrigin(url, key);
  }

  /** A connection for one request. */
  take(origin: Origin): Connection {
    this.#ticker ??= setInterval(this.#tick, TICK_MS).unref();
    const idle = origin.idle.pop();
    if (idle) return idle;
    if (this.#all.size >= this.#options.connections) this.#closeOneIdle();
    const connection = origin.open();
    this.#all.add(connection);
    origin.all.add(connection);
    this.#origins.set(origin.key, origin);
    return connection;
  }

  /** Its request is over. */
  giveBack(origin: Origin, connection: Connection): void {
    connection.exchange = undefined;
    if (connection.isOpen) origin.idle.push(connection);
    else this.#forget(origin, connection);
  }

  /** Closes every connection, whatever it is doing. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    clearInterval(this.#ticker);
    const detail = 'the client is closed';
    const connections = [...this.#all];
    for (const { exchange } of connections) {
      exchange?.stop({ failed: 'network', detail, isTransient: false });
    }
    await Promise.all(connections.map((connection) => connection.destroy()));
  }

  #newOrigin(url: URL, key: string): Origin {
    const { environment = {}, exempt } = this.#options;
    const proxy = proxyFor(url, environment, exempt?.());
    const isPlain = proxy !== undefined && url.protocol === 'http:';
    const login = isPlain && proxy.authorization;
    const at = new URL(key);
    const limit = pLimit(MAX_DIALING);
    const origin: Origin = {
      key,
      prefix: isPlain ? key : '',
      headers: login ? ['proxy-authorization', login] : [],
      idle: [],
      all: new Set(),
      open: () =>
        new Connection(this.#undici, key, {
          dial: (how) => limit(() => this.#dialer.dial({ ...how, url: at, proxy })),
          onNoDescriptor: () => this.#closeOneIdle(),
          onIdleEnd: (connection) => this.#forget(origin, connection),
        }),
    };
    return origin;
  }

  /** It is not used any more; an origin without connections is forgotten with it. */
  #forget(origin: Origin, connection: Connection): void {
    this.#all.delete(connection);
    origin.all.delete(connection);
    const at = origin.idle.indexOf(connection);
    if (at >= 0) origin.idle.splice(at, 1);
    if (origin.all.size === 0) this.#origins.delete(origin.key);
  }

  #closeOneIdle(): void {
    for (const origin of this.#origins.values()) {
      const [connection] = origin.idle;
      if (!connection) continue;
      this.#forget(origin, connection);
      connection.destroy();
      return;
    }
  }

  readonly #tick = (): void => {
    const now = performance.now();
    let isBusy = false;
    for (const { exchange } of this.#all) {
      if (!exchange) continue;
      isBusy = true;
      exchange.expire(now);
    }
    if (isBusy) return;
    clearInterval(this.#ticker);
    this.#ticker = undefined;
  };
}
