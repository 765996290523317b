/** What a run says at its end about the resolvers that it had. */

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
  const missing = tally.of('missing nxdomain');
  if (missing === 0 || missing + tally.of('invalid') < tally.total) return undefined;
  const { resolvers, transport, tlsName, tlsCa } = flags;
  // getaddrinfo knows no name without an address.
  if (transport === 'system') return undefined;
  const { probe } = await import('../probe/prober.js');
  const com = await probe('com', {
    ...{ resolvers, transport, tlsName, tlsCa },
    ...{ types: ['NS'], tries: 1, timeout: OUTSIDE_TIMEOUT, outage: OUTSIDE_TIMEOUT },
    ...{ checkResolvers: 'off', wildcards: 'off' },
  });
  // A denial that has the SOA of the very name contradicts itself, and proves no more than another.
  const isDenied = com.status === 'missing' && com.reason === 'nxdomain';
  const contradictsItself =
    com.status === 'unknown' && com.reason === 'contradiction' && com.rcode === 'NXDOMAIN';
  if (!isDenied && !contradictsItself) return undefined;
  return (
    `nothing was found, and ${com.resolver ?? 'the resolver'} denies \`com\` too, so its \`missing\` says little: it may know ` +
    'the names of its own network only; ask others with -r'
  );
}
