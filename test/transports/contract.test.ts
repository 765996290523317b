/** What every transport of the registry must do, at one server that does what it is told. */

import { describe, expect, it } from 'vitest';
import type { ProbeOptions } from '../../src/probe/options.js';
import { type TransportName, transports } from '../../src/transports/index.js';
import { lacks } from '../support/installed.js';
import { type Certificate, makeCertificate } from '../support/made-certificate.js';
import {
  a,
  type Behaviour,
  cname,
  found,
  nodata,
  nxdomain,
  RCODE,
  rcode,
  type ScriptedDns,
  scriptedDns,
} from '../support/scripted-dns.js';
import { manyNames, probeAll, verdict } from '../support/verdicts.js';

// `system` asks whom the operating system asks: no server of a test can be put before it.
const names = (Object.keys(transports) as TransportName[]).filter((name) => name !== 'system');
const isSecure = (name: TransportName) => 'isSecure' in transports[name];
const isLacking = lacks('openssl');
const certificate: Certificate | undefined = isLacking ? undefined : makeCertificate();

/** Where a server of the tests is asked over this transport. */
function at(server: ScriptedDns, transport: TransportName): ProbeOptions {
  if (!isSecure(transport)) return { transport, resolvers: [server.resolver] };
  const { tls, https } = server.fronts;
  return {
    transport,
    resolvers: [transport === 'https' ? https : tls],
    tlsCa: certificate?.cert,
  };
}

const start = (behave: Behaviour) => scriptedDns(behave, certificate && { certificate });

/** What the server does to the name that begins like this, and the verdict. */
const rows: Record<string, readonly [Behaviour, string]> = {
  there: [found, 'found'],
  gone: [nxdomain, 'nxdomain'],
  empty: [nodata, 'nodata'],
  aliased: [
    ({ name, reply }) => reply({ answers: [cname(name, 'b.example'), a('b.example')] }),
    'found',
  ],
  'alias-of-none': [
    ({ name, reply }) => reply({ flags: RCODE.NXDOMAIN, answers: [cname(name, 'none.example')] }),
    'nodata',
  ],
  broken: [rcode(RCODE.SERVFAIL), 'unknown servfail'],
  forbidden: [rcode(RCODE.REFUSED), 'unknown refused'],
  odd: [rcode(RCODE.NOTIMP), 'unknown rcode'],
  spoilt: [
    (asked) => asked.send(asked.message({ answers: [a(asked.name)] }).subarray(0, -2)),
    'unknown malformed',
  ],
  mangled: [
    ({ name, type, send, message }) =>
      send(message({ questions: [{ name: name.toUpperCase(), type }], answers: [a(name)] })),
    'found',
  ],
  'second-try': [(asked) => (asked.time > 1 ? found : rcode(RCODE.SERVFAIL))(asked), 'found'],
  long: [
    ({ name, reply }) =>
      reply({ answers: Array.from({ length: 200 }, (_, i) => a(name, `192.0.2.${i}`)) }),
    'found',
  ],
};

describe.each(names)('%s', (transport) => {
  const skips = isLacking && isSecure(transport);

  it.skipIf(skips).concurrent('gives every name the verdict that its answer deserves', async () => {
    await using server = await start((asked) => {
      const [kind = ''] = asked.name.split('.');
      (rows[kind]?.[0] ?? found)(asked);
    });
    const inputs = Object.keys(rows).map((kind) => `${kind}.example`);
    const options = at(server, transport);
    const results = await probeAll(inputs, { ...options, tries: 2 });
    expect(Object.fromEntries(results.map((result) => [result.name, verdict(result)]))).toEqual(
      Object.fromEntries(Object.entries(rows).map(([kind, [, is]]) => [`${kind}.example`, is])),
    );
    expect(results[0]).toMatchObject({
      transport,
      resolver: options.resolvers?.[0],
      rcode: 'NOERROR',
    });
    expect(results.find(({ name }) => name.startsWith('long'))).toHaveProperty(
      'records.length',
      200,
    );
  });

  it.skipIf(skips).concurrent('says timeout where a server is silent', async () => {
    await using server = await start(() => {});
    const options = { ...at(server, transport), timeout: 0.2, tries: 2 };
    const [result] = await probeAll(['silent.example'], options);
    expect(result && verdict(result)).toBe('unknown timeout');
  });

  it.skipIf(skips).concurrent('keeps many questions apart, answered in any order', async () => {
    const waiting: (() => void)[] = [];
    await using server = await start((asked) => {
      const number = Number(/^n(\d+)/.exec(asked.name)?.[1]);
      waiting.push(() =>
        asked.reply({ answers: [a(asked.name, `10.0.${number >> 8}.${number & 255}`)] }),
      );
      // Those that came in one turn are answered from the last to the first.
      if (waiting.length === 1)
        setImmediate(() => {
          for (const answer of waiting.splice(0).reverse()) answer();
        });
    });
    const results = await probeAll(manyNames(600), { ...at(server, transport), timeout: 60 });
    expect(results.map((result) => result.status === 'found' && result.records[0]?.data)).toEqual(
      results.map((_, i) => `10.0.${i >> 8}.${i & 255}`),
    );
    // On a stream a question is asked again only if its answer was late: the machine may be busy.
    const late = results.filter(({ ms }) => ms > 1000);
    const asked = server.asked.filter(({ name }) => name.startsWith('n'));
    expect(new Set(asked.map(({ name }) => name)).size).toBe(600);
    if (transport !== 'udp') expect(asked.length).toBeLessThanOrEqual(600 + late.length);
  });

  it.skipIf(skips).concurrent(
    'asks again without EDNS whoever does not understand it',
    async () => {
      await using server = await start((asked) =>
        (asked.hasEdns ? rcode(RCODE.FORMERR) : nxdomain)(asked),
      );
      const results = await probeAll(manyNames(5), at(server, transport));
      expect(results.map(verdict)).toEqual(results.map(() => 'nxdomain'));
    },
  );

  it.skipIf(skips || transport === 'udp').concurrent(
    'goes on where the connection was cut, with what was not answered',
    async () => {
      let cut = 0;
      await using server = await start((asked) => {
        if (asked.time === 1 && Number(/\d+/.exec(asked.name)) % 25 === 24) {
          cut++;
          asked.close();
        } else {
          nxdomain(asked);
        }
      });
      const results = await probeAll(manyNames(100), at(server, transport));
      expect(results.map(verdict)).toEqual(results.map(() => 'nxdomain'));
      expect(cut).toBe(4);
    },
  );

  it.skipIf(skips).concurrent('says that there is no network where nothing listens', async () => {
    const server = await start(found);
    const options = at(server, transport);
    await server[Symbol.asyncDispose]();
    const results = await probeAll(manyNames(3), { ...options, outage: 0.3 });
    expect(results.map(verdict)).toEqual(results.map(() => 'unknown network'));
  });
});
