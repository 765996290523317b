/** The resolvers that a probe asks: the given ones, or the system's. */

import { getServers, type LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { RunError } from '../core/run-error.js';
import type { Resolved } from '../options/table.js';
import { noResolverText, notAskedText } from '../resolver/outage-text.js';
import type { ResolverFailure } from '../resolver/outage-watch.js';
import { Scheduler } from '../resolver/scheduler.js';
import type { ResolverAddress } from '../resolver/upstream.js';
import type { DnsServer } from '../server/dns-server.js';
import { connectionFailure } from '../transports/connection-failure.js';
import {
  type Endpoint,
  formatEndpoint,
  parseEndpoint,
  type Trust,
} from '../transports/endpoint.js';
import { transports } from '../transports/index.js';
import {
  confirmingTransport,
  impliedTransport,
  type TransportChoice,
} from '../transports/validate-transport.js';
import type { probeOptions } from './options.js';

/** A scheduler, and the embedded server if `local` is among its resolvers. */
interface OpenPool {
  readonly pool: Scheduler;
  readonly server: DnsServer | undefined;
}

/** How many resolvers there are, and what is the matter with those that are of no use. */
export interface ResolverReport {
  readonly count: number;
  /** Have answered nothing well, or do not answer any more; without those that are not believed. */
  readonly failing: readonly ResolverFailure[];
}

/** What a prober asks. */
export interface OpenResolvers {
  readonly pool: Scheduler;
  /** Those that confirm what the others say. */
  readonly trusted: Scheduler | undefined;
  /** While too many questions wait already: resolves when more are welcome. */
  readonly room: Promise<void> | undefined;
  readonly report: ResolverReport;
  /** Ends all questions; none is settled any more. */
  stop(): void;
  /** Closes the embedded servers. */
  close(): Promise<void>;
}

/** Opens what a prober asks. Nothing is sent yet. */
export async function openResolvers(
  options: Resolved<typeof probeOptions>,
  concurrency: number,
): Promise<OpenResolvers> {
  const { pool, server } = await openPool(options, impliedTransport(options), concurrency);
  const confirming =
    options.trusted.length === 0
      ? undefined
      : await openPool(
          { ...options, resolvers: options.trusted },
          confirmingTransport(options),
          concurrency,
        );
  const trusted = confirming?.pool;
  return {
    pool,
    trusted,
    get room() {
      return pool.room ?? trusted?.room;
    },
    get report() {
      const pools = trusted ? [pool, trusted] : [pool];
      return {
        count: pools.reduce((sum, { resolvers }) => sum + resolvers.length, 0),
        failing: pools.flatMap(({ outage }) => outage.failing),
      };
    },
    stop() {
      pool.close();
      trusted?.close();
    },
    async close() {
      await Promise.all([server?.close(), confirming?.server?.close()]);
    },
  };
}

async function openPool(
  options: Resolved<typeof probeOptions>,
  transport: TransportChoice,
  concurrency: number,
): Promise<OpenPool> {
  const { tries, timeout } = options;
  const first = transport === 'auto' ? 'udp' : transport;
  const usual = await transports[first].load();
  const stream = first === 'udp' ? await transports.tcp.load() : undefined;
  const texts = options.resolvers.length > 0 ? options.resolvers : getServers();
  let server: DnsServer | undefined;
  if (texts.includes('local')) {
    const { openDnsServer } = await import('../server/dns-server.js');
    server = await openDnsServer();
  }
  const resolvers =
    first === 'system'
      ? [systemResolver]
      : await distinctResolvers(texts, usual.usualPort, trustOf(options), server);
  if (resolvers.length === 0) throw new RunError(noResolverText(texts));
  const pool = new Scheduler({
    resolvers,
    first: usual,
    stream,
    chooses: transport === 'auto',
    concurrency,
    timeout: timeout * 1000,
    tries,
    rate: options.rate || undefined,
    outage: options.outage * 1000,
    onOutage: options.onOutage,
    onGiveUp: options.onGiveUp,
    onUnverified: (failure) => options.onWarning?.(notAskedText(failure)),
  });
  return { pool, server };
}

const systemResolver: ResolverAddress = {
  label: 'system',
  endpoint: { host: '', port: undefined },
};

function trustOf({ tlsName, tlsCa }: Resolved<typeof probeOptions>): Trust {
  return { name: tlsName || undefined, ca: tlsCa || undefined };
}

/** Each resolver once, by the name that results call it. */
async function distinctResolvers(
  texts: readonly string[],
  usualPort: number,
  trust: Trust,
  local: DnsServer | undefined,
): Promise<ResolverAddress[]> {
  const lists = await Promise.all(
    texts.map((text) => {
      const endpoint: Endpoint | undefined = text === 'local' ? local : parseEndpoint(text);
      if (!endpoint) return [];
      const label = text === 'local' ? text : formatEndpoint(endpoint, usualPort);
      return addressesOf(label, { ...endpoint, trust });
    }),
  );
  return [...new Map(lists.flat().map((address) => [address.label, address])).values()];
}

/** A resolver that is given by its host name is as many as the name has addresses. */
async function addressesOf(label: string, endpoint: Endpoint): Promise<ResolverAddress[]> {
  const { host } = endpoint;
  if (isIP(host)) return [{ label, endpoint }];
  let found: readonly LookupAddress[];
  try {
    found = await lookup(host, { all: true });
  } catch (error) {
    // It may be found later.
    return [{ label, endpoint, failure: connectionFailure(error as NodeJS.ErrnoException) }];
  }
  return found.map(({ address }) => ({
    label: found.length === 1 ? label : `${label} (${address})`,
    endpoint: { ...endpoint, address },
  }));
}
