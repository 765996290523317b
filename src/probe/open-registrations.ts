/** What a prober asks registries with: their table, one client, and the practice registries. */

import type { Resolved } from '../options/table.js';
import { Bootstrap } from '../registration/bootstrap.js';
import { isTableUrl, loadBootstrap } from '../registration/bootstrap-cache.js';
import { openRdapHttp } from '../registration/rdap-http.js';
import { registrableDomain } from '../registration/registrable-domain.js';
import { MAX_WAITING, RegistrationLookup } from '../registration/registration-lookup.js';
import type { Ask } from '../resolver/query.js';
import type { RegistryServer } from '../server/registry-server.js';
import { parseRegistryServer, type probeOptions, type RegistryEntry } from './options.js';
import { existence, type Finding, TypeLookup } from './type-lookup.js';

export interface OpenRegistrations {
  readonly lookup: RegistrationLookup;
  /** Names that may wait for registries beside those that are looked up in the DNS. */
  readonly maxWaiting: number;
  /** What decides to which part of a list a name belongs. */
  readonly shardKey: (name: string) => string;
  /** Closes every connection and the practice registries. */
  close(): Promise<void>;
}

/**
 * Opens the way to the registries. Throws a {@link UsageError} for a wrong table. While IANA's table
 * is under way, names wait for it.
 */
export async function openRegistrations(
  options: Resolved<typeof probeOptions>,
  ask: Ask,
  signal: AbortSignal,
): Promise<OpenRegistrations> {
  const { rdapRate, rdapMax, rdapBootstrap, rdapServers, onWarning, onRegistryFailure } = options;
  const http = await openRdapHttp();
  const practice = options.resolvers.includes('local') ? await openPractice() : undefined;
  const given = rdapServers.map((text) => parseRegistryServer(text) as RegistryEntry);
  const table = practice
    ? Promise.resolve(new Bootstrap('', practice.bases))
    : loadBootstrap({
        source: rdapBootstrap,
        fetchText: (url, etag) => http.fetchText(url, etag, signal),
        warn: (text) => signal.aborted || onWarning?.(text),
        now: Date.now(),
      });
  // A wrong file is told before anything is sent; a download must not hold up the sweep.
  if (rdapBootstrap !== undefined && !isTableUrl(rdapBootstrap)) await table;
  const lookup = new RegistrationLookup({
    bootstrap: table.then((loaded) => loaded.with(given)),
    fetch: http.fetch,
    rate: rdapRate === 0 ? Number.POSITIVE_INFINITY : rdapRate,
    max: rdapMax,
    onCap: (host) =>
      onWarning?.(
        `${host} is asked about no more names than --rdap-max ${rdapMax} allows: others stay unknown, rdap-cap`,
      ),
    onFailure: onRegistryFailure,
    exists: (name, type) => exists(ask, name, type),
    signal,
  });
  return {
    lookup,
    maxWaiting: MAX_WAITING,
    shardKey,
    async close() {
      await Promise.all([http.close(), practice?.close()]);
    },
  };
}

function shardKey(name: string): string {
  const registrable = registrableDomain(name);
  return 'domain' in registrable ? registrable.domain : name;
}

async function openPractice(): Promise<RegistryServer> {
  const { openRegistryServer } = await import('../server/registry-server.js');
  return openRegistryServer();
}

/** Any answer but NXDOMAIN says that the name is there (RFC 8020). */
function exists(ask: Ask, name: string, type: number): Promise<boolean | undefined> {
  return new Promise((resolve) => {
    const onFinding = (finding: Finding) => resolve(existence(finding));
    new TypeLookup(ask, type, { onFinding }).start(name);
  });
}
