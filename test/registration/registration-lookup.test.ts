import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import type { Registration } from '../../src/core/model.js';
import { TYPE } from '../../src/dns/types.js';
import { Bootstrap } from '../../src/registration/bootstrap.js';
import { openRdapHttp } from '../../src/registration/rdap-http.js';
import {
  RegistrationLookup,
  type RegistrationOptions,
} from '../../src/registration/registration-lookup.js';
import { openHttpServer } from '../support/http-server.js';

type Handler = (response: ServerResponse, name: string, times: number) => void;

/** A registry that does what a test says, and remembers what it was asked. */
interface ScriptedRegistry {
  readonly base: string;
  readonly host: string;
  /** Names in the order in which they were asked. */
  readonly asked: string[];
  /** The most requests that it had at a time. */
  readonly most: () => number;
}

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function startRegistry(handler: Handler): Promise<ScriptedRegistry> {
  const asked: string[] = [];
  const server = await openHttpServer((request, response) => {
    const name = (request.url ?? '').slice('/domain/'.length);
    asked.push(name);
    handler(response, name, asked.filter((each) => each === name).length);
  });
  cleanUps.push(() => server[Symbol.asyncDispose]());
  const { url, host } = server;
  return { base: `${url}/`, host, asked, most: () => server.mostInFlight };
}

function json(response: ServerResponse, status: number, body: object, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/rdap+json', ...headers });
  response.end(JSON.stringify(body));
}

const registered = (response: ServerResponse, name: string) =>
  json(response, 200, {
    objectClassName: 'domain',
    ldhName: name.toUpperCase(),
    status: ['active'],
  });
const notFound = (response: ServerResponse) => json(response, 404, { errorCode: 404 });

/** A registry of `.dev` that knows nic.dev and the names that begin with `taken`. */
const honest: Handler = (response, name) =>
  /^(?:nic|taken.*)\.dev$/.test(name) ? registered(response, name) : notFound(response);

type Given = Partial<Omit<RegistrationOptions, 'bootstrap'>> & {
  readonly bases?: Record<string, string>;
};

/** A look-up for `.dev` at this registry; the DNS knows no name unless told otherwise. */
async function open(registry: ScriptedRegistry, given: Given = {}): Promise<RegistrationLookup> {
  const http = await openRdapHttp();
  const abort = new AbortController();
  cleanUps.push(() => http.close());
  cleanUps.push(() => abort.abort());
  const { bases = { dev: registry.base }, ...options } = given;
  return new RegistrationLookup({
    bootstrap: Promise.resolve(new Bootstrap('', new Map(Object.entries(bases)))),
    fetch: http.fetch,
    rate: 1000,
    max: 1000,
    exists: async () => false,
    signal: abort.signal,
    ...options,
  });
}

const unknown = (registrationReason: string, { host }: ScriptedRegistry) => ({
  registration: 'unknown',
  registrationReason,
  rdapServer: host,
});

describe('what a registry says', () => {
  it('is told for names that are registered, and for names that are not', async () => {
    const registry = await startRegistry(honest);
    const lookup = await open(registry);
    expect(await lookup.lookup('taken.dev', false)).toEqual({
      registration: 'registered',
      registryStatus: ['active'],
      rdapServer: registry.host,
    });
    expect(await lookup.lookup('nobody-has-it.dev', false)).toEqual({
      registration: 'unregistered',
      rdapServer: registry.host,
    });
  });

  it('is asked once a domain, and for names below where the DNS does not know the domain', async () => {
    const registry = await startRegistry(honest);
    const asked: string[] = [];
    const lookup = await open(registry, {
      exists: async (name) => {
        asked.push(name);
        return name === 'delegated.dev';
      },
    });
    const below = await Promise.all(
      ['a.x.dev', 'b.x.dev', 'x.dev'].map((n) => lookup.lookup(n, false)),
    );
    expect(new Set(below.map((each) => each.registration))).toEqual(new Set(['unregistered']));
    expect(registry.asked).toEqual(['x.dev', 'nic.dev']);
    expect(await lookup.lookup('a.delegated.dev', false)).toEqual({ registration: 'registered' });
    expect(registry.asked).toEqual(['x.dev', 'nic.dev']);
    expect(asked.filter((name) => name === 'x.dev')).toHaveLength(1);
  });

  it('costs the DNS one question a domain, however many names below it are missing', async () => {
    const registry = await startRegistry(honest);
    const asked: string[] = [];
    const lookup = await open(registry, {
      exists: async (name) => {
        asked.push(name);
        return name === 'delegated.dev';
      },
    });
    for (let i = 0; i < 50; i++) {
      expect(await lookup.lookup(`n${i}.delegated.dev`, false)).toEqual({
        registration: 'registered',
      });
      const below = await lookup.lookup(`n${i}.x.example`, false);
      expect(below.registrationReason).toBe('no-rdap');
    }
    const random = asked.filter((name) => /^[0-9a-f]{16}\.dev$/.test(name));
    expect(asked.sort()).toEqual(['delegated.dev', 'x.example', ...random].sort());
    expect(random).toHaveLength(2);
  });

  it('is not needed where the DNS knows the name', async () => {
    const registry = await startRegistry(honest);
    const lookup = await open(registry);
    expect(await lookup.lookup('www.example.dev', true)).toEqual({ registration: 'registered' });
    expect(lookup.lookup('other.dev', true)).toEqual({ registration: 'registered' });
    expect(registry.asked).toEqual([]);
  });

  it('counts where the DNS knows every name below the suffix', async () => {
    const registry = await startRegistry(honest);
    const lookup = await open(registry, { exists: async () => true });
    expect((await lookup.lookup('x.dev', true)).registration).toBe('unregistered');
    expect((await lookup.lookup('taken.dev', true)).registration).toBe('registered');
  });

  it.each(['A', 'NS'] as const)('counts where a resolver makes up %s', async (made) => {
    const registry = await startRegistry(honest);
    const exists = async (_: string, type: number) => type === TYPE[made];
    const lookup = await open(registry, { exists });
    expect((await lookup.lookup('x.dev', true)).registration).toBe('unregistered');
    expect((await lookup.lookup('taken.dev', true)).registration).toBe('registered');
  });

  it.each([
    ['_x.dev', 'bad-label'],
    ['dev', 'public-suffix'],
  ])('is not asked for about %s', async (name, registrationReason) => {
    const registry = await startRegistry(honest);
    const lookup = await open(registry);
    expect(lookup.lookup(name, false)).toEqual({ registration: null, registrationReason });
    expect(registry.asked).toEqual([]);
  });

  it('cannot be had for a TLD that is in no table', async () => {
    const lookup = await open(await startRegistry(honest));
    expect(await lookup.lookup('x.example', false)).toEqual({
      registration: 'unknown',
      registrationReason: 'no-rdap',
    });
  });
});

describe('the control question', () => {
  it('is about a name that the DNS found, if there is one', async () => {
    const registry = await startRegistry((response, name) =>
      name === 'seen.dev' ? registered(response, name) : notFound(response),
    );
    const lookup = await open(registry);
    await lookup.lookup('www.seen.dev', true);
    expect((await lookup.lookup('x.dev', false)).registration).toBe('unregistered');
    expect((await lookup.lookup('y.dev', false)).registration).toBe('unregistered');
    expect(registry.asked).toEqual(['x.dev', 'seen.dev', 'y.dev']);
  });

  it('is about a name beside the one in question, however many the DNS found under the TLD', async () => {
    const registry = await startRegistry((response, name) =>
      name === 'seen.co.uk' ? registered(response, name) : notFound(response),
    );
    const lookup = await open(registry, { bases: { uk: registry.base } });
    for (const name of [...'abcdefghi'].map((letter) => `${letter}.uk`)) {
      await lookup.lookup(name, true);
    }
    await lookup.lookup('seen.co.uk', true);
    expect((await lookup.lookup('x.co.uk', false)).registration).toBe('unregistered');
    expect(registry.asked).toEqual(['x.co.uk', 'seen.co.uk']);
  });

  it('is about a name that the DNS finds while the question waits for its turn', async () => {
    const registry = await startRegistry((response, name) => {
      if (name === 'x.dev') void lookup.lookup('seen.dev', true);
      return name === 'seen.dev' ? registered(response, name) : notFound(response);
    });
    const lookup = await open(registry, { rate: 5 });
    expect((await lookup.lookup('x.dev', false)).registration).toBe('unregistered');
    expect(registry.asked).toEqual(['x.dev', 'seen.dev']);
  });

  it('is put again, about a name that the DNS has found since, where `nic` is not registered', async () => {
    const registry = await startRegistry((response, name) =>
      name === 'seen.dev' ? registered(response, name) : notFound(response),
    );
    const lookup = await open(registry);
    expect(await lookup.lookup('x.dev', false)).toEqual(unknown('rdap-untrusted', registry));
    await lookup.lookup('seen.dev', true);
    expect((await lookup.lookup('y.dev', false)).registration).toBe('unregistered');
    expect(registry.asked).toEqual(['x.dev', 'nic.dev', 'y.dev', 'seen.dev']);
  });

  it('is put for each suffix of a server', async () => {
    const registry = await startRegistry((response, name) =>
      name === 'nic.dev' ? registered(response, name) : notFound(response),
    );
    const lookup = await open(registry, { bases: { dev: registry.base, app: registry.base } });
    expect((await lookup.lookup('x.dev', false)).registration).toBe('unregistered');
    expect(await lookup.lookup('x.app', false)).toEqual(unknown('rdap-untrusted', registry));
  });

  const other = { objectClassName: 'domain', ldhName: 'other.dev' };
  it.each<[string, Handler]>([
    ['knows nothing', notFound],
    ['knows nothing, and says so in words', (r) => r.writeHead(404).end()],
    [
      'answers everything with a page',
      (r) => r.writeHead(404, { 'content-type': 'text/html' }).end('<p>'),
    ],
    ['answers everything about another name', (r) => json(r, 200, other)],
    [
      'knows the TLD by another name',
      (r, n) => (n === 'nic.dev' ? json(r, 200, other) : notFound(r)),
    ],
    ['answers the control with a page', (r, n) => (n === 'nic.dev' ? r.end('<p>') : notFound(r))],
    ['fails at the control', (r, n) => (n === 'nic.dev' ? r.writeHead(500).end() : notFound(r))],
    ['hangs up at the control', (r, n) => (n === 'nic.dev' ? r.destroy() : notFound(r))],
    [
      'wants peace at the control',
      (r, n) => (n === 'nic.dev' ? json(r, 429, {}, { 'retry-after': '0' }) : notFound(r)),
    ],
    ['forbids the control', (r, n) => (n === 'nic.dev' ? r.writeHead(403).end() : notFound(r))],
    ['redirects in a circle', (r, n) => r.writeHead(302, { location: `/domain/${n}` }).end()],
    [
      'keeps the control back',
      (r, n) => (n === 'nic.dev' ? json(r, 404, { title: 'Blocked Domain' }) : notFound(r)),
    ],
  ])('is not passed by a server that %s', async (_, handler) => {
    const registry = await startRegistry(handler);
    const lookup = await open(registry);
    const found = await lookup.lookup('x.dev', false);
    expect(found.registration).toBe('unknown');
  });

  it('is not passed for a server by the one that it redirects to', async () => {
    const honestOne = await startRegistry(honest);
    const registry = await startRegistry((response, name) =>
      name === 'nic.dev'
        ? response.writeHead(302, { location: `${honestOne.base}domain/${name}` }).end()
        : notFound(response),
    );
    const lookup = await open(registry);
    expect((await lookup.lookup('x.dev', false)).registration).toBe('unknown');
  });

  it('does not make a 404 of another server count', async () => {
    const elsewhere = await startRegistry(notFound);
    const registry = await startRegistry((response, name) =>
      name === 'nic.dev'
        ? registered(response, name)
        : response.writeHead(302, { location: `${elsewhere.base}domain/${name}` }).end(),
    );
    const lookup = await open(registry);
    expect((await lookup.lookup('x.dev', false)).registration).toBe('unknown');
    expect(elsewhere.asked).toEqual([]);
  });
});

describe('politeness', () => {
  it('keeps one question in flight and no domain twice', async () => {
    const registry = await startRegistry(honest);
    const lookup = await open(registry);
    const names = Array.from({ length: 40 }, (_, i) => `taken${i % 20}.dev`);
    await Promise.all(names.map((name) => lookup.lookup(name, false)));
    expect(registry.most()).toBe(1);
    expect(registry.asked).toHaveLength(20);
  });

  it('asks again after a 429, and takes four in a row for a no', async () => {
    const limited = { 'retry-after': '0' };
    const registry = await startRegistry((response, name, times) =>
      name === 'busy.dev' && times === 1
        ? json(response, 429, {}, limited)
        : honest(response, name, times),
    );
    const lookup = await open(registry);
    expect((await lookup.lookup('busy.dev', false)).registration).toBe('unregistered');
    const angry = await startRegistry((response) => json(response, 429, {}, limited));
    const again = await open(angry);
    expect(await again.lookup('x.dev', false)).toEqual(unknown('rdap-limited', angry));
    expect(await again.lookup('y.dev', false)).toEqual(unknown('rdap-limited', angry));
    expect(angry.asked).toEqual(['x.dev', 'x.dev', 'x.dev', 'x.dev']);
  });

  it.each([
    [403, {}],
    [429, { 'retry-after': '61' }],
  ])('does not ask on after %d %o', async (status, headers) => {
    const registry = await startRegistry((response) => json(response, status, {}, headers));
    const lookup = await open(registry);
    const found: Registration = await lookup.lookup('x.dev', false);
    expect(found).toEqual(unknown('rdap-limited', registry));
    expect(registry.asked).toEqual(['x.dev']);
  });

  it('asks a host about so many domains and no more', async () => {
    const registry = await startRegistry(honest);
    const lookup = await open(registry, { max: 2 });
    const found = await Promise.all(
      ['taken1.dev', 'taken2.dev', 'taken3.dev'].map((name) => lookup.lookup(name, false)),
    );
    expect(found.map((each) => each.registration)).toEqual(['registered', 'registered', 'unknown']);
    expect(found[2]).toEqual(unknown('rdap-cap', registry));
    expect(registry.asked).toEqual(['taken1.dev', 'taken2.dev']);
  });

  it('tries three times where the connection breaks', async () => {
    const registry = await startRegistry((response, name, times) =>
      times < 3 ? response.destroy() : honest(response, name, times),
    );
    const lookup = await open(registry);
    expect((await lookup.lookup('taken.dev', false)).registration).toBe('registered');
    expect(registry.asked).toEqual(['taken.dev', 'taken.dev', 'taken.dev']);
  });

  it('holds the sweep only while very many domains wait', async () => {
    const lookup = await open(await startRegistry(honest), { exists: () => new Promise(() => {}) });
    for (let i = 0; i < 99_999; i++) void lookup.lookup(`www.d${i}.dev`, false);
    expect(lookup.room).toBeUndefined();
    void lookup.lookup('www.last.dev', false);
    expect(lookup.room).toBeInstanceOf(Promise);
    expect(lookup.waiting).toBe(100_000);
  });
});

describe('a redirect', () => {
  it('is followed three times on the same server', async () => {
    const registry = await startRegistry((response, name) => {
      const [, hops = '0', rest = name] = /^(\d)\/(.*)$/.exec(name) ?? [];
      const left = rest === 'taken.dev' ? Number(hops) : 3;
      if (left < 3) response.writeHead(307, { location: `/domain/${left + 1}/${rest}` }).end();
      else registered(response, rest);
    });
    const lookup = await open(registry);
    expect((await lookup.lookup('taken.dev', false)).registration).toBe('registered');
    expect(registry.asked).toHaveLength(4);
  });
});
