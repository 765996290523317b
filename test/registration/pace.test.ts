import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openProber } from '../../src/probe/prober.js';
import { Bootstrap } from '../../src/registration/bootstrap.js';
import { RegistrationLookup } from '../../src/registration/lookup.js';
import { openRdapHttp } from '../../src/registration/rdap-http.js';
import { type HttpServer, openHttpServer } from '../support/http-server.js';
import { found, nxdomain, scriptedDns } from '../support/scripted-dns.js';

/** Questions a second that each of three registries allows, and its part of the names. */
const limits = { dev: 200, app: 400, page: 800 };
const tlds = Object.keys(limits) as (keyof typeof limits)[];
const TOTAL = 2000;
const names = tlds.flatMap((tld) =>
  Array.from({ length: TOTAL }, (_, i) => `n${i}.${tld}`).slice(0, (limits[tld] / 1400) * TOTAL),
);
names.push(...Array.from({ length: TOTAL - names.length }, (_, i) => `more${i}.page`));

/** A registry that knows its own name alone; it leaves all but the first requests unanswered. */
function openRegistry(answered = Number.POSITIVE_INFINITY): Promise<HttpServer> {
  return openHttpServer(({ url = '' }, response, number) => {
    if (number >= answered) return;
    const name = url.slice('/domain/'.length);
    const isKnown = name.startsWith('nic.');
    response.writeHead(isKnown ? 200 : 404, { 'content-type': 'application/rdap+json' });
    const domain = { objectClassName: 'domain', ldhName: name };
    response.end(JSON.stringify(isKnown ? domain : { errorCode: 404 }));
  });
}

const registries = new Map<keyof typeof limits, HttpServer>();
beforeAll(async () => {
  for (const tld of tlds) registries.set(tld, await openRegistry());
});
afterAll(async () => {
  for (const registry of registries.values()) await registry[Symbol.asyncDispose]();
});

describe('2,000 names of three registries', () => {
  it('are asked about at the pace of each, one at a time, and once', async () => {
    const http = await openRdapHttp();
    const { signal } = new AbortController();
    const lookups = tlds.map((tld) => {
      const bases = new Map([[tld, `${registries.get(tld)?.url}/`]]);
      return new RegistrationLookup({
        ...{ bootstrap: Promise.resolve(new Bootstrap('', bases)), fetch: http.fetch, signal },
        ...{ rate: limits[tld], max: 0, exists: async () => false },
      });
    });
    const lookup = (name: string) =>
      lookups[tlds.findIndex((tld) => name.endsWith(`.${tld}`))]?.lookup(name, false);
    const all = await Promise.all([...names, ...names].map(lookup));
    await http.close();
    expect(all.filter((each) => each?.registration === 'unregistered')).toHaveLength(2 * TOTAL);
    const asked = [...registries.values()].flatMap(({ requests }) => requests.map((r) => r.path));
    expect(asked).toHaveLength(TOTAL + tlds.length);
    expect(new Set(asked).size).toBe(asked.length);
    for (const [tld, { requests, mostInFlight }] of registries) {
      expect(mostInFlight).toBe(1);
      // What came in one more than is allowed came over a second; the server's clock may be late.
      const spans = requests
        .slice(limits[tld])
        .map(({ at }, i) => at - (requests[i]?.at as number));
      expect(Math.min(...spans)).toBeGreaterThan(950);
    }
  });
});

describe('the DNS half of a run', () => {
  it('is written before the registries have answered a twentieth of theirs', async () => {
    const answered = TOTAL / 20 / tlds.length;
    const slow = new Map<string, HttpServer>();
    for (const tld of tlds) slow.set(tld, await openRegistry(answered));
    await using dns = await scriptedDns((asked) => {
      if (asked.name.startsWith('seen')) found(asked);
      else nxdomain(asked);
    });
    await using prober = openProber({
      resolvers: [dns.resolver],
      rdap: true,
      rdapRate: 0,
      rdapMax: 0,
      rdapBootstrap: 'off',
      rdapServers: tlds.map((tld) => `${tld}=${slow.get(tld)?.url}/`),
    });
    const seen = names.map((name) => `seen${name}`);
    const all = names.flatMap((name, i) => [name, seen[i] as string]);
    let [left, settled] = [seen.length, 0];
    for await (const { status, registration } of prober.results(all)) {
      if (status === 'missing') settled++;
      else expect([status, registration, --left >= 0]).toEqual(['found', 'registered', true]);
      if (left === 0) break;
    }
    for (const registry of slow.values()) await registry[Symbol.asyncDispose]();
    expect(left).toBe(0);
    expect(settled).toBeLessThan(TOTAL / 20);
  });
});
