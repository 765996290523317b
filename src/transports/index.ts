/** The transports. To add one: a file that exports its `Transport`, and one line here. */

import type { Transport } from './line.js';

export const transports = {
  system: async () => (await import('./system.js')).system,
  udp: async () => (await import('./udp.js')).udp,
  tcp: async () => (await import('./tcp.js')).tcp,
} as const satisfies Record<string, () => Promise<Transport>>;

export type TransportName = keyof typeof transports;

/** What `--transport` takes. */
export const transportNames = ['auto', ...(Object.keys(transports) as TransportName[])] as const;
