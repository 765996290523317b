/** The one door for HTTP: a GET, and what came of it. */

import type { CancelSignal } from '../core/cancel-signal.js';
import type { HttpAgent } from './agent.js';
import { Exchange, type Outcome, type RequestOptions } from './exchange.js';

export interface GetOptions extends RequestOptions {
  readonly agent: HttpAgent;
  /** Name, value, name, value, …; `host` and `connection` are sent anyway. */
  readonly headers?: readonly string[];
  /** Ends the request; then the promise rejects with its reason. */
  readonly signal?: CancelSignal;
}

/**
 * Asks once, over HTTP/1.1. Redirects are not followed and the body is not decoded: see `decodeBody`.
 * A kept-alive connection that turns out closed before any byte of the answer is replaced at once
 * (RFC 9112, 9.3.1). What the network does is a value; the promise rejects only by `signal`.
 */
export async function get(url: URL, options: GetOptions): Promise<Outcome | 'held'> {
  const { agent, signal, headers = [] } = options;
  signal?.throwIfAborted();
  if (agent.isClosed)
    return { failed: 'network', detail: 'the client is closed', isTransient: false };
  const origin = agent.originOf(url);
  const path = `${origin.prefix}${url.pathname}${url.search}`;
  const request = { path, headers: [...origin.headers, ...headers] };
  const connection = agent.take(origin);
  const once = () =>
    new Promise<Outcome | 'held' | 'stale'>((resolve, reject) => {
      const onAbort = () => {
        connection.destroy();
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', onAbort);
      const exchange = new Exchange(options, connection, (outcome) => {
        signal?.removeEventListener('abort', onAbort);
        resolve(outcome);
      });
      connection.carry(exchange, request);
    });
  try {
    for (;;) {
      const outcome = await once();
      // Its socket is gone, so the next time the same connection makes a new one.
      if (outcome !== 'stale') return outcome;
    }
  } finally {
    agent.giveBack(origin, connection);
  }
}
