/** The transports. To add one: a file that exports an `OpenLine`, and one line here. */

import type { OpenLine } from './line.js';

export const transports = {
  system: async () => (await import('./system.js')).openSystemLine,
  udp: async () => (await import('./udp.js')).openUdpLine,
  tcp: async () => (await import('./tcp.js')).openTcpLine,
} as const satisfies Record<string, () => Promise<OpenLine>>;

export type TransportName = keyof typeof transports;

/** What `--transport` takes. */
export const transportNames = ['auto', ...(Object.keys(transports) as TransportName[])] as const;
