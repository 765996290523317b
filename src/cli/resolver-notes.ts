/** What a run says at its end about the resolvers that it had. */

import { randomBytes } from 'node:crypto';
import type { ProbeResult } from '../core/model.js';
import type { Tally } from '../output/tally.js';
import type { ResolverReport } from '../probe/open-resolvers.js';
import { failingText } from '../resolver/outage-text.js';
import type { ProbeFlags } from './probe-command-options.js';

/** Seconds that the question about the outside may take. */
const OUTSIDE_TIMEOUT = 1;

/** Which resolvers failed; undefined if none did, or all that did was told when it was noticed. */
export function failingNote(report: ResolverReport | undefined): string | undefined {
  if (!report) return undefined;
  // One that cannot prove its identity was told of at once.
  const failing = report.failing.filter(({ reason }) => reason !== 'tls');
  return failing.length === 0 ? undefined : failingText(failing, report.count);
}

/**
 * Where all names are missing: that a resolver denies even `com`, as one does that knows the names of its own
 * network only, or denies everything. Asks one question.
 */
export async function outsideNote(flags: ProbeFlags, tally: Tally): Promise<string | undefined> {
  const missing = tally.of('missing nxdomain') + tally.of('missing nodata');
  if (missing === 0 || tally.of('found') > 0) return undefined;
  // getaddrinfo knows no name without an address.
  if (flags.transport === 'system') return undefined;
  const com = await ask('com', 'NS', flags);
  // A denial that contradicts itself, as one with the SOA of `com` itself, proves no more than another.
  const isBelied = com.status === 'unknown' && com.reason === 'contradiction';
  if (com.status !== 'missing' && !isBelied) return undefined;
  const isNxdomain = isBelied ? com.rcode === 'NXDOMAIN' : com.reason === 'nxdomain';
  // It is denied like the names of the list.
  if (tally.of(isNxdomain ? 'missing nxdomain' : 'missing nodata') === 0) return undefined;
  return (
    `nothing was found, and ${com.resolver ?? 'the resolver'} denies \`com\` too, so its \`missing\` says little: it may know ` +
    'the names of its own network only; ask others with -r'
  );
}

/**
 * Where names were found only by a wildcard: that the resolver has an address for a name that cannot exist (RFC 6761,
 * 6.4), as that of a captive portal has. Asks one question. Several resolvers are checked before.
 */
export async function inventionNote(
  flags: ProbeFlags,
  tally: Tally,
  report: ResolverReport | undefined,
): Promise<string | undefined> {
  // Behind getaddrinfo a search domain may answer.
  if (tally.of('found wildcard') === 0 || flags.transport === 'system') return undefined;
  // The system's, or those of a file, may be several.
  if (report?.count !== 1) return undefined;
  const made = await ask(`${randomBytes(8).toString('hex')}.invalid`, 'A', flags);
  if (made.status !== 'found') return undefined;
  return (
    `${made.resolver ?? 'the resolver'} makes up names that cannot exist, so what it finds by a wildcard may not exist; ` +
    'ask others with -r'
  );
}

async function ask(name: string, type: string, flags: ProbeFlags): Promise<ProbeResult> {
  const { resolvers, transport, tlsName, tlsCa } = flags;
  const { probe } = await import('../probe/prober.js');
  return probe(name, {
    ...{ resolvers, transport, tlsName, tlsCa },
    ...{ types: [type], tries: 1, timeout: OUTSIDE_TIMEOUT, outage: OUTSIDE_TIMEOUT },
    ...{ checkResolvers: 'off', wildcards: 'off' },
  });
}
