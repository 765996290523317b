/** The one door for HTTP: a GET, and what came of it. */

import type { HttpAgent } from './agent.js';
import { Exchange } from './exchange.js';
import type { HttpFailure } from './failure.js';
import type { Reply } from './reply.js';

/** Where the bytes of a body find room. */
export interface Room {
  /** Makes room for so many more bytes; a promise if they have to wait. */
  grow(bytes: number): Promise<void> | undefined;
}

export interface GetOptions {
  readonly agent: HttpAgent;
  /** Name, value, name, value, …; `host` and `connection` are sent anyway. */
  readonly headers?: readonly string[];
  /** Milliseconds, each: for the connection, for the head, and for any silence in the body. */
  readonly timeoutMs: number;
  /** Bytes of the largest body, as it is sent. */
  readonly maxSize: number;
  /** Whether the body of an answer with this status is of use (of every status). */
  readonly wantsBody?: (status: number) => boolean;
  readonly room?: Room;
  /** Asked when the request is about to be written: with `false` it is not, and `held` comes back. */
  readonly mayStart?: () => boolean;
  /** Ends the request; then the promise rejects with its reason. */
  readonly signal?: AbortSignal;
}

export type Outcome = Reply | HttpFailure;

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
