/** What is said, and what becomes of the names, where no resolver can be asked. */

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { openProber } from '../../src/probe/prober.js';
import {
  failingText,
  giveUpText,
  noResolverText,
  outageText,
} from '../../src/resolver/outage-text.js';
import type { ResolverFailure } from '../../src/resolver/outage-watch.js';
import { expiredCertificate } from '../support/certificate.js';
import { runInProcess } from '../support/in-process.js';
import { lacks } from '../support/installed.js';
import { makeCertificate } from '../support/made-certificate.js';
import { nxdomain, scriptedDns } from '../support/scripted-dns.js';
import { probeAll, verdict } from '../support/verdicts.js';

/** Nothing listens there: a port that only root could open, and that no server uses any more. */
const CLOSED = '127.0.0.1:1';

/** What a run with these options says on standard error, without its summary. */
async function said(args: readonly string[]) {
  const { stdout, stderr } = await runInProcess([
    'probe',
    'a.example',
    '--progress',
    'none',
    ...args,
  ]);
  return { line: stdout, lines: stderr.split('\n').slice(0, -2) };
}

describe('where waiting is of no use, names are given up at once, and the cause is told', () => {
  it.each([
    ['udp', CLOSED, 'network', 'nothing listens there (recvmsg ECONNREFUSED)'],
    ['auto', CLOSED, 'network', /^nothing listens there \(\w+ ECONNREFUSED/],
    ['tcp', CLOSED, 'network', `nothing listens there (connect ECONNREFUSED ${CLOSED})`],
    ['tls', CLOSED, 'network', `nothing listens there (connect ECONNREFUSED ${CLOSED})`],
    [
      'https',
      `https://${CLOSED}/q`,
      'network',
      `nothing listens there (connect ECONNREFUSED ${CLOSED})`,
    ],
    ['udp', 'ns.invalid:53', 'dns', /^its host name has no address \(getaddrinfo ENOTFOUND/],
    ['tcp', 'ns.invalid:53', 'dns', /^its host name has no address \(getaddrinfo ENOTFOUND/],
  ])('over %s: %s', async (transport, resolver, reason, cause) => {
    const { line, lines } = await said(['-r', resolver, '--transport', transport, '--json']);
    expect(JSON.parse(line)).toMatchObject({ status: 'unknown', reason, resolver });
    const [first, second = '', third] = lines;
    expect(first).toBe('no resolver can be asked, so names stay unknown');
    expect(second.startsWith(`  ${resolver}: `)).toBe(true);
    expect(second.slice(resolver.length + 4)).toEqual(
      typeof cause === 'string' ? cause : expect.stringMatching(cause),
    );
    expect(third).toMatch(/^to try: check .*; ask others with -r/);
    expect(lines).toHaveLength(3);
  });

  it('but a resolver that is silent over UDP is waited for, though TCP is refused there', async () => {
    const silent = createSocket('udp4').bind(0, '127.77.0.1');
    await once(silent, 'listening');
    const resolver = `127.77.0.1:${silent.address().port}`;
    const { line, lines } = await said(['-r', resolver, '--outage', '0.1', '--json']);
    silent.close();
    expect(JSON.parse(line)).toMatchObject({ status: 'unknown', reason: 'timeout' });
    const cause = `  ${resolver}: no answer (over TCP connect ECONNREFUSED ${resolver})`;
    expect(lines).toEqual([
      'no resolver answers; waiting for up to 0.1 s',
      cause,
      'no resolver can be asked, so names stay unknown',
      cause,
      expect.stringContaining('to try: check the address, and that no firewall is in the way'),
    ]);
  });

  it('every name of a long list is given up, and that is told once', async () => {
    const told: (readonly ResolverFailure[])[] = [];
    const names = Array.from({ length: 3000 }, (_, i) => `n${i}.example`);
    const results = await probeAll(names, {
      resolvers: [CLOSED, '127.0.0.2:1'],
      outage: 0,
      onGiveUp: (failures) => told.push(failures),
      onOutage: () => expect.unreachable(),
    });
    expect(new Set(results.map(verdict))).toEqual(new Set(['unknown network']));
    expect(told.map((failures) => failures.map(({ code }) => code))).toEqual([
      ['ECONNREFUSED', 'ECONNREFUSED'],
    ]);
  });
});

describe.skipIf(lacks('openssl'))('a certificate', () => {
  const own = lacks('openssl') ? expiredCertificate : makeCertificate();
  const named = lacks('openssl') ? expiredCertificate : makeCertificate(['DNS:dns.example']);
  const rows = [
    [
      'that is self-signed',
      own,
      undefined,
      'self-signed',
      'self-signed certificate',
      '--tls-ca FILE',
    ],
    [
      'for another name',
      named,
      named.cert,
      'for another name',
      "Hostname/IP does not match certificate's altnames",
      '--tls-name NAME',
    ],
    [
      'that has expired',
      expiredCertificate,
      expiredCertificate.cert,
      'out of date',
      'certificate has expired',
      'the clock of this machine',
    ],
  ] as const;

  it.each(rows)(
    '%s is named in the words of Node, and nothing is said about waiting',
    async (_, certificate, tlsCa, phrase, words, advice) => {
      await using server = await scriptedDns(nxdomain, { certificate });
      for (const transport of ['tls', 'https'] as const) {
        const resolver = server.fronts[transport];
        const told: ResolverFailure[] = [];
        const [result] = await probeAll(['a.example'], {
          transport,
          resolvers: [resolver],
          tlsCa,
          onOutage: () => expect.unreachable(),
          onGiveUp: (failures) => told.push(...failures),
        });
        expect(result).toMatchObject({ status: 'unknown', reason: 'tls', resolver });
        expect(told).toMatchObject([
          { resolver, reason: 'tls', message: expect.stringContaining(words) },
        ]);
        const text = giveUpText(told);
        expect(text).toContain(`${resolver}: its certificate is ${phrase} (${words}`);
        expect(text).toContain(advice);
      }
      expect(server.asked).toHaveLength(0);
    },
  );

  it.each<[string, TlsOptions, string]>([
    ['of a client is wanted', { requestCert: true }, 'it wants a certificate of its clients'],
    ['is not reached over another protocol', { ALPNProtocols: ['h2'] }, 'it speaks no TLS that is'],
    [
      'is not reached over an old version',
      { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' },
      'it speaks no TLS that is',
    ],
  ])('%s: that is said, and not that it cannot be trusted', async (_, options, phrase) => {
    const server = createTlsServer({ ...own, ...options }).on('tlsClientError', () => {});
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const resolver = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const told: ResolverFailure[] = [];
    await probeAll(['a.example'], {
      ...{ transport: 'tls', resolvers: [resolver], tlsCa: own.cert },
      onGiveUp: (failures) => told.push(...failures),
    });
    server.close();
    expect(giveUpText(told)).toContain(`${resolver}: ${phrase}`);
  });

  it('of one among others that can be asked is told once', async () => {
    await using good = await scriptedDns(nxdomain, { certificate: own });
    await using bad = await scriptedDns(nxdomain, { certificate: named });
    const warnings: string[] = [];
    const names = Array.from({ length: 50 }, (_, i) => `n${i}.example`);
    const results = await probeAll(names, {
      transport: 'tls',
      resolvers: [good.fronts.tls, bad.fronts.tls],
      tlsCa: own.cert,
      onWarning: (text) => warnings.push(text),
    });
    expect(new Set(results.map(verdict))).toEqual(new Set(['nxdomain']));
    expect(warnings).toEqual([
      expect.stringContaining(`${bad.fronts.tls}: its certificate is self-signed`),
    ]);
  });
});

describe('where a resolver may come back', () => {
  it('the run waits, and names who is silent and who refuses', async () => {
    await using silent = await scriptedDns(() => {});
    const told: string[][] = [];
    await using prober = openProber({
      resolvers: [silent.resolver, CLOSED],
      transport: 'udp',
      timeout: 20,
      outage: 0.3,
      onOutage: (_, failures) => told.push(failures.map(({ reason }) => reason)),
      onGiveUp: (failures) => told.push(failures.map(({ reason }) => reason)),
    });
    expect(verdict(await prober.probe('a.example'))).toBe('unknown timeout');
    expect(told).toEqual([
      ['timeout', 'network'],
      ['timeout', 'network'],
    ]);
  });
});

describe('the words', () => {
  const failure = (resolver: string, code = ''): ResolverFailure => ({
    resolver,
    code,
    reason: code === '' ? 'timeout' : 'network',
    message: code === '' ? '' : `connect ${code}`,
  });

  it('of an outage', () => {
    expect(outageText([failure('192.0.2.1:53'), failure('192.0.2.2:53', 'ENETUNREACH')], 30)).toBe(
      [
        'no resolver answers; waiting for up to 30 s',
        '  192.0.2.1:53: no answer',
        '  192.0.2.2:53: no route leads there (connect ENETUNREACH)',
      ].join('\n'),
    );
    expect(outageText([], 0)).toBe('no resolver answers; waiting');
  });

  it.each([
    [403, 'HTTP 403: it does not serve this machine'],
    [503, 'HTTP 503'],
  ])('of HTTP status %i', (httpStatus, words) => {
    const failures = [{ ...failure('https://dns.example/'), reason: 'http', httpStatus } as const];
    expect(giveUpText(failures)).toContain(`an HTTP status and no DNS message (${words})\n`);
  });

  it.each([
    ['contradiction', 'each of its answers contradicts itself'],
    ['rcode', 'it answers everything with an error'],
    ['lame', 'it has no zone of these names, and does not resolve for others'],
  ] as const)('of one whose answers all end in %s', (reason, words) => {
    const failing = { ...failure('192.0.2.1:53'), reason };
    expect(failingText([failing], 1)).toBe(`192.0.2.1:53 is failing: ${words}`);
  });

  it('name five of a thousand, and each thing to try once', () => {
    const many = Array.from({ length: 1000 }, (_, i) =>
      failure(`192.0.2.${i % 256}:53`, 'ECONNREFUSED'),
    );
    const lines = giveUpText(many).split('\n');
    expect(lines).toHaveLength(8);
    expect(lines.slice(-2)).toEqual([
      '  and 995 more',
      'to try: check the address and the port; ask others with -r, such as -r 9.9.9.9',
    ]);
  });

  it.each([
    [[], 'none'],
    [['192.0.2.1', 'x y'], '`192.0.2.1`, `x y`'],
  ])('of a system that has %j', (configured, shown) => {
    expect(noResolverText(configured)).toBe(
      `no resolver can be asked: the system has ${shown}; name one with -r, such as -r 9.9.9.9`,
    );
  });
});
