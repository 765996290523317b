/** The verdicts about one zone, asked at real servers, against what kdig is told by the same. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProbeOptions } from '../../src/probe/options.js';
import { openProber } from '../../src/probe/prober.js';
import { startBind, startSecureBind } from '../support/bind.js';
import { startDnsmasq } from '../support/dnsmasq.js';
import { lacks } from '../support/installed.js';
import { kdigVerdicts } from '../support/kdig.js';
import { startKnot } from '../support/knot.js';
import { type Certificate, makeCertificate } from '../support/made-certificate.js';
import type { NameServer, SecureNameServer } from '../support/name-server.js';
import { startSecureUnbound, startUnbound } from '../support/unbound.js';

const origin = 'flags.example';
const label = (letter: string, length: number) => letter.repeat(length);
const long = [label('a', 63), label('b', 63), label('c', 63), label('d', 47)].join('.');

const zone = `
$ORIGIN ${origin}.
$TTL 60
@        SOA   ns hostmaster 1 3600 900 604800 60
@        NS    ns
ns       A     127.0.0.1
found    A     192.0.2.1
found    AAAA  2001:db8::1
six      AAAA  2001:db8::6
text     TXT   "no address"
a.below  A     192.0.2.2
to-found CNAME found
to-six   CNAME six
to-text  CNAME text
to-gone  CNAME gone
twice    CNAME to-found
_under-_ A     192.0.2.3
${long}  A     192.0.2.253
`;

/** Each name of the zone, and the verdict that whoever wrote it had in mind. */
const verdicts: Record<string, string> = {
  found: 'found',
  six: 'found',
  text: 'nodata',
  below: 'nodata',
  gone: 'nxdomain',
  'deep.gone': 'nxdomain',
  'to-found': 'found',
  'to-six': 'found',
  'to-text': 'nodata',
  'to-gone': 'nodata',
  twice: 'found',
  '_under-_': 'found',
  [long]: 'found',
  [`x${long.slice(1)}`]: 'nxdomain',
};
const names = Object.keys(verdicts).map((name) => `${name}.${origin}`);

interface Setup {
  readonly programs: readonly string[];
  start(knot: NameServer | undefined): Promise<NameServer>;
}

const setups: Record<string, Setup> = {
  knot: { programs: ['knotd'], start: () => startKnot(origin, zone) },
  bind: { programs: ['named'], start: () => startBind(origin, zone) },
  unbound: {
    programs: ['knotd', 'unbound'],
    start: (knot) => startUnbound(origin, knot as NameServer),
  },
  dnsmasq: {
    programs: ['knotd', 'dnsmasq'],
    start: (knot) => startDnsmasq(origin, knot as NameServer),
  },
};

/** What we are told by this server, in the order of the names. */
async function ourVerdicts(options: ProbeOptions): Promise<string[]> {
  await using prober = openProber({ ...options, ordered: true });
  const ours: string[] = [];
  for await (const result of prober.results(names)) {
    ours.push('reason' in result ? result.reason : result.status);
  }
  return ours;
}

describe.each(Object.entries(setups))('%s', (_, { programs, start }) => {
  const isLacking = lacks('kdig', ...programs);
  const running: NameServer[] = [];
  let server: NameServer;

  beforeAll(async () => {
    if (isLacking) return;
    if (programs.length > 1) running.push(await startKnot(origin, zone));
    server = await start(running[0]);
    running.push(server);
  });
  afterAll(async () => {
    for (const one of running.reverse()) await one[Symbol.asyncDispose]();
  });

  it.skipIf(isLacking).each(['udp', 'tcp', 'auto'] as const)(
    'says over %s what it says to kdig',
    async (transport) => {
      const resolvers = [`${server.host}:${server.port}`];
      const ours = await ourVerdicts({ resolvers, transport });
      const theirs = await kdigVerdicts(server, names);
      expect(ours).toEqual(theirs);
      expect(theirs).toEqual(Object.values(verdicts));
    },
  );
});

interface SecureSetup {
  readonly programs: readonly string[];
  start(knot: () => Promise<NameServer>, certificate: Certificate): Promise<SecureNameServer>;
}

const secureSetups: Record<string, SecureSetup> = {
  bind: {
    programs: ['named'],
    start: (_, certificate) => startSecureBind(origin, zone, certificate),
  },
  unbound: {
    programs: ['knotd', 'unbound'],
    start: async (knot, certificate) => startSecureUnbound(origin, await knot(), certificate),
  },
};

describe.each(Object.entries(secureSetups))('%s in secret', (_, { programs, start }) => {
  const isLacking = lacks('kdig', 'openssl', ...programs);
  const running: NameServer[] = [];
  let server: SecureNameServer;
  let certificate: Certificate;

  beforeAll(async () => {
    if (isLacking) return;
    certificate = makeCertificate();
    const knot = async () => {
      const started = await startKnot(origin, zone);
      running.push(started);
      return started;
    };
    server = await start(knot, certificate);
    running.push(server);
  });
  afterAll(async () => {
    for (const one of running.reverse()) await one[Symbol.asyncDispose]();
  });

  it.skipIf(isLacking).each(['tls', 'https'] as const)(
    'says over %s what it says in the open',
    async (transport) => {
      const { host, tlsPort, httpsPort } = server;
      const resolver =
        transport === 'tls' ? `${host}:${tlsPort}` : `https://${host}:${httpsPort}/dns-query`;
      const options = { resolvers: [resolver], transport, tlsCa: certificate.cert };
      expect(await ourVerdicts(options)).toEqual(await kdigVerdicts(server, names));
      // The other name in the certificate does as well.
      expect(await ourVerdicts({ ...options, tlsName: 'dns.example' })).toEqual(
        Object.values(verdicts),
      );
    },
  );
});
