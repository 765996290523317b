/** The two parts of undici that every request uses: its client, and what makes TLS sockets for it. */

import { createRequire } from 'node:module';
import type { buildConnector, Client } from 'undici';

export interface Undici {
  readonly Client: typeof Client;
  readonly buildConnector: typeof buildConnector;
}

/**
 * Loads them: of the client, `dispatch` and `destroy` are there. The whole package takes three times as
 * long, for it brings fetch, WebSockets, caches and mocks; it is loaded where a later version keeps its
 * client elsewhere.
 */
export async function loadUndici(): Promise<Undici> {
  try {
    // A bundle may have no URL, nor these files beside it.
    const require = createRequire(import.meta.url);
    return {
      Client: require('undici/lib/dispatcher/client.js'),
      buildConnector: require('undici/lib/core/connect.js'),
    };
  } catch {
    // By the name of its file: by that of the package, Bun gives a stand-in that cannot dispatch.
    return import('undici/index.js');
  }
}
