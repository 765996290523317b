import { describe, expect, it } from 'vitest';
import { openProber } from '../../src/probe/prober.js';
import { Bootstrap } from '../../src/registration/bootstrap.js';
import type { RegistryFailure } from '../../src/registration/paced-registry.js';
import type { FetchOutcome } from '../../src/registration/rdap-client.js';
import { RegistrationLookup } from '../../src/registration/registration-lookup.js';
import { type HttpServer, openHttpServer } from '../support/http-server.js';
import { found, nxdomain, scriptedDns } from '../support/scripted-dns.js';
import {
  empty,
  type RegistryScript,
  SimulatedClock,
  SimulatedRegistry,
} from './simulated-registries.js';

/** Questions a second that each of three registries allows. */
const limits = { dev: 1, app: 2, page: 5 };
const tlds = Object.keys(limits) as (keyof typeof limits)[];
const TOTAL = 2000;
const names = Array.from({ length: TOTAL }, (_, i) => `n${i}.${tlds[i % tlds.length]}`);

describe('2,000 names of three registries', () => {
  it.each([
    ['that answer at once', 0, empty],
    ['that take longer than the pace', 1300, empty],
    // Each try and each redirect is a request like any other.
    ['that fail now and then', 30, failing],
  ])('%s are asked about at the pace of each, one at a time, and once', async (_, ms, script) => {
    const clock = new SimulatedClock();
    const registries = new Map(tlds.map((tld) => [tld, new SimulatedRegistry(clock, ms, script)]));
    const lookups = new Map(
      tlds.map((tld) => [tld, openLookup(clock, registries, { tld, rate: limits[tld] })]),
    );
    const all = await Promise.all(
      [...names, ...names].map((name) => lookups.get(tldOf(name))?.lookup(name, false)),
    );
    expect(all.filter((each) => each?.registration === 'unregistered')).toHaveLength(2 * TOTAL);
    for (const [tld, registry] of registries) {
      const { log, mostInASecond } = registry;
      expect(mostInASecond).toBe(ms > 1000 ? 1 : limits[tld]);
      expect(Math.max(...log.map(({ inFlight }) => inFlight))).toBe(1);
      const asked = log.map(({ path }) => path.replace('/moved', ''));
      const own = names.filter((name) => tldOf(name) === tld).map((name) => `/domain/${name}`);
      expect(new Set(asked)).toEqual(new Set([...own, `/domain/nic.${tld}`]));
      if (script !== empty) continue;
      const controls = asked.filter((path) => path.startsWith('/domain/nic.'));
      expect(asked.length - controls.length).toBe(own.length);
      // A registry proves that it is right before its first 404 counts, and every ten seconds.
      expect(controls.length).toBeLessThanOrEqual(2 + (log.at(-1)?.at as number) / 10_000);
    }
  });

  it('of which one allows half of the rate are asked about at nearly that, with few refusals', async () => {
    const clock = new SimulatedClock();
    const allowed = 5;
    const registry: SimulatedRegistry = new SimulatedRegistry(clock, 10, (path, number) => {
      const since = (registry.log[number]?.at as number) - 1000;
      const second = registry.log.slice(0, number + 1).filter(({ at }) => at > since);
      return second.length > allowed ? { status: 429, body: Buffer.alloc(0) } : empty(path, number);
    });
    const lookup = openLookup(clock, new Map([['dev', registry]]), { tld: 'dev', rate: 10 });
    const own = names.slice(0, 200).map((name) => name.replace(/[a-z]+$/, 'dev'));
    const all = await Promise.all(own.map((name) => lookup.lookup(name, false)));
    expect(new Set(all.map((each) => each.registration))).toEqual(new Set(['unregistered']));
    const seconds = (registry.log.at(-1)?.at as number) / 1000;
    // Each name once, the control now and then, and those that were refused.
    const controls = 2 + seconds / 10;
    expect(registry.log.length - own.length - controls).toBeLessThan(own.length / 20);
    expect(own.length / seconds).toBeGreaterThan(allowed / 2);
  });

  it.each<[string, RegistryScript]>([
    ['knows nothing any more', () => ({ status: 404, body: Buffer.from('{"errorCode":404}') })],
    ['sends a page with 404', () => ({ status: 404, body: Buffer.from('<p>Not found</p>') })],
  ])('of which one turns wrong half way and %s are not free from then on', async (_, wrong) => {
    const clock = new SimulatedClock();
    const HONEST = 40;
    const registry = new SimulatedRegistry(clock, 10, (path, number) =>
      (number < HONEST ? empty : wrong)(path, number),
    );
    const failures: RegistryFailure[] = [];
    const onFailure = (failure: RegistryFailure) => failures.push(failure);
    const registries = new Map([['dev', registry]]);
    const lookup = openLookup(clock, registries, { tld: 'dev', rate: 1, onFailure });
    const own = names.slice(0, 80).map((name) => name.replace(/[a-z]+$/, 'dev'));
    const all = await Promise.all(own.map((name) => lookup.lookup(name, false)));
    const lied = new Set(
      registry.log.slice(HONEST).map(({ path }) => path.slice('/domain/'.length)),
    );
    const free = own.filter((_, i) => all[i]?.registration === 'unregistered');
    expect(free.filter((name) => lied.has(name))).toEqual([]);
    expect(free.length).toBeGreaterThan(HONEST / 2);
    expect(failures).not.toEqual([]);
  });

  it('of which one refuses every fourth request for a second are all answered', async () => {
    const clock = new SimulatedClock();
    const registry = new SimulatedRegistry(clock, 10, (path, number) =>
      number % 4 === 3 ? limited(1000) : empty(path, number),
    );
    const failures: RegistryFailure[] = [];
    const onFailure = (failure: RegistryFailure) => failures.push(failure);
    const lookup = openLookup(clock, new Map([['dev', registry]]), {
      tld: 'dev',
      rate: 2,
      onFailure,
    });
    const own = names.slice(0, 100).map((name) => name.replace(/[a-z]+$/, 'dev'));
    const all = await Promise.all(own.map((name) => lookup.lookup(name, false)));
    expect(new Set(all.map((each) => each.registration))).toEqual(new Set(['unregistered']));
    expect(failures).toEqual([]);
    const gaps = registry.log.slice(1).map(({ at }, i) => at - (registry.log[i]?.at as number));
    // It is asked more slowly, and no slower than its rests make sense of.
    expect(Math.max(...gaps.slice(20))).toBeLessThanOrEqual(2000);
    expect(Math.min(...gaps.slice(20))).toBeGreaterThan(1000);
  });

  it.each([
    ['a minute between any two answers', 60_000, 15 * 60],
    ['no known time between any two answers', undefined, 45 * 60],
  ])('of which one wants %s are given up in bounded time', async (_, retryAfterMs, most) => {
    const clock = new SimulatedClock();
    const registry = new SimulatedRegistry(clock, 10, (path, number) =>
      number % 4 === 0 ? empty(path, number) : limited(retryAfterMs),
    );
    const failures: RegistryFailure[] = [];
    const onFailure = (failure: RegistryFailure) => failures.push(failure);
    const lookup = openLookup(clock, new Map([['dev', registry]]), {
      tld: 'dev',
      rate: 1,
      onFailure,
    });
    const own = names.map((name) => name.replace(/[a-z]+$/, 'dev'));
    const all = await Promise.all(own.map((name) => lookup.lookup(name, false)));
    expect(all.at(-1)?.registrationReason).toBe('rdap-limited');
    expect(clock.now() / 1000).toBeLessThan(most);
    const rest = retryAfterMs === undefined ? '' : `, Retry-After: ${retryAfterMs / 1000}`;
    expect(failures[0]).toEqual({
      ...{ host: 'dev.test', reason: 'rdap-limited', isGivenUp: true },
      detail: `HTTP status 429${rest}`,
    });
    expect(failures).toHaveLength(1);
  });
});

describe('a registry that does not answer', () => {
  it.each([
    ['in time', 'timeout', 10_000, 'rdap-timeout', 6],
    ['because nothing listens', 'network', 0, 'rdap-http', 19],
  ] as const)('%s is given up after a minute, for the reason that it failed', async (...row) => {
    const [, failed, ms, reason, requests] = row;
    const clock = new SimulatedClock();
    const registry = new SimulatedRegistry(clock, ms, () => ({ failed, detail: 'why' }));
    const failures: RegistryFailure[] = [];
    const lookup = openLookup(clock, new Map([['dev', registry]]), {
      ...{ tld: 'dev', rate: 1 },
      onFailure: (failure) => failures.push(failure),
    });
    const all = await Promise.all(names.map((_, i) => lookup.lookup(`n${i}.dev`, false)));
    expect(new Set(all.map((each) => each.registrationReason))).toEqual(new Set([reason]));
    expect(registry.log).toHaveLength(requests);
    expect(clock.now()).toBeLessThan(70_000 + 4000);
    const failure = { host: 'dev.test', reason, detail: 'why' };
    expect(failures).toEqual([
      { ...failure, isGivenUp: false },
      { ...failure, isGivenUp: true },
    ]);
    expect((await lookup.lookup('late.dev', false)).registrationReason).toBe(reason);
  });

  it('for less than a minute, or now and then, is asked about all names', async () => {
    const clock = new SimulatedClock();
    const registry: SimulatedRegistry = new SimulatedRegistry(clock, 0, (path, number) => {
      const isDown = (registry.log[number]?.at as number) < 50_000 || number % 4 === 0;
      return isDown ? { failed: 'network', detail: 'why' } : empty(path, number);
    });
    const lookup = openLookup(clock, new Map([['dev', registry]]), { tld: 'dev', rate: 1 });
    const all = await Promise.all(names.map((_, i) => lookup.lookup(`n${i}.dev`, false)));
    const lost = all.filter((each) => each.registration === 'unknown');
    // Pauses that grow with each failure leave time for few names to be lost.
    expect(lost.length).toBeLessThan(6);
  });

  it('at any control question is asked no more than three', async () => {
    const clock = new SimulatedClock();
    const registry = new SimulatedRegistry(clock, 0, (path, number) =>
      path === '/domain/nic.dev' ? { failed: 'network', detail: 'why' } : empty(path, number),
    );
    const lookup = openLookup(clock, new Map([['dev', registry]]), { tld: 'dev', rate: 1 });
    const all = await Promise.all(names.map((_, i) => lookup.lookup(`n${i}.dev`, false)));
    expect(new Set(all.map((each) => each.registrationReason))).toEqual(
      new Set(['rdap-untrusted']),
    );
    // Each has three tries.
    expect(registry.log.filter(({ path }) => path === '/domain/nic.dev')).toHaveLength(9);
  });

  it('when the control question is asked is asked it again', async () => {
    const clock = new SimulatedClock();
    const registry: SimulatedRegistry = new SimulatedRegistry(clock, 0, (path, number) =>
      number > 0 && number <= 3 ? { status: 503, body: Buffer.alloc(0) } : empty(path, number),
    );
    const failures: RegistryFailure[] = [];
    const lookup = openLookup(clock, new Map([['dev', registry]]), {
      ...{ tld: 'dev', rate: 1 },
      onFailure: (failure) => failures.push(failure),
    });
    const told = async (name: string) => (await lookup.lookup(name, false)).registration;
    expect([await told('a.dev'), await told('b.dev')]).toEqual(['unknown', 'unregistered']);
    expect(failures).toEqual([
      {
        ...{ host: 'dev.test', reason: 'rdap-untrusted', isGivenUp: false },
        detail: 'asked about `nic.dev`, which should be registered, it failed: HTTP status 503',
      },
    ]);
  });
});

function limited(retryAfterMs: number | undefined): FetchOutcome {
  return { status: 429, body: Buffer.alloc(0), retryAfterMs };
}

function tldOf(name: string): keyof typeof limits {
  return name.slice(name.lastIndexOf('.') + 1) as keyof typeof limits;
}

function openLookup(
  clock: SimulatedClock,
  registries: ReadonlyMap<string, SimulatedRegistry>,
  {
    tld,
    rate,
    onFailure,
  }: {
    readonly tld: string;
    readonly rate: number;
    readonly onFailure?: (failure: RegistryFailure) => void;
  },
): RegistrationLookup {
  return new RegistrationLookup({
    bootstrap: Promise.resolve(new Bootstrap('', new Map([[tld, `https://${tld}.test/`]]))),
    fetch: (url, signal) => {
      const registry = registries.get(url.host.replace('.test', ''));
      return (registry as SimulatedRegistry).fetch(url, signal);
    },
    ...{
      rate,
      max: 0,
      onFailure,
      exists: async () => false,
      signal: new AbortController().signal,
      clock,
    },
  });
}

/** Every seventh request is lost, and every eleventh sent on. */
function failing(path: string, number: number): FetchOutcome {
  if (number % 7 === 6) return { failed: 'network', detail: 'none' };
  const isMoved = number % 11 === 10 && !path.startsWith('/moved');
  if (isMoved) return { status: 302, body: Buffer.alloc(0), location: `/moved${path}` };
  return empty(path.replace('/moved', ''), number);
}

/** A registry that knows its own name alone; it leaves all but the first requests unanswered. */
function openRegistry(answered: number): Promise<HttpServer> {
  return openHttpServer(({ url = '' }, response, number) => {
    if (number >= answered) return;
    const outcome = empty(url, number) as { readonly status: number; readonly body: Uint8Array };
    response.writeHead(outcome.status, { 'content-type': 'application/rdap+json' });
    response.end(outcome.body);
  });
}

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
      // The server is in this process: more at once would overflow its socket while we are busy.
      concurrency: 100,
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
  }, 40_000);
});
