/** GET requests over kept-alive connections of our own. The only file that loads undici. */

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { Agent, buildConnector } from 'undici';
import { cachedLookup } from './cached-lookup.js';
import { decodeBody } from './decode-body.js';
import {
  Exchange,
  type Exchanged,
  type HttpGet,
  type HttpReply,
  onSendHeaders,
} from './http-exchange.js';
import type { HttpFailure } from './http-failure.js';

const SEND_HEADERS = 'undici:client:sendHeaders';

export class HttpClient {
  readonly #agent: Agent;
  readonly #sockets = new Set<Socket>();

  /**
   * @param connections the most connections to one origin
   * @param connectTimeout milliseconds
   */
  constructor(connections: number, connectTimeout: number) {
    const connect = buildConnector({ lookup: cachedLookup(), timeout: connectTimeout });
    this.#agent = new Agent({
      connections,
      pipelining: 1,
      // Every exchange has a deadline; these would only measure silence.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: (options, callback) => {
        // It returns the socket, though its type does not say so. undici itself forgets a socket
        // that is still connecting when the agent is closed.
        const socket = connect(options, callback) as unknown as Socket;
        this.#sockets.add(socket);
        socket.once('close', () => this.#sockets.delete(socket));
      },
    });
    subscribe(SEND_HEADERS, onSendHeaders);
  }

  /**
   * The answer to one request, redirects not followed, its body decoded; or why there is none.
   * Rejects only with the reason of a cancel.
   */
  async get(get: HttpGet): Promise<HttpReply | HttpFailure | 'held'> {
    const end = performance.now() + get.timeout;
    let exchanged: Exchanged;
    do {
      exchanged = await this.#exchange(get, Math.max(1, end - performance.now()));
    } while (exchanged === 'stale');
    if (exchanged === 'held' || 'failed' in exchanged || exchanged.body.length === 0) {
      return exchanged;
    }
    const encoding = exchanged.headers['content-encoding'];
    if (encoding === undefined) return exchanged;
    const body = await decodeBody(exchanged.body, String(encoding), get.maxSize);
    if ('failed' in body) return { ...body, status: exchanged.status };
    await get.room.grow(body.length - exchanged.body.length);
    return { ...exchanged, body };
  }

  #exchange(get: HttpGet, timeout: number): Promise<Exchanged> {
    const { url, headers, cancellation } = get;
    return new Promise<Exchanged>((resolve, reject) => {
      cancellation.throwIfCancelled();
      this.#agent.dispatch(
        { origin: url.origin, path: url.pathname + url.search, method: 'GET', headers },
        new Exchange(get, timeout, resolve, reject),
      );
    });
  }

  /** Closes every connection, whatever it is doing. */
  async close(): Promise<void> {
    unsubscribe(SEND_HEADERS, onSendHeaders);
    await this.#agent.destroy();
    await Promise.all(
      [...this.#sockets].map(
        (socket) => new Promise((resolve) => socket.once('close', resolve).destroy()),
      ),
    );
  }
}
