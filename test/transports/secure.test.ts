/** DNS over TLS and over HTTPS: certificates, sessions, HTTP. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { ProbeOptions } from '../../src/probe/options.js';
import { lacks } from '../support/installed.js';
import { makeCertificate } from '../support/made-certificate.js';
import { startNginx } from '../support/nginx.js';
import {
  type Asked,
  a,
  type Behaviour,
  found,
  nxdomain,
  type ScriptedDns,
  scriptedDns,
} from '../support/scripted-dns.js';
import { manyNames, probeAll, verdict } from '../support/verdicts.js';

const isLacking = lacks('openssl');
const certificate = isLacking ? { key: '', cert: '' } : makeCertificate();
const named = isLacking ? certificate : makeCertificate(['DNS:dns.example']);
const secure = ['tls', 'https'] as const;

const start = (behave: Behaviour, isOld = false) => scriptedDns(behave, { certificate, isOld });
function at({ fronts }: ScriptedDns, transport: 'tls' | 'https'): ProbeOptions {
  return { transport, resolvers: [fronts[transport]], tlsCa: certificate.cert };
}
const names = manyNames(10);
const all = (is: string) => names.map(() => is);

describe.skipIf(isLacking).each(secure)('over %s', (transport) => {
  it('a certificate that nobody vouches for is not believed, and nothing is asked', async () => {
    await using server = await start(found);
    const results = await probeAll(names, { ...at(server, transport), tlsCa: undefined });
    expect(results.map(verdict)).toEqual(all('unknown tls'));
    expect(server.asked).toHaveLength(0);
    // Nobody hammers at a door that will not be opened.
    expect(server.fronts.handshakes).toBeLessThanOrEqual(2);
  });

  it('a certificate for another name is not believed', async () => {
    await using server = await scriptedDns(found, { certificate: named });
    const options = { ...at(server, transport), tlsCa: named.cert };
    // The host is an IP address, which this certificate does not name.
    expect((await probeAll(names, options)).map(verdict)).toEqual(all('unknown tls'));
    const other = await probeAll(names, { ...options, tlsName: 'dns2.example' });
    expect(other.map(verdict)).toEqual(all('unknown tls'));
    expect(server.asked).toHaveLength(0);
    const right = await probeAll(names, { ...options, tlsName: 'DNS.example' });
    expect(right.map(verdict)).toEqual(all('found'));
  });

  it('another resolver answers for one that is not believed', async () => {
    await using bad = await scriptedDns(found, { certificate: named });
    await using good = await start(nxdomain);
    const options = at(good, transport);
    const resolvers = [bad.fronts[transport], good.fronts[transport]];
    const results = await probeAll(names, { ...options, resolvers });
    expect(results.map(verdict)).toEqual(all('nxdomain'));
    expect(bad.asked).toHaveLength(0);
  });

  it('the next connection resumes the session of the one before', async () => {
    await using server = await start((asked) => {
      if (asked.time === 1 && asked.name === 'n5.example') asked.close();
      else nxdomain(asked);
    });
    // One after the other, so that the ticket is there before the connection is cut.
    const options = { ...at(server, transport), concurrency: 1 };
    expect((await probeAll(names, options)).map(verdict)).toEqual(all('nxdomain'));
    expect([server.fronts.handshakes, server.fronts.resumed]).toEqual([2, 1]);
  });

  it('a server that speaks no TLS could not prove who it is', async () => {
    await using server = await start((asked) => asked.close());
    const plain = transport === 'tls' ? server.resolver : `https://${server.resolver}/`;
    const options = { ...at(server, transport), resolvers: [plain], outage: 0.3 };
    const reasons = new Set((await probeAll(names, options)).map(verdict));
    // It may answer nonsense or just hang up.
    expect([...reasons]).toEqual([expect.stringMatching(/^unknown (tls|timeout)$/)]);
    expect(server.asked).toHaveLength(0);
  });
});

describe.skipIf(isLacking)('over tls', () => {
  it('the client says that it speaks DNS (ALPN dot)', async () => {
    await using server = await start(found);
    await probeAll(names, at(server, 'tls'));
    expect(server.fronts.protocols).toEqual(['dot']);
  });
});

describe.skipIf(isLacking)('over https', () => {
  it('HTTP/2 carries everything on one connection where the server has it', async () => {
    await using server = await start(found);
    const results = await probeAll(manyNames(200), { ...at(server, 'https'), timeout: 60 });
    expect(new Set(results.map(verdict))).toEqual(new Set(['found']));
    expect(new Set(server.fronts.protocols)).toEqual(new Set(['h2']));
    // On a busy machine it may seem stuck, and is made anew.
    expect(server.fronts.handshakes).toBeLessThanOrEqual(4);
    expect(new Set(server.fronts.requests)).toEqual(new Set(['POST /dns-query HTTP/2.0']));
    // The id is 0, so that equal questions are equal requests.
    expect(new Set(server.asked.map(({ id }) => id))).toEqual(new Set([0]));
  });

  it('HTTP/1.1 does where the server has nothing else, on a few connections', async () => {
    await using server = await start(found, true);
    const results = await probeAll(manyNames(100), { ...at(server, 'https'), timeout: 60 });
    expect(new Set(results.map(verdict))).toEqual(new Set(['found']));
    expect(new Set(server.fronts.protocols)).toEqual(new Set(['http/1.1']));
    // Sixteen at a time; on a busy machine all may seem stuck once or twice, and are made anew.
    expect(server.fronts.handshakes).toBeLessThanOrEqual(48);
  });

  it.each([
    ['{?dns}', '/dns-query'],
    ['?user=me{?dns}', '/dns-query?user=me'],
  ])('the template %s behind the path is understood', async (template, path) => {
    await using server = await start(found);
    const options = at(server, 'https');
    const resolvers = [`${server.fronts.https}${template}`];
    expect((await probeAll(names, { ...options, resolvers })).map(verdict)).toEqual(all('found'));
    expect(new Set(server.fronts.requests)).toEqual(new Set([`POST ${path} HTTP/2.0`]));
  });

  const dns = { 'content-type': 'application/dns-message' };
  const answer = (asked: Asked) => asked.message({ answers: [a(asked.name)] });
  it.each<[string, Behaviour, string]>([
    ['404', ({ respond }) => respond(404, dns, Buffer.from('no')), 'unknown http'],
    ['500 with a message', (asked) => asked.respond(500, dns, answer(asked)), 'unknown http'],
    ['a redirect', ({ respond }) => respond(302, { location: '/other' }), 'unknown http'],
    [
      '200 and a page',
      ({ respond }) => respond(200, { 'content-type': 'text/html' }),
      'unknown malformed',
    ],
    ['200 and nothing', ({ respond }) => respond(200, dns), 'unknown malformed'],
    [
      '200 and 70,000 bytes',
      (asked) => asked.respond(200, dns, Buffer.alloc(70_000)),
      'unknown malformed',
    ],
    [
      '200 and 70,000 bytes that begin like an answer',
      (asked) => asked.respond(200, dns, Buffer.concat([answer(asked), Buffer.alloc(70_000)])),
      'unknown malformed',
    ],
    [
      'an answer to another question',
      (asked) => asked.reply({ questions: [{ name: 'x.example', type: 'A' }], flags: 3 }),
      'unknown malformed',
    ],
    ['an answer with another id', (asked) => asked.reply({ id: 7, flags: 3 }), 'unknown malformed'],
    [
      'a media type with a parameter, in capitals',
      (asked) =>
        asked.respond(200, { 'content-type': 'Application/DNS-Message; x=y' }, answer(asked)),
      'found',
    ],
  ])('%s', async (_, behave, is) => {
    await using server = await start(behave);
    const results = await probeAll(names, { ...at(server, 'https'), tries: 1 });
    expect(results.map(verdict)).toEqual(all(is));
  });

  it.each([429, 503])(
    'Retry-After of a %i is waited for by everything, then all is asked again',
    async (status) => {
      await using server = await start((asked) => {
        if (server.asked.length > 1) nxdomain(asked);
        else asked.respond(status, { 'retry-after': '1' });
      });
      const results = await probeAll(names, { ...at(server, 'https'), concurrency: 1 });
      expect(results.map(verdict)).toEqual(all('nxdomain'));
      const [first, second] = server.asked;
      expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(999);
    },
  );

  it('a Retry-After longer than the run would wait is an outage', async () => {
    await using server = await start(({ respond }) => respond(429, { 'retry-after': '3600' }));
    const told: unknown[] = [];
    const results = await probeAll(names, {
      ...at(server, 'https'),
      concurrency: 1,
      outage: 0.3,
      onOutage: (isOut, failures) => told.push([isOut, failures[0]?.httpStatus]),
    });
    expect(results.map(verdict)).toEqual(all('unknown timeout'));
    expect(told).toEqual([[true, 429]]);
    expect(server.asked).toHaveLength(1);
  });

  it('undici is loaded only when HTTPS is asked', async () => {
    const script = `
      import { createRequire } from 'node:module';
      import { multiProbe } from '${new URL('../../dist/index.js', import.meta.url).href}';
      const { cache } = createRequire(import.meta.url);
      for (const [transport, resolver] of [['tls', '127.0.0.1:1'], ['https', 'https://127.0.0.1:1/']]) {
        const options = { transport, resolvers: [resolver], outage: 0.01, tries: 1 };
        for await (const _ of multiProbe(['a.example'], options));
        console.log(transport, Object.keys(cache).some((path) => path.includes('/undici/')));
      }`;
    const args = ['--input-type=module', '-e', script];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    expect(stdout).toBe('tls false\nhttps true\n');
  });
});

describe.skipIf(isLacking || lacks('nginx'))('over https behind nginx', () => {
  it('a GOAWAY after every few requests costs no name', async () => {
    await using server = await start(found, true);
    // nginx ends a connection with a GOAWAY after so many requests; its default is 1000.
    const limit = 'keepalive_requests 20;';
    await using nginx = await startNginx(new URL(server.fronts.https), certificate, limit);
    const outages: boolean[] = [];
    const results = await probeAll(manyNames(200), {
      transport: 'https',
      onOutage: (isOut) => outages.push(isOut),
      resolvers: [`https://127.0.0.1:${nginx.port}/dns-query`],
      tlsCa: certificate.cert,
    });
    expect(results.map(verdict)).toEqual(results.map(() => 'found'));
    expect(results).toHaveLength(200);
    expect(outages).toEqual([]);
  });
});

describe('a transport and resolvers that do not go together are a usage error', () => {
  it.each<[string, ProbeOptions, RegExp]>([
    [
      'a URL over udp',
      { transport: 'udp', resolvers: ['https://dns.example/q'] },
      /`transport` to be https with the resolver `https:\/\/dns.example\/q`, got `udp`/,
    ],
    [
      'a URL beside a host',
      { resolvers: ['https://dns.example/q', '192.0.2.1'] },
      /`transport` to be https .* got `auto`/,
    ],
    [
      'a host over https',
      { transport: 'https', resolvers: ['9.9.9.9'] },
      /`resolvers` to be URLs such as https:\/\/.* got `9.9.9.9`/,
    ],
    ['nobody over https', { transport: 'https' }, /`resolvers` to be URLs .* got none/],
    [
      'local over tls',
      { transport: 'tls', resolvers: ['local'] },
      /`transport` to be one of auto, udp, tcp with the resolver `local`, got `tls`/,
    ],
    [
      'a name over tcp',
      { transport: 'tcp', tlsName: 'a.example' },
      /`transport` to be one of tls, https with `tlsName`, got `tcp`/,
    ],
    [
      'resolvers over system',
      { transport: 'system', resolvers: ['local'] },
      /`transport` to be one of auto, udp, tcp, tls, https with `resolvers`/,
    ],
    ['http', { transport: 'https', resolvers: ['http://dns.example/q'] }, /`resolvers` to be HOST/],
    [
      'a URL with a user',
      { transport: 'https', resolvers: ['https://me@dns.example/q'] },
      /`resolvers` to be HOST/,
    ],
    [
      'a URL with a fragment',
      { transport: 'https', resolvers: ['https://dns.example/q#a'] },
      /`resolvers` to be HOST/,
    ],
    [
      'another template',
      { transport: 'https', resolvers: ['https://dns.example/{dns}'] },
      /`resolvers` to be HOST/,
    ],
    ['no PEM', { transport: 'tls', tlsCa: 'abc' }, /`tlsCa` to be certificates in PEM/],
    [
      'a URL for a name',
      { transport: 'tls', tlsName: 'https://a.example/' },
      /`tlsName` to be the name in a certificate/,
    ],
  ])('%s', async (_, options, message) => {
    await expect(probeAll(['a.example'], options)).rejects.toThrow(message);
  });
});
