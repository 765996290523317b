/** Every shape of an answer × what the table of registries says × what the control question came to. */

import { describe, expect, it } from 'vitest';
import type { Registration } from '../../src/core/model.js';
import { Bootstrap } from '../../src/registration/bootstrap.js';
import type { FetchOutcome } from '../../src/registration/rdap-client.js';
import { RegistrationLookup } from '../../src/registration/registration-lookup.js';
import { SimulatedClock } from './simulated-registries.js';

/** What a server answers, by the URL that is asked. */
type Server = (url: URL) => FetchOutcome;

const bytes = (body: unknown) =>
  Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
const answer = (status: number, body: unknown): FetchOutcome => ({ status, body: bytes(body) });
const sent = (location: string, status = 302): FetchOutcome => ({
  ...{ status, body: bytes(''), location },
});
const about = (ldhName: string, status: readonly string[] = []) =>
  answer(200, { objectClassName: 'domain', ldhName, status });
const notFound = answer(404, { errorCode: 404, title: 'Not Found' });
const blocked = answer(404, { errorCode: 404, notices: [{ title: 'Blocked Domain' }] });
const page = (status: number) => answer(status, '<html><title>Domain</title></html>');

const nameOf = ({ pathname }: URL) => pathname.replace(/^.*\//, '');

/** Of another registry: it knows nothing of `.dev`, but `elsewhere/known/` has it all. */
const elsewhere: Server = (url) =>
  url.pathname.startsWith('/known/') ? about(nameOf(url)) : notFound;

/** What is asked, and in which order: x.dev, and then one name that is certainly registered. */
async function lookUp(
  server: Server,
  { bases = tables.iana.bases, seen }: { bases?: Record<string, string>; seen?: string } = {},
): Promise<Registration> {
  const lookup = new RegistrationLookup({
    bootstrap: Promise.resolve(new Bootstrap('', new Map(Object.entries(bases)))),
    fetch: async (url) => (url.host === 'elsewhere.test' ? elsewhere(url) : server(url)),
    exists: async () => false,
    ...{ rate: 1, max: 0, signal: new AbortController().signal, clock: new SimulatedClock() },
  });
  if (seen !== undefined) await lookup.lookup(seen, true);
  return lookup.lookup('x.dev', false);
}

const tables = {
  none: { bases: { app: 'https://registry.test/' } },
  iana: { bases: { dev: 'https://registry.test/' } },
  'without TLS': { bases: { dev: 'http://registry.test/rdap/' } },
} as const satisfies Record<string, { bases: Record<string, string> }>;

/** What x.dev is answered, and its verdict where the control question went well and where it did not. */
const shapes: readonly [string, FetchOutcome | Server, string, string?][] = [
  ['200 about the name', about('x.dev'), 'registered'],
  ['200 about the name in capitals, with its dot', about('X.DEV.'), 'registered'],
  ['200 with the status reserved', about('x.dev', ['reserved']), 'reserved'],
  ['200 about another name', about('y.dev'), 'rdap-other-name'],
  [
    '200 about a host',
    answer(200, { objectClassName: 'nameserver', ldhName: 'x.dev' }),
    'rdap-other-name',
  ],
  ['200 that says it is free', answer(200, { available: true }), 'rdap-other-name'],
  ['200 with the error 404', answer(200, { errorCode: 404 }), 'rdap-other-name'],
  ['200 with a page', page(200), 'rdap-not-json'],
  ['200 with nothing', answer(200, ''), 'rdap-not-json'],
  ['404 with JSON', notFound, 'unregistered', 'rdap-untrusted'],
  ['404 with nothing', answer(404, ''), 'unregistered', 'rdap-untrusted'],
  ['404 that calls it blocked', blocked, 'reserved', 'rdap-untrusted'],
  ['404 with a page', page(404), 'rdap-not-json'],
  ['404 with a text', answer(404, 'No match for x.dev'), 'rdap-not-json'],
  ['404 about a domain', answer(404, { objectClassName: 'domain', ldhName: 'x.dev' }), 'rdap-http'],
  ['404 with the error 429', answer(404, { errorCode: 429 }), 'rdap-http'],
  ['204', answer(204, ''), 'rdap-http'],
  ['304', answer(304, ''), 'rdap-http'],
  ['400', answer(400, { errorCode: 400 }), 'rdap-http'],
  ['401', answer(401, ''), 'rdap-http'],
  ['403', answer(403, ''), 'rdap-limited'],
  ['410', answer(410, { errorCode: 404 }), 'rdap-http'],
  ['429 for ever', answer(429, ''), 'rdap-limited'],
  ['451', answer(451, ''), 'rdap-http'],
  ['500', answer(500, notFound), 'rdap-http'],
  ['501', answer(501, ''), 'rdap-http'],
  ['511 of a captive portal', page(511), 'rdap-http'],
  ['no connection', { failed: 'network', detail: 'none' }, 'rdap-http'],
  ['a certificate that is not trusted', { failed: 'tls', detail: 'none' }, 'rdap-tls'],
  ['silence', { failed: 'timeout', detail: 'none' }, 'rdap-timeout'],
  ['a redirect to nowhere', { status: 302, body: bytes('') }, 'rdap-http'],
  ['a redirect in a circle', (url) => sent(url.href), 'rdap-http'],
  ['a redirect to http', sent('http://elsewhere.test/known/x.dev'), 'rdap-http'],
  ['a redirect to a registrar', sent('https://elsewhere.test/known/x.dev'), 'registered'],
  [
    'a redirect to a server that has no such name',
    sent('https://elsewhere.test/x.dev'),
    'rdap-untrusted',
  ],
  [
    'a redirect within itself, and 404 there',
    (url) => (url.search === '' ? sent(`${url.pathname}?moved`) : notFound),
    ...(['unregistered', 'rdap-untrusted'] as const),
  ],
];

/** What the control question about nic.dev is answered, and whether that is right. */
const controls: readonly [string, Server, boolean][] = [
  ['right', (url) => about(nameOf(url)), true],
  [
    'right, behind a redirect within the server',
    (url) => (url.search === '' ? sent(`${url.pathname}?moved`) : about(nameOf(url))),
    true,
  ],
  ['right, as reserved', (url) => about(nameOf(url), ['reserved']), false],
  ['by another server', (url) => sent(`https://elsewhere.test/known/${nameOf(url)}`), false],
  ['about another name', () => about('nic.app'), false],
  ['that there is no such name', () => notFound, false],
  ['that it is blocked', () => blocked, false],
  ['with a page', () => page(200), false],
  ['with nothing', () => answer(200, ''), false],
  ['with 403', () => answer(403, ''), false],
  ['with 429', () => answer(429, ''), false],
  ['with 503', () => answer(503, ''), false],
  ['in a circle', (url) => sent(url.href), false],
  ['by silence', () => ({ failed: 'timeout', detail: 'none' }), false],
  ['by nobody', () => ({ failed: 'network', detail: 'none' }), false],
  ['by a stranger', () => ({ failed: 'tls', detail: 'none' }), false],
];

const told = ({ registration, registrationReason }: Registration) =>
  registrationReason ?? String(registration);

describe.each(controls)('where the control question is answered %s', (_, control, isRight) => {
  it.each(Object.entries(tables))('and the table of registries is %s', async (table, { bases }) => {
    const verdicts: Record<string, string> = {};
    const expected: Record<string, string> = {};
    for (const [shape, given, good, bad = good] of shapes) {
      const answered = typeof given === 'function' ? given : () => given;
      const server: Server = (url) =>
        nameOf(url) === 'x.dev'
          ? answered(url)
          : nameOf(url) === 'nic.dev'
            ? control(url)
            : notFound;
      verdicts[shape] = told(await lookUp(server, { bases }));
      expected[shape] = table === 'none' ? 'no-rdap' : isRight ? good : bad;
    }
    expect(verdicts).toEqual(expected);
  });
});

describe('a wrong, moved or lying server never leads to `unregistered`', () => {
  const honest: Server = (url) => (nameOf(url) === 'nic.dev' ? about('nic.dev') : notFound);
  const ways: readonly [string, Server][] = [
    ['knows nothing of the TLD', () => notFound],
    ['has no words for it', () => answer(404, '')],
    [
      'is a redirector that sends all to a server that knows nothing',
      (url) => sent(`https://elsewhere.test/${nameOf(url)}`),
    ],
    [
      'has moved, and where it went is not in the table',
      (url) => sent(`https://elsewhere.test/${nameOf(url)}`, 301),
    ],
    [
      'passes the control and sends the name to another registry',
      (url) =>
        nameOf(url) === 'nic.dev' ? about('nic.dev') : sent('https://elsewhere.test/x.dev'),
    ],
    [
      'lets another one pass the control',
      (url) =>
        nameOf(url) === 'nic.dev' ? sent('https://elsewhere.test/known/nic.dev') : notFound,
    ],
    [
      'passes the control with the name of another TLD',
      (url) => (nameOf(url) === 'nic.dev' ? about('nic.app') : notFound),
    ],
    [
      'has a page for all that is not there',
      (url) => (nameOf(url) === 'nic.dev' ? about('nic.dev') : page(404)),
    ],
    [
      'says 404 and sends a domain',
      (url) =>
        nameOf(url) === 'nic.dev'
          ? about('nic.dev')
          : answer(404, { objectClassName: 'domain', ldhName: 'x.dev' }),
    ],
    [
      'says 404 and means that it was asked too much',
      (url) => (nameOf(url) === 'nic.dev' ? about('nic.dev') : answer(404, { errorCode: 429 })),
    ],
    [
      'says 200 and means 404',
      (url) => (nameOf(url) === 'nic.dev' ? about('nic.dev') : answer(200, { errorCode: 404 })),
    ],
    ['says 410', (url) => (nameOf(url) === 'nic.dev' ? about('nic.dev') : answer(410, ''))],
    ['sends all to a portal', () => sent('http://portal.test/login')],
    ['calls all names blocked', () => blocked],
    ['answers all names with one', () => about('example.dev')],
  ];

  it.each(ways)('one that %s', async (_, server) => {
    expect(told(await lookUp(server))).toMatch(/^rdap-/);
  });

  it('one that knows nic.dev, but not the name that the DNS has found', async () => {
    expect(told(await lookUp(honest, { seen: 'seen.dev' }))).toBe('rdap-untrusted');
  });

  it('where an honest one does', async () => {
    expect(told(await lookUp(honest))).toBe('unregistered');
  });
});
