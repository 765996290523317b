import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Registration } from '../../src/core/model.js';
import { Bootstrap } from '../../src/registration/bootstrap.js';
import type { Fetch } from '../../src/registration/rdap-client.js';
import { openRdapHttp } from '../../src/registration/rdap-http.js';
import { RegistrationLookup } from '../../src/registration/registration-lookup.js';
import { openHttpServer } from '../support/http-server.js';
import { openRawServer, type RawScript, type RawServer } from '../support/raw-server.js';

const about = (ldhName: string, status: readonly string[] = []) =>
  JSON.stringify({ objectClassName: 'domain', ldhName, status });
const found = about('x.dev');
const notFound = '{"errorCode":404}';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** The bytes of a response; its length is told right unless the headers say another. */
function response(status: number, body: string | Buffer, ...headers: string[]): Buffer {
  const bytes = Buffer.from(body);
  const length = headers.some((header) => header.startsWith('content-length'))
    ? []
    : [`content-length: ${bytes.length}`];
  const head = [`HTTP/1.1 ${status} X`, ...length, ...headers, '', ''].join('\r\n');
  return Buffer.concat([Buffer.from(head), bytes]);
}

/** Look-ups at one registry, which passes the control question whatever else it does. */
async function open(base: string): Promise<RegistrationLookup> {
  const http = await openRdapHttp();
  const abort = new AbortController();
  cleanUps.push(() => http.close());
  cleanUps.push(() => abort.abort());
  const fetch: Fetch = async (url, signal) =>
    url.pathname.endsWith('/nic.dev')
      ? { status: 200, body: Buffer.from(about('nic.dev')) }
      : http.fetch(url, signal);
  let now = 0;
  const clock = {
    now: () => now,
    sleep: async (ms: number) => {
      now += ms;
    },
  };
  return new RegistrationLookup({
    bootstrap: Promise.resolve(new Bootstrap('', new Map([['dev', base]]))),
    ...{ fetch, rate: 1000, max: 0, exists: async () => false, signal: abort.signal, clock },
  });
}

async function serve(script: RawScript): Promise<RawServer> {
  const server = await openRawServer(script);
  cleanUps.push(() => server[Symbol.asyncDispose]());
  return server;
}

function told({ registration, registrationReason }: Registration): string {
  return registrationReason ?? String(registration);
}

const write =
  (...parts: (string | Buffer)[]) =>
  (socket: Socket) =>
    void socket.write(Buffer.concat(parts.map((part) => Buffer.from(part))));
const end =
  (...parts: (string | Buffer)[]) =>
  (socket: Socket) =>
    void socket.end(Buffer.concat(parts.map((part) => Buffer.from(part))));
const padded = (size: number) => found + ' '.repeat(size - found.length);
const LIMIT = 256 * 1024;

describe('a registry that sends strange bytes', () => {
  it.each<[string, RawScript, string, number]>([
    ['a body of just so much', write(response(200, padded(LIMIT))), 'registered', 1],
    ['a body of more', write(response(200, padded(LIMIT + 1))), 'rdap-http', 1],
    ['a 404 of more', write(response(404, notFound + ' '.repeat(LIMIT))), 'rdap-http', 1],
    ['a 429 of more', write(response(429, padded(LIMIT * 2))), 'rdap-limited', 4],
    [
      'a gzip bomb',
      write(response(404, gzipSync(' '.repeat(64 * LIMIT)), 'content-encoding: gzip')),
      ...(['rdap-http', 1] as const),
    ],
    [
      'what is said to be gzip and is not',
      write(response(404, notFound, 'content-encoding: gzip')),
      ...(['rdap-http', 1] as const),
    ],
    ['less than promised', end(response(404, '{}', 'content-length: 9')), 'rdap-http', 3],
    [
      'two lengths',
      write(response(404, '{}', 'content-length: 2', 'content-length: 3')),
      'rdap-http',
      3,
    ],
    [
      'less than all of it',
      write(response(404, notFound, 'content-length: 2')),
      'rdap-not-json',
      1,
    ],
    ['HTTP/0.9', end(notFound), 'rdap-http', 3],
    [
      'another protocol',
      write('HTTP/1.1 101 X\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
      'rdap-http',
      3,
    ],
    [
      'some interim answers',
      write('HTTP/1.1 103 X\r\n\r\n'.repeat(3), response(200, found)),
      ...(['registered', 1] as const),
    ],
    ['no end of interim answers', write('HTTP/1.1 103 X\r\n\r\n'.repeat(99)), 'rdap-http', 3],
    ['an interim answer alone', end('HTTP/1.1 103 X\r\n\r\n'), 'rdap-http', 3],
    ['a rest that is negative', write(response(503, '', 'retry-after: -1')), 'rdap-http', 3],
    [
      'a rest in years',
      write(response(503, '', 'retry-after: 99999999')),
      ...(['rdap-http', 1] as const),
    ],
    [
      'a rest that is a mistake',
      write(response(503, '', 'retry-after: 99999999999999999999')),
      ...(['rdap-http', 3] as const),
    ],
    [
      'a rest until next century',
      write(response(503, '', 'retry-after: Fri, 01 Jan 2100 00:00:00 GMT')),
      ...(['rdap-http', 1] as const),
    ],
    ['a redirect to no URL', write(response(302, '', 'location: http://[')), 'rdap-http', 1],
    [
      'a redirect to a file',
      write(response(302, '', 'location: file:///etc/passwd')),
      'rdap-http',
      1,
    ],
    ['a redirect to nowhere', write(response(302, '')), 'rdap-http', 1],
  ])('is never believed: %s', async (_, script, expected, requests) => {
    const server = await serve(script);
    const lookup = await open(`${server.url}/`);
    expect(told(await lookup.lookup('x.dev', false))).toBe(expected);
    expect(server.requests).toBe(requests);
  });

  it('has ten seconds for all of a body', async () => {
    const late = new AbortController();
    const timeout = vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => late.signal);
    const server = await serve((socket) => {
      socket.write('HTTP/1.1 404 X\r\ncontent-length: 999999\r\n\r\n');
      const drip = setInterval(() => socket.write(' '), 5);
      socket.once('close', () => clearInterval(drip));
    });
    // A length that is too large is not waited for, so it is sent in chunks as well.
    const chunked = await serve((socket) => {
      socket.write('HTTP/1.1 404 X\r\ntransfer-encoding: chunked\r\n\r\n');
      const drip = setInterval(() => socket.write('1\r\n \r\n'), 5);
      socket.once('close', () => clearInterval(drip));
      setTimeout(() => late.abort(new Error('late')), 50);
    });
    const lookup = await open(`${chunked.url}/`);
    expect(told(await lookup.lookup('x.dev', false))).toBe('rdap-timeout');
    expect(timeout).toHaveBeenCalledWith(10_000);
    timeout.mockRestore();
    const other = await open(`${server.url}/`);
    expect(told(await other.lookup('x.dev', false))).toBe('rdap-http');
  });

  it('loses no question when it closes a connection that was kept', async () => {
    const server = await serve((socket, number) => {
      if (number > 0) socket.destroy();
      else socket.write(response(404, notFound));
    });
    const lookup = await open(`${server.url}/`);
    for (const name of ['x.dev', 'y.dev', 'z.dev']) {
      expect(told(await lookup.lookup(name, false))).toBe('unregistered');
    }
  });

  it('is left alone for as long as it says, and for good when that is too long', async () => {
    const server = await serve((socket) =>
      socket.write(response(503, '', 'retry-after: 61', 'date: x')),
    );
    const lookup = await open(`${server.url}/`);
    expect(told(await lookup.lookup('x.dev', false))).toBe('rdap-http');
    expect(told(await lookup.lookup('y.dev', false))).toBe('rdap-limited');
    expect(server.requests).toBe(1);
  });
});

describe('a registry that sends elsewhere', () => {
  it.each([
    [200, found],
    [404, notFound],
    [404, '{"title":"Blocked Domain"}'],
  ])('is not followed to http: %d %s', async (status, body) => {
    const elsewhere = await openHttpServer((_, answer) => answer.writeHead(status).end(body));
    cleanUps.push(() => elsewhere[Symbol.asyncDispose]());
    const server = await serve(write(response(302, '', `location: ${elsewhere.url}/domain/x.dev`)));
    const lookup = await open(`${server.url}/`);
    expect(told(await lookup.lookup('x.dev', false))).toBe('rdap-http');
    expect(elsewhere.requests).toHaveLength(0);
  });

  it.each([
    [200, found, 'registered'],
    [404, notFound, 'rdap-untrusted'],
    [404, '{"title":"Blocked Domain"}', 'rdap-untrusted'],
  ])('is believed about what is there alone: %d %s', async (status, body, expected) => {
    const abort = new AbortController();
    const lookup = new RegistrationLookup({
      bootstrap: Promise.resolve(new Bootstrap('', new Map([['dev', 'https://a.example/']]))),
      ...{ rate: 1000, max: 0, exists: async () => false, signal: abort.signal },
      fetch: async ({ host, pathname }) => {
        if (host === 'b.example') return { status, body: Buffer.from(body) };
        if (pathname === '/domain/nic.dev')
          return { status: 200, body: Buffer.from(about('nic.dev')) };
        return { status: 302, body: Buffer.alloc(0), location: 'https://b.example/x' };
      },
    });
    expect(told(await lookup.lookup('x.dev', false))).toBe(expected);
  });
});

describe('a fault of our own', () => {
  it('leaves no name without an answer', async () => {
    const { signal } = new AbortController();
    const lookup = new RegistrationLookup({
      bootstrap: Promise.resolve(new Bootstrap('', new Map([['dev', 'https://a.example/']]))),
      ...{ rate: 1000, max: 0, exists: async () => false, signal },
      fetch: () => Promise.reject(new TypeError('a bug')),
    });
    expect(told(await lookup.lookup('x.dev', false))).toBe('rdap-http');
    expect(told(await lookup.lookup('y.dev', false))).toBe('rdap-http');
  });
});
