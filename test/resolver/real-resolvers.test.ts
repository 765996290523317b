/** Faults of resolvers as real servers show them: every name has its right verdict. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBind } from '../support/bind.js';
import { startDnsmasq } from '../support/dnsmasq.js';
import { isFull } from '../support/full.js';
import { lacks } from '../support/installed.js';
import { startKnot } from '../support/knot.js';
import type { NameServer } from '../support/name-server.js';
import { startNsd } from '../support/nsd.js';
import { a, type Behaviour, cname, scriptedDns, soa } from '../support/scripted-dns.js';
import { startUnbound } from '../support/unbound.js';
import { probeAll, verdict } from '../support/verdicts.js';

const COUNT = isFull ? 2000 : 200;
const origin = 'zone.example';
const other = 'other.example';
/** The even ones exist. */
const names = Array.from({ length: COUNT }, (_, i) => `n${i}.${origin}`);
const right = names.map((_, i) => (i % 2 === 0 ? 'found' : 'nxdomain'));

function zoneOf(domain: string): string {
  const hosts = names.map((_, i) => (i % 2 === 0 ? `n${i} A 192.0.2.1\n` : '')).join('');
  return `$ORIGIN ${domain}.
$TTL 60
@ SOA ns hostmaster 1 3600 900 604800 60
@ NS ns
ns A 127.0.0.1
${hosts}`;
}
const resolverOf = ({ host, port }: Pick<NameServer, 'host' | 'port'>) => `${host}:${port}`;

describe.skipIf(lacks('nsd', 'unbound', 'knotd', 'named', 'dnsmasq'))(
  'with unbound, which is right,',
  () => {
    const running: NameServer[] = [];
    let honest: string;
    const start = async (starting: Promise<NameServer>) => {
      const server = await starting;
      running.push(server);
      return server;
    };

    beforeAll(async () => {
      const authority = await start(startNsd({ [origin]: zoneOf(origin) }));
      honest = resolverOf(await start(startUnbound(origin, authority)));
    });
    afterAll(async () => {
      for (const server of running.reverse()) await server[Symbol.asyncDispose]();
    });

    it('knot, BIND and NSD, which refuse what is not their own', async () => {
      const refusing = await Promise.all([
        start(startKnot(other, zoneOf(other))),
        start(startBind(other, zoneOf(other))),
        start(startNsd({ [other]: zoneOf(other) })),
      ]);
      const resolvers = [...refusing.map(resolverOf), honest];
      const results = await probeAll(names, { resolvers });
      expect(results.map(verdict)).toEqual(right);
    });

    const lame: Behaviour = (asked) => asked.reply({ flags: 0 });
    const contradicting: Behaviour = ({ name, reply }) =>
      reply({ answers: [cname(name, `gone.${origin}`), a(name)] });
    const otherOrder: Behaviour = ({ name, reply }) =>
      reply({ answers: [a(name), cname(name, `gone.${origin}`)] });
    const twoAliases: Behaviour = ({ name, reply }) =>
      reply({
        answers: [cname(name, `gone.${origin}`), cname(name, `n0.${origin}`), a(`n0.${origin}`)],
      });
    it.each([
      ['is lame', lame],
      ['contradicts itself', contradicting],
      ['contradicts itself in the other order', otherOrder],
      ['gives a name two aliases', twoAliases],
    ])('and dnsmasq, which passes on what a server says that %s', async (_, behave) => {
      // dnsmasq counts as up once it answers for its zone.
      await using behind = await scriptedDns((asked) =>
        asked.type === 'SOA' ? asked.reply({ answers: [{ ...soa, name: origin }] }) : behave(asked),
      );
      const forwarding = startDnsmasq(origin, {
        host: '127.0.0.1',
        port: behind.port,
      } as NameServer);
      await using dnsmasq = await forwarding;
      const results = await probeAll(names, { resolvers: [resolverOf(dnsmasq), honest] });
      expect(results.map(verdict)).toEqual(right);
    });
  },
);

describe.each([
  ['knot', 'knotd', startKnot],
  ['BIND', 'named', startBind],
] as const)('%s, which limits its responses,', (_, program, start) => {
  it.skipIf(lacks(program)).each(['auto', 'udp'] as const)(
    'leaves no name unknown, over %s',
    async (transport) => {
      await using server = await start(origin, zoneOf(origin), { responsesPerSecond: 20 });
      const results = await probeAll(names, { resolvers: [resolverOf(server)], transport });
      expect(results.map(verdict)).toEqual(right);
    },
  );
});
