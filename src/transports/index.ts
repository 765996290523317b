/** The transports. To add one: a file that exports its `Transport`, and one line here. */

import type { Transport } from './connection.js';

export interface TransportEntry {
  readonly load: () => Promise<Transport>;
  /** What its resolvers are; getaddrinfo asks whom it likes. */
  readonly asks: 'hosts' | 'urls' | 'system';
  /** Resolvers prove who they are by a certificate. */
  readonly isSecure?: true;
}

export const transports = {
  system: { asks: 'system', load: async () => (await import('./system.js')).system },
  udp: { asks: 'hosts', load: async () => (await import('./udp.js')).udp },
  tcp: { asks: 'hosts', load: async () => (await import('./tcp.js')).tcp },
  tls: { asks: 'hosts', isSecure: true, load: async () => (await import('./tls.js')).tls },
  https: { asks: 'urls', isSecure: true, load: async () => (await import('./https.js')).https },
} as const satisfies Record<string, TransportEntry>;

export type TransportName = keyof typeof transports;

/** What `--transport` takes. */
export const transportNames = ['auto', ...(Object.keys(transports) as TransportName[])] as const;
