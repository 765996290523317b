/** The one door for HTTP: a GET, and what came of it. */

import type { CancelSignal } from '../core/cancel-signal.js';
import type { HttpAgent } from './agent.js';
import {
  Exchange,
  type NotSent,
  type Outcome,
  type RequestOptions,
  type Unsettled,
} from './exchange.js';

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
export function get(url: URL, options: GetOptions): Promise<Outcome | NotSent> {
  const { agent, signal, headers = [] } = options;
  if (signal?.aborted) return Promise.reject(signal.reason);
  if (agent.isClosed) return Promise.resolve(CLOSED);
  const origin = agent.originOf(url);
  const request = {
    path: `${origin.prefix}${url.pathname}${url.search}`,
    headers: origin.headers.length === 0 ? headers : [...origin.headers, ...headers],
  };
  return new Promise((resolve, reject) => {
    const connection = agent.take(origin);
    let isOver = false;
    const end = () => {
      isOver = true;
      signal?.removeEventListener('abort', onAbort);
      agent.giveBack(origin, connection);
    };
    const onAbort = () => {
      connection.destroy();
      end();
      reject(signal?.reason);
    };
    const ask = () => connection.carry(new Exchange(options, connection, settle), request);
    const settle = (outcome: Outcome | Unsettled) => {
      if (isOver) return;
      // Its socket is gone, so the next time the same connection makes a new one.
      if (outcome === 'stale') return ask();
      end();
      resolve(outcome);
    };
    signal?.addEventListener('abort', onAbort);
    ask();
  });
}

const CLOSED: Outcome = { failed: 'network', detail: 'the client is closed', isTransient: false };
