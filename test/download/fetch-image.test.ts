import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { fetchImage } from '../../src/download/fetch-image.js';
import type { FetchTarget } from '../../src/download/fetch-target.js';
import { HeadersByOrigin } from '../../src/download/headers-by-origin.js';
import { Job } from '../../src/download/job.js';
import { RequestQueue } from '../../src/download/request-queue.js';
import { openAgent } from '../../src/http/agent.js';
import type { HeaderList } from '../../src/http/header.js';
import { ByteBudget, type Reservation } from '../../src/storage/byte-budget.js';
import { gate } from '../support/gate.js';
import { type HttpServer, openHttpServer, type Script } from '../support/http-server.js';
import { gif, gifOf } from '../support/images.js';
import { openRawServer, type RawScript, type RawServer } from '../support/raw-server.js';

const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one[Symbol.asyncDispose]();
});

function keep<T extends AsyncDisposable>(one: T): T {
  opened.push(one);
  return one;
}
const serve = async (script: Script): Promise<HttpServer> => keep(await openHttpServer(script));
const serveRaw = async (script: RawScript): Promise<RawServer> => keep(await openRawServer(script));

interface Settings {
  permits?: number;
  retries?: number;
  timeout?: number;
  maxWait?: number;
  maxSize?: number;
  accept?: 'image' | 'any';
  rate?: number;
  perHost?: number;
  headers?: HeaderList;
}

/** Fetches whose tries follow each other at once. */
async function openSource({
  permits = 5,
  perHost = 1000,
  rate = 0,
  headers = [],
  ...more
}: Settings = {}) {
  const agent = await openAgent({ connections: permits });
  keep({ [Symbol.asyncDispose]: () => agent.close() });
  const usual = { retries: 0, timeout: 5, maxWait: 30, maxTime: 0, maxSize: 100_000 };
  const options = { ...usual, accept: 'image' as const, ...more };
  const limits = { perHost, rate, giveUpAfterMs: options.maxWait * 1000 };
  const queue = new RequestQueue(permits, limits);
  keep({ [Symbol.asyncDispose]: async () => queue.close() });
  const context = { options, agent, queue, headers: new HeadersByOrigin(headers) };
  const budget = new ByteBudget(1_000_000);
  return {
    agent,
    async fetch(url: string, more: Partial<FetchTarget> & FetchMore = {}) {
      const { reservation = budget.open(), maxTime = Infinity, begun, hasToWait, ...target } = more;
      const whole = { cc: 'BR', url: new URL(url), metadata: undefined, authorization: undefined };
      const job = new Job(reservation, maxTime);
      begun?.(job);
      const random = () => (hasToWait ? 1 : 0);
      const outcome = await fetchImage({ ...context, random }, { ...whole, ...target }, job);
      return { outcome, attempts: job.attempts };
    },
  };
}
interface FetchMore {
  reservation?: Reservation;
  /** Milliseconds. */
  maxTime?: number;
  /** Is given what can be cancelled. */
  begun?: (job: Job) => void;
  /** The next try does not follow at once. */
  hasToWait?: boolean;
}

/** One fetch with a source of its own. */
async function fetchOnce(url: string, settings?: Settings) {
  return (await openSource(settings)).fetch(url);
}

function answer(
  response: ServerResponse,
  status: number,
  headers: Record<string, string | number> = {},
  body: string | Uint8Array = '',
): void {
  response.writeHead(status, headers).end(body);
}

const sha = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe('an image', () => {
  it('is what a 200 or 203 brings that begins like one, whatever its type says', async () => {
    const server = await serve((request, response) => {
      answer(response, Number(request.url?.slice(1)), { 'content-type': 'text/html' }, gif);
    });
    const { fetch } = await openSource();
    for (const status of [200, 203]) {
      const { outcome, attempts } = await fetch(`${server.url}/${status}`);
      expect(outcome).toEqual({
        status: 'ok',
        httpStatus: status,
        bytes: gif,
        extension: 'gif',
        country: undefined,
        validators: { etag: undefined, lastModified: undefined },
      });
      expect(attempts).toBe(1);
    }
  });

  it('arrives whole when it is large', async () => {
    const flag = gifOf(3_000_000);
    const server = await serve((_request, response) => answer(response, 200, {}, flag));
    const { outcome } = await fetchOnce(server.url, { maxSize: 3_000_000 });
    if (outcome.status !== 'ok') throw new Error(outcome.status);
    expect(outcome.bytes.length).toBe(3_000_000);
    expect(sha(Buffer.from(outcome.bytes))).toBe(sha(flag));
  });

  it.each([
    ['gzip', gzipSync(gif)],
    ['x-gzip', gzipSync(gif)],
    ['br', brotliCompressSync(gif)],
  ])('is decoded when it comes as %s', async (encoding, body) => {
    const server = await serve((_request, response) =>
      answer(response, 200, { 'content-encoding': encoding }, body),
    );
    const { outcome } = await fetchOnce(server.url);
    if (outcome.status !== 'ok') throw new Error(outcome.status);
    expect(Buffer.from(outcome.bytes)).toEqual(gif);
  });

  it.each([
    ['gzip', gzipSync(gif).subarray(0, 30), 'truncated'],
    ['gzip', Buffer.from('neither an image nor encoded'), 'malformed'],
    ['zstd', Buffer.from('neither an image nor encoded'), 'malformed'],
  ])('is none when its %s cannot be undone', async (encoding, body, reason) => {
    const server = await serve((_request, response) =>
      answer(response, 200, { 'content-encoding': encoding }, body),
    );
    expect((await fetchOnce(server.url)).outcome).toMatchObject({ reason });
  });

  it.each([
    ['', gif],
    ['gzip', gif],
    ['br', gif],
    ['identity, gzip', gzipSync(gif)],
    ['none', gif],
  ])('is taken when it is said to be encoded as %j', async (encoding, body) => {
    const server = await serve((_request, response) =>
      answer(response, 200, { 'content-encoding': encoding }, body),
    );
    const { outcome } = await fetchOnce(server.url);
    if (outcome.status !== 'ok') throw new Error(outcome.status);
    expect(Buffer.from(outcome.bytes)).toEqual(gif);
  });

  it('is none when the bytes do not begin like one', async () => {
    const bodies = ['<html>Not found, but 200</html>', ''];
    const server = await serve((_request, response, number) =>
      answer(response, 200, { 'content-type': 'image/gif' }, bodies[number] as string),
    );
    const { fetch } = await openSource({ retries: 3 });
    for (const _ of bodies) {
      expect(await fetch(server.url)).toMatchObject({
        outcome: { status: 'error', reason: 'not-an-image', httpStatus: 200 },
        attempts: 1,
      });
    }
  });
});

describe('a status', () => {
  it.each([404, 410])('%i is not_found', async (status) => {
    const server = await serve((_request, response) => answer(response, status));
    expect(await fetchOnce(server.url, { retries: 3 })).toMatchObject({
      outcome: { status: 'not_found', httpStatus: status },
      attempts: 1,
    });
  });

  it.each([204, 206, 304, 300, 400, 401, 403, 418, 451, 501])(
    '%i is an error, and no image, though it brings one',
    async (status) => {
      const server = await serve((_request, response) => answer(response, status, {}, gif));
      const { outcome } = await fetchOnce(server.url);
      expect(outcome).toMatchObject({ status: 'error', reason: 'http', httpStatus: status });
    },
  );

  it("says the server's words", async () => {
    const server = await serve((_request, response) => {
      response.writeHead(418, "I'm a teapot").end();
    });
    expect((await fetchOnce(server.url)).outcome).toMatchObject({
      message: "HTTP error 418 - I'm a teapot",
    });
  });

  it.each([408, 425, 429, 500, 502, 503])('%i is tried again', async (status) => {
    const server = await serve((_request, response, number) =>
      answer(response, number < 2 ? status : 200, {}, gif),
    );
    const fetched = await fetchOnce(server.url, { retries: 2 });
    expect(fetched).toMatchObject({ outcome: { status: 'ok' }, attempts: 3 });
  });

  it('that does not pass ends as an error after the last try', async () => {
    const server = await serve((_request, response) => answer(response, 503));
    expect(await fetchOnce(server.url, { retries: 2 })).toMatchObject({
      outcome: { status: 'error', reason: 'http', httpStatus: 503 },
      attempts: 3,
    });
    expect(server.requests).toHaveLength(3);
  });

  it.each([400, 401, 403, 418])('%i is not tried again', async (status) => {
    const server = await serve((_request, response) => answer(response, status));
    expect((await fetchOnce(server.url, { retries: 3 })).attempts).toBe(1);
    expect(server.requests).toHaveLength(1);
  });
});

describe('a body', () => {
  const head = (length: number | string) =>
    `HTTP/1.1 200 OK\r\ncontent-type: image/gif\r\n${length}\r\n\r\n`;

  it.each([
    ['shorter than promised', `${head('content-length: 1000')}${'x'.repeat(400)}`],
    ['of chunks without the last', `${head('transfer-encoding: chunked')}4\r\nGIF8\r\n`],
    [
      'of chunks without the last where the connection was to end',
      `${head('connection: close\r\ntransfer-encoding: chunked')}4\r\nGIF8\r\n`,
    ],
    [
      'shorter than promised where the connection was to end',
      `${head('connection: close\r\ncontent-length: 1000')}${'x'.repeat(400)}`,
    ],
  ])('%s is truncated, and tried again', async (_name, text) => {
    const server = await serveRaw((socket) => socket.end(text));
    expect(await fetchOnce(server.url, { retries: 1 })).toMatchObject({
      outcome: { status: 'error', reason: 'truncated', httpStatus: 200 },
      attempts: 2,
    });
  });

  it('is truncated when the connection is reset in its middle', async () => {
    const server = await serveRaw((socket) => {
      socket.write(`${head('content-length: 1000')}GIF89a`, () => {
        setImmediate(() => socket.resetAndDestroy());
      });
    });
    const { outcome } = await fetchOnce(server.url);
    // The reset may overtake the head.
    expect(outcome.status === 'error' && outcome.reason).toMatch(/^(truncated|network)$/);
  });

  it('of exactly the largest size passes, and one byte more does not', async () => {
    const server = await serve((request, response) => {
      const size = Number(request.url?.split('/')[2]);
      if (request.url?.startsWith('/chunked')) response.write(gif);
      else response.setHeader('content-length', size);
      response.end(
        request.url?.startsWith('/chunked') ? gifOf(size).subarray(gif.length) : gifOf(size),
      );
    });
    const { fetch } = await openSource({ maxSize: 5000, retries: 3 });
    for (const way of ['promised', 'chunked']) {
      expect(await fetch(`${server.url}/${way}/5000`)).toMatchObject({ outcome: { status: 'ok' } });
      expect(await fetch(`${server.url}/${way}/5001`)).toMatchObject({
        outcome: {
          ...{ status: 'error', reason: 'too-big', httpStatus: 200 },
          message: 'more than 5000 bytes; --max-size takes more',
        },
        attempts: 1,
      });
    }
  });

  it('that never ends is too big, and its connection is closed', async () => {
    const closed = gate();
    const server = await serve((_request, response) => {
      response.once('close', closed.open);
      const more = () => {
        while (response.write(Buffer.alloc(10_000)));
        response.once('drain', more);
      };
      response.write(gif);
      more();
    });
    expect((await fetchOnce(server.url)).outcome).toMatchObject({ reason: 'too-big' });
    await closed.passed;
  });

  it('may not be larger than allowed when it is decoded', async () => {
    const bomb = gzipSync(gifOf(10_000_000));
    expect(bomb.length).toBeLessThan(100_000);
    const server = await serve((_request, response) =>
      answer(response, 200, { 'content-encoding': 'gzip' }, bomb),
    );
    expect((await fetchOnce(server.url)).outcome).toMatchObject({ reason: 'too-big' });
  });

  it('nobody wants is read to its end if it is short, so that the connection is kept', async () => {
    const server = await serveRaw((socket, number) => {
      const body = number === 0 ? 'not here' : gif;
      socket.write(
        `HTTP/1.1 ${number === 0 ? 404 : 200} x\r\ncontent-length: ${body.length}\r\n\r\n`,
      );
      socket.write(body);
    });
    const { fetch } = await openSource({ permits: 1 });
    expect((await fetch(server.url)).outcome.status).toBe('not_found');
    expect((await fetch(server.url)).outcome.status).toBe('ok');
    expect(server.connections).toBe(1);
  });

  it('nobody wants is not waited for if it is long', async () => {
    const closed = gate();
    const server = await serve((_request, response) => {
      response.once('close', closed.open);
      response.writeHead(404).write(Buffer.alloc(1_000_000));
    });
    expect((await fetchOnce(server.url)).outcome.status).toBe('not_found');
    await closed.passed;
  });
});

describe('a redirect', () => {
  it('is followed, at most ten times', async () => {
    const server = await serve((request, response) => {
      const left = Number(request.url?.slice(1));
      if (left === 0) answer(response, 200, {}, gif);
      else answer(response, 302, { location: `${left - 1}` }, 'a body that is dropped');
    });
    const { fetch } = await openSource({ retries: 3 });
    expect(await fetch(`${server.url}/10`)).toMatchObject({
      outcome: { status: 'ok' },
      attempts: 1,
    });
    expect(await fetch(`${server.url}/11`)).toMatchObject({
      outcome: { status: 'error', reason: 'redirect', httpStatus: 302 },
      attempts: 1,
    });
    expect(server.requests).toHaveLength(11 + 11);
  });

  it.each([301, 303, 307, 308])('%i that leads in a circle is an error', async (status) => {
    const server = await serve((_request, response) => answer(response, status, { location: '/' }));
    expect((await fetchOnce(server.url)).outcome).toMatchObject({ reason: 'redirect' });
  });

  it.each([
    ['file:///etc/passwd', '`file:///etc/passwd`, which is no http or https address'],
    ['ftp://me:secret@h.example/x', '`ftp://h.example/x`, which is no http or https address'],
    ['http://', '`http://`, which is no http or https address'],
    [undefined, 'nowhere'],
  ])('to %s is an error', async (location, where) => {
    const server = await serve((_request, response) =>
      answer(response, 302, location === undefined ? {} : { location }),
    );
    expect((await fetchOnce(server.url)).outcome).toMatchObject({
      ...{ reason: 'redirect', message: `a redirect to ${where}` },
    });
  });

  it('to another origin takes no credentials along, neither ours nor its own', async () => {
    const other = await serve((_request, response) => answer(response, 200, {}, gif));
    const location = `${other.url.replace('//', '//them:theirs@')}/flag`;
    const first = await serve((_request, response, number) =>
      answer(response, 302, { location: number === 0 ? '/second' : location }),
    );
    const { fetch } = await openSource();
    const { outcome } = await fetch(first.url, { authorization: 'Basic b3Vyczpz' });
    expect(outcome.status).toBe('ok');
    expect(first.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Basic b3Vyczpz',
      'Basic b3Vyczpz',
    ]);
    expect(other.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });
});

describe('trouble with a connection', () => {
  it('costs no try when a kept one turns out closed before any byte of the answer', async () => {
    const server = await serveRaw((socket, number) => {
      if (number === 0) socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${gif.length}\r\n\r\n`);
      if (number === 0) socket.write(gif);
      else socket.destroy();
    });
    const { fetch } = await openSource({ permits: 1, retries: 0 });
    for (let i = 0; i < 4; i++) {
      expect(await fetch(server.url)).toMatchObject({ outcome: { status: 'ok' }, attempts: 1 });
    }
    expect(server.connections).toBe(4);
    expect(server.requests).toBe(7);
  });

  it('costs a try when a kept one closes after a byte of the answer', async () => {
    const server = await serveRaw((socket, number) => {
      if (number === 0) socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${gif.length}\r\n\r\n`);
      if (number === 0) socket.write(gif);
      else socket.end('HTTP/1.1 2');
    });
    const { fetch } = await openSource({ permits: 1, retries: 0 });
    expect((await fetch(server.url)).outcome.status).toBe('ok');
    expect((await fetch(server.url)).outcome).toMatchObject({ reason: 'network' });
  });

  it('costs a try when a new one closes without a byte', async () => {
    const server = await serveRaw((socket) => socket.destroy());
    expect(await fetchOnce(server.url, { retries: 2 })).toMatchObject({
      outcome: { status: 'error', reason: 'network' },
      attempts: 3,
    });
    expect(server.requests).toBe(3);
  });

  it('is network when nobody listens, and tried again', async () => {
    const server = await openRawServer(() => {});
    await server[Symbol.asyncDispose]();
    expect(await fetchOnce(server.url, { retries: 2 })).toMatchObject({
      outcome: { status: 'error', reason: 'network' },
      attempts: 3,
    });
  });

  it('is dns when the host has no address, and not tried again', async () => {
    // A label of 64 letters: turned away before anything is sent.
    expect(await fetchOnce(`http://${'a'.repeat(64)}.test/`, { retries: 3 })).toMatchObject({
      outcome: { status: 'error', reason: 'dns' },
      attempts: 1,
    });
  });

  it.each([
    ['no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['a head of 100 KB', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`],
  ])('is malformed when the answer is %s, and not tried again', async (_name, text) => {
    const server = await serveRaw((socket) => socket.write(text));
    expect(await fetchOnce(server.url, { retries: 3 })).toMatchObject({
      outcome: { status: 'error', reason: 'malformed' },
      attempts: 1,
    });
  });
});

describe('the bytes of an answer', () => {
  const ok = `HTTP/1.1 200 OK\r\ncontent-length: ${gif.length}\r\n\r\n`;
  const chunked = `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n`;
  const chunk = `${gif.length.toString(16)}\r\n${gif.toString('latin1')}\r\n`;

  it.each([
    [
      'with interim answers before',
      `HTTP/1.1 102 x\r\n\r\nHTTP/1.1 103 x\r\nlink: y\r\n\r\n${ok}`,
      gif,
    ],
    [
      'with a 100 for which nobody asked, and another',
      `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 Continue\r\nx: y\r\n\r\n${ok}`,
      gif,
    ],
    ['in chunks', `${chunked}${chunk}${chunk}0\r\n\r\n`, Buffer.concat([gif, gif])],
    ['in chunks, with trailers', `${chunked}${chunk}0\r\netag: "x"\r\n\r\n`, gif],
  ])('are right %s, at once and one by one', async (_name, head, body) => {
    const text = Buffer.concat([
      Buffer.from(head, 'latin1'),
      head.includes('chunked') ? Buffer.alloc(0) : gif,
    ]);
    const server = await serveRaw(async (socket, number) => {
      const pieces = number === 0 ? [text] : Array.from(text, (byte) => Uint8Array.of(byte));
      socket.setNoDelay();
      for (const piece of pieces) {
        socket.write(piece);
        await new Promise(setImmediate);
      }
    });
    const { fetch } = await openSource({ permits: 1 });
    for (const _ of [0, 1]) {
      const { outcome } = await fetch(server.url);
      if (outcome.status !== 'ok') throw new Error(JSON.stringify(outcome));
      expect(Buffer.from(outcome.bytes)).toEqual(body);
    }
    expect(server.connections).toBe(1);
  });

  it.each([
    ['change the protocol', 'HTTP/1.1 101 x\r\nupgrade: x\r\n\r\n'],
    ['have two lengths', `HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n`],
    ['have a coding that nobody asked for', 'HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\n'],
    ['have a chunk that is none', `${chunked}5\r\nGIF89a\r\n0\r\n\r\n`],
    ['announce without end', 'HTTP/1.1 102 x\r\n\r\n'.repeat(5000)],
    ['continue without end', 'HTTP/1.1 100 x\r\n\r\n'.repeat(5000)],
  ])('are malformed if they %s', async (_name, text) => {
    const server = await serveRaw((socket) => socket.write(text));
    expect(await fetchOnce(server.url, { retries: 3 })).toMatchObject({
      outcome: { status: 'error', reason: 'malformed' },
      attempts: 1,
    });
  });

  it.each([
    ['an answer that nobody asked for', ok + gif.toString('latin1'), 2],
    ['a line', '\r\n', 1],
  ])('are never taken from %s after the one before', async (_name, more, connections) => {
    const server = await serveRaw((socket) => {
      const other = Buffer.from(more.replace('GIF89a', 'GIF87a'), 'latin1');
      socket.write(Buffer.concat([Buffer.from(ok), gif, other]));
    });
    const { fetch } = await openSource({ permits: 1 });
    for (const _ of [0, 1]) {
      const { outcome } = await fetch(server.url);
      if (outcome.status !== 'ok') throw new Error(outcome.status);
      expect(Buffer.from(outcome.bytes)).toEqual(gif);
    }
    expect(server.connections).toBe(connections);
  });

  it('that come unasked close the connection', async () => {
    const closed = gate();
    let [wroteAt, closedAt] = [0, 0];
    const server = await serveRaw((socket) => {
      socket.write(Buffer.concat([Buffer.from(ok), gif]));
      socket.once('close', () => {
        closedAt ||= performance.now();
        closed.open();
      });
      setTimeout(() => {
        wroteAt ||= performance.now();
        socket.write(ok);
      }, 30);
    });
    const { fetch } = await openSource({ permits: 1 });
    expect((await fetch(server.url)).outcome.status).toBe('ok');
    await closed.passed;
    expect((await fetch(server.url)).outcome.status).toBe('ok');
    expect(server.connections).toBe(2);
    // After 4 s its idleness would have closed it.
    expect(closedAt - wroteAt).toBeLessThan(3500);
  });
});

describe('the time for silence', () => {
  it.each([
    ['a silent server', 'no answer within 0.5 s; --timeout waits longer', () => {}],
    [
      'a head without a body',
      'no byte of the answer for 0.5 s; --timeout waits longer',
      (_request, response) => response.writeHead(200, { 'content-length': 100 }).flushHeaders(),
    ],
  ] satisfies [string, string, Script][])('bounds %s', async (_name, message, script) => {
    const server = await serve(script);
    const start = performance.now();
    expect(await fetchOnce(server.url, { timeout: 0.5, retries: 1 })).toMatchObject({
      outcome: { status: 'error', reason: 'timeout', message },
      attempts: 2,
    });
    expect(performance.now() - start).toBeGreaterThanOrEqual(995);
  });

  it('bounds no body that keeps coming, and no redirects that are each quick enough', async () => {
    const server = await serve((request, response) => {
      if (request.url !== '/5') {
        const next = Number(request.url?.slice(1)) + 1;
        setTimeout(() => answer(response, 302, { location: `/${next}` }), 220);
        return;
      }
      let left = 12;
      const drip = setInterval(() => {
        response.write(left === 12 ? gif : 'x');
        if (--left > 0) return;
        clearInterval(drip);
        response.end();
      }, 100);
    });
    const fetched = await fetchOnce(`${server.url}/0`, { timeout: 1 });
    expect(fetched).toMatchObject({ outcome: { status: 'ok' }, attempts: 1 });
  });

  it('does not run while there is no room for the bytes', async () => {
    const server = await serve((_request, response) =>
      answer(response, 200, { 'content-length': gif.length }, gif),
    );
    const room = gate();
    const asked: number[] = [];
    const reservation = {
      grow: (bytes: number) => {
        asked.push(bytes);
        setTimeout(room.open, 800);
        return room.passed;
      },
      release: () => {},
    };
    const { fetch } = await openSource({ timeout: 0.5 });
    expect((await fetch(server.url, { reservation })).outcome.status).toBe('ok');
    expect(asked).toEqual([gif.length]);
  });

  it.each([
    ['with a length', `content-length: ${gif.length}\r\n`],
    ['without a length', ''],
  ])('ends with the connection that a body %s needs no longer', async (_name, line) => {
    const server = await serveRaw((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nconnection: close\r\n${line}\r\n`);
      socket.end(gif);
    });
    const room = gate();
    const reservation = {
      grow: () => {
        setTimeout(room.open, 100);
        return room.passed;
      },
      release: () => {},
    };
    const { outcome } = await (await openSource()).fetch(server.url, { reservation });
    if (outcome.status !== 'ok') throw new Error(outcome.status);
    expect(Buffer.from(outcome.bytes)).toEqual(gif);
  });
});

it('counts the making of the connection to the longest time for an input', async () => {
  // The TLS handshake is never over.
  const server = await serveRaw(() => {});
  const start = performance.now();
  const url = server.url.replace('http', 'https');
  const { fetch } = await openSource({ retries: 3 });
  await expect(fetch(url, { maxTime: 100 })).rejects.toThrow('out of time');
  expect(performance.now() - start).toBeGreaterThanOrEqual(99);
});

describe('Retry-After', () => {
  it('is obeyed and never early, for every request to that host and for no other', async () => {
    const other = await serve((_request, response) => answer(response, 200, {}, gif));
    const server = await serve((_request, response, number) =>
      number === 0 ? answer(response, 429, { 'retry-after': 1 }) : answer(response, 200, {}, gif),
    );
    // One permit: were it kept during the wait, the other host's image would come last.
    const { fetch } = await openSource({ permits: 1, retries: 1 });
    const order: string[] = [];
    const results = await Promise.all(
      [server.url, `${server.url}/2`, other.url, `${server.url}/3`].map(async (url) => {
        const fetched = await fetch(url);
        order.push(url);
        return fetched;
      }),
    );
    expect(results.map(({ outcome }) => outcome.status)).toEqual(['ok', 'ok', 'ok', 'ok']);
    expect(results.map(({ attempts }) => attempts)).toEqual([2, 1, 1, 1]);
    expect(order[0]).toBe(other.url);
    const [asked, ...after] = server.requests.map(({ at }) => at);
    expect(after).toHaveLength(3);
    for (const at of after) expect(at - (asked as number)).toBeGreaterThanOrEqual(999);
  });

  it('as a date is obeyed by the clock of the server', async () => {
    const served = Date.parse('2001-01-01T00:00:00Z');
    const server = await serve((_request, response, number) => {
      if (number > 0) return answer(response, 200, {}, gif);
      const headers = {
        date: new Date(served).toUTCString(),
        'retry-after': new Date(served + 1000).toUTCString(),
      };
      answer(response, 503, headers);
    });
    expect(await fetchOnce(server.url, { retries: 1 })).toMatchObject({
      outcome: { status: 'ok' },
      attempts: 2,
    });
    const [first, second] = server.requests.map(({ at }) => at) as [number, number];
    expect(second - first).toBeGreaterThanOrEqual(999);
  });

  it('of more than 30 s is not waited for, and the host is left alone', async () => {
    const server = await serve((_request, response) =>
      answer(response, 429, { 'retry-after': 31 }),
    );
    const { fetch } = await openSource({ retries: 3 });
    expect(await fetch(server.url)).toMatchObject({
      outcome: { status: 'error', reason: 'http', httpStatus: 429 },
      attempts: 1,
    });
    expect(await fetch(`${server.url}/2`)).toMatchObject({
      outcome: {
        status: 'error',
        reason: 'host-wait',
        httpStatus: 429,
        message:
          'not asked, as its host asks to wait for 31 s (HTTP 429), ' +
          'longer than --max-wait (30 s) allows',
      },
      attempts: 0,
    });
    expect(server.requests).toHaveLength(1);
  });
});

describe('metadata', () => {
  const country = async (script: Script, settings?: Settings) => {
    const server = await serve((request, response, number) =>
      request.url === '/flag' ? answer(response, 200, {}, gif) : script(request, response, number),
    );
    const { fetch } = await openSource(settings);
    const metadata = new URL(`${server.url}/metadata.json`);
    const { outcome, attempts } = await fetch(`${server.url}/flag`, { metadata });
    return { outcome, attempts, server };
  };

  it('gives the name of the country', async () => {
    const { outcome } = await country((_request, response) =>
      answer(response, 200, {}, '{"country":"Brasil","iso_cc":"BR"}'),
    );
    expect(outcome).toMatchObject({ status: 'ok', country: 'Brasil' });
  });

  it.each([
    ['is missing', 404, ''],
    ['fails', 503, ''],
    ['is no JSON', 200, '<html>'],
    ['has no name', 200, '{"iso_cc":"BR"}'],
    ['has a name that is no text', 200, '{"country":{"a":1}}'],
    ['is of another country', 200, '{"country":"Chile","iso_cc":"CL"}'],
    ['is null', 200, 'null'],
  ])('never costs the flag when it %s', async (_name, status, body) => {
    const { outcome, attempts, server } = await country(
      (_request, response) => answer(response, status, {}, body),
      { retries: 3 },
    );
    expect(outcome).toMatchObject({ status: 'ok', country: undefined });
    expect(attempts).toBe(1);
    expect(server.requests.map(({ path }) => path)).toEqual(['/flag', '/metadata.json']);
  });

  it('never costs the flag when it does not come in time', async () => {
    const { outcome } = await country(() => {}, { timeout: 0.5 });
    expect(outcome).toMatchObject({ status: 'ok', country: undefined });
  });

  it('is not asked for where there is no image', async () => {
    const server = await serve((_request, response) => answer(response, 404));
    const { fetch } = await openSource();
    await fetch(server.url, { metadata: new URL(`${server.url}/metadata.json`) });
    expect(server.requests).toHaveLength(1);
  });
});

describe('a cancel', () => {
  it('ends a request that is on its way, and its connection', async () => {
    const [came, left] = [gate(), gate()];
    const server = await serve((_request, response) => {
      response.once('close', left.open);
      came.open();
    });
    let job: Job | undefined;
    const begun = (one: Job) => {
      job = one;
    };
    const pending = (await openSource()).fetch(server.url, { begun });
    const ended = expect(pending).rejects.toBe('enough');
    await came.passed;
    job?.abort('enough');
    await left.passed;
    await ended;
  });

  it('ends a wait for the next try, and gives way to others', async () => {
    const server = await serve((_request, response, number) =>
      number === 0 ? answer(response, 503) : answer(response, 200, {}, gif),
    );
    const { fetch } = await openSource({ retries: 3, permits: 1 });
    let job: Job | undefined;
    const begun = (one: Job) => {
      job = one;
    };
    const pending = fetch(server.url, { begun, hasToWait: true });
    const ended = expect(pending).rejects.toBe('enough');
    await expect.poll(() => job?.last).toBeDefined();
    job?.abort('enough');
    await ended;
    expect((await fetch(server.url)).outcome.status).toBe('ok');
    expect(server.requests).toHaveLength(2);
  });
});

describe('permits', () => {
  it('are never exceeded: the server counts', async () => {
    const five = gate();
    let waiting = 0;
    const server = await serve((_request, response) => {
      // Nobody is answered before five are there.
      if (++waiting === 5) five.open();
      five.passed.then(() => setTimeout(() => answer(response, 200, {}, gif), 2));
    });
    const { fetch } = await openSource({ permits: 5 });
    await Promise.all(Array.from({ length: 60 }, (_, i) => fetch(`${server.url}/${i}`)));
    expect(server.requests).toHaveLength(60);
    expect(server.mostInFlight).toBe(5);
  });
});

it('closes every connection at the end, idle or not', async () => {
  const silent = gate();
  const server = await serve((request, response) => {
    if (request.url === '/idle') answer(response, 200, {}, gif);
    else silent.open();
  });
  const { agent, fetch } = await openSource();
  await fetch(`${server.url}/idle`);
  const pending = fetch(`${server.url}/silent`);
  await silent.passed;
  await agent.close();
  expect((await pending).outcome).toMatchObject({ status: 'error', reason: 'network' });
  await expect.poll(() => server.openConnections).toBe(0);
});
