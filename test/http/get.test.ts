import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { type HttpAgent, openAgent } from '../../src/http/agent.js';
import { decodeBody } from '../../src/http/decode-body.js';
import { type GetOptions, get } from '../../src/http/get.js';
import { Reply, type Room } from '../../src/http/reply.js';
import { certificate, certificateKey } from '../support/certificate.js';
import { isFull } from '../support/full.js';
import { gate } from '../support/gate.js';
import { type HttpServer, openHttpServer, type Script } from '../support/http-server.js';
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
const withText: Script = (_request, response) => response.end('whole');

async function open(options: Parameters<typeof openAgent>[0] = { connections: 10 }) {
  const agent = await openAgent(options);
  keep({ [Symbol.asyncDispose]: () => agent.close() });
  return (url: string, more: Partial<GetOptions> = {}) => ask(agent, url, more);
}

async function ask(agent: HttpAgent, url: string, more: Partial<GetOptions> = {}) {
  const outcome = await get(new URL(url), { agent, timeoutMs: 5000, maxSize: 100_000, ...more });
  if (!(outcome instanceof Reply)) return outcome;
  return { status: outcome.status, body: Buffer.from(outcome.body).toString('latin1') };
}

/** Room that is given when the test says so. */
function closedRoom() {
  const given = gate();
  const asked = gate();
  const room: Room = {
    grow: () => {
      asked.open();
      return given.passed;
    },
  };
  return { room, asked: asked.passed, give: given.open };
}

type SocketScript = (socket: Socket, reset: () => void) => void;

/** A server that does something to each socket when its request has come. */
async function serveSockets(script: SocketScript, isSecure = false): Promise<string> {
  const sockets = new Set<Socket>();
  const onSocket = (socket: Socket) => {
    const raw = [...sockets].find(({ remotePort }) => remotePort === socket.remotePort);
    const reset = () => raw?.resetAndDestroy();
    socket.on('error', () => {}).once('data', () => script(socket, reset));
  };
  const server = isSecure
    ? createTlsServer({ cert: certificate, key: certificateKey }, onSocket)
    : createServer(onSocket);
  // The one below TLS, which alone can be reset.
  server.prependListener('connection', (socket: Socket) => {
    sockets.add(socket.on('error', () => {}));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  keep({
    [Symbol.asyncDispose]: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  });
  const { port } = server.address() as AddressInfo;
  return isSecure ? `https://localhost:${port}` : `http://127.0.0.1:${port}`;
}

describe('a connection', () => {
  it('is kept for the next request, and one more is made where none is idle', async () => {
    const both = gate();
    const server = await serve((request, response, number) => {
      if (number === 2) both.open();
      if (request.url === '/both') both.passed.then(() => response.end());
      else response.end();
    });
    const fetch = await open();
    await fetch(server.url);
    await Promise.all([fetch(`${server.url}/both`), fetch(`${server.url}/both`)]);
    expect(server.openConnections).toBe(2);
  });

  it('is closed for another server when there may be no more of them', async () => {
    const servers = await Promise.all([serve(withText), serve(withText), serve(withText)]);
    const fetch = await open({ connections: 2 });
    for (const { url } of servers) expect(await fetch(url)).toMatchObject({ body: 'whole' });
    await expect.poll(() => servers.map((one) => one.openConnections)).toEqual([0, 1, 1]);
  });

  it('that nobody used for 4 s is closed', async () => {
    const server = await serve(withText);
    const fetch = await open();
    await fetch(server.url);
    expect(server.openConnections).toBe(1);
    await expect.poll(() => server.openConnections).toBe(0);
  });

  it('that is being made is broken off at the end', async () => {
    const [came, gone] = [gate(), gate()];
    // The TLS handshake is never over.
    const server = createServer((socket) => {
      socket
        .on('error', () => {})
        .once('close', gone.open)
        .resume();
      came.open();
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const agent = await openAgent({ connections: 1 });
    const { port } = server.address() as AddressInfo;
    const answer = ask(agent, `https://127.0.0.1:${port}`);
    await came.passed;
    await agent.close();
    await gone.passed;
    expect(await answer).toMatchObject({ failed: 'network' });
    expect(await ask(agent, `https://127.0.0.1:${port}`)).toMatchObject({ failed: 'network' });
    server.close();
  });

  it('that turns out closed is replaced, however many are: no request is lost', async () => {
    const many = isFull ? 1000 : 250;
    const served = new Set<Socket>();
    let isStale = false;
    const server = await serveRaw((socket, number) => {
      served.add(socket);
      // In the second round nothing that was kept answers.
      if (isStale && number > 0) socket.destroy();
      else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nwhole');
    });
    const fetch = await open({ connections: many });
    const round = () =>
      Promise.all(Array.from({ length: many }, () => fetch(server.url, { timeoutMs: 60_000 })));
    await round();
    isStale = true;
    const before = served.size;
    const outcomes = await round();
    expect(
      outcomes.every((one) => one !== 'not-sent' && 'body' in one && one.body === 'whole'),
    ).toBe(true);
    expect(served.size).toBe(before + many);
  }, 90_000);
});

it('asks right before a request is written whether it still may be', async () => {
  const server = await serve(withText);
  const fetch = await open();
  let asked = 0;
  const mayStart = () => ++asked > 1;
  expect(await fetch(server.url, { mayStart })).toBe('not-sent');
  expect(server.requests).toHaveLength(0);
  expect(await fetch(server.url, { mayStart })).toMatchObject({ status: 200 });
  expect(server.openConnections).toBe(1);
});

it('gives the bodies only of those answers that are wanted', async () => {
  const server = await serve((_request, response) => response.writeHead(404).end('why'));
  const fetch = await open();
  expect(await fetch(server.url)).toEqual({ status: 404, body: 'why' });
  const wantsBody = (status: number) => status === 200;
  expect(await fetch(server.url, { wantsBody })).toEqual({ status: 404, body: '' });
  expect(server.openConnections).toBe(1);
});

it('rejects with the reason of its signal, and ends the connection', async () => {
  const [came, left] = [gate(), gate()];
  const server = await serve((_request, response) => {
    response.once('close', left.open);
    came.open();
  });
  const controller = new AbortController();
  const fetch = await open();
  const answer = fetch(server.url, { signal: controller.signal });
  await came.passed;
  controller.abort('enough');
  await expect(answer).rejects.toBe('enough');
  await left.passed;
  await expect(fetch(server.url, { signal: controller.signal })).rejects.toBe('enough');
});

describe('a time-out', () => {
  it.each([
    ['no connection', true, () => {}],
    ['no answer', false, () => {}],
    ['no byte of the answer', false, (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\n\r\nx')],
  ])('tells that there was %s', async (what, isSecure, script) => {
    const url = await serveSockets(script);
    const fetch = await open();
    const address = isSecure ? url.replace('http', 'https') : url;
    expect(await fetch(address, { timeoutMs: 500 })).toMatchObject({
      failed: 'timeout',
      isTransient: true,
      detail: expect.stringContaining(what),
    });
  });

  it('is for silence: a body that keeps coming may take its time', async () => {
    const server = await serve((_request, response) => {
      let left = 12;
      const drip = setInterval(() => {
        response.write('x');
        if (--left > 0) return;
        clearInterval(drip);
        response.end();
      }, 100);
    });
    const fetch = await open();
    expect(await fetch(server.url, { timeoutMs: 1000 })).toMatchObject({ body: 'x'.repeat(12) });
  });

  it('does not run while there is no room for the bytes', async () => {
    const server = await serve(withText);
    const { room, asked, give } = closedRoom();
    const fetch = await open();
    const answer = fetch(server.url, { timeoutMs: 500, room });
    await asked;
    setTimeout(give, 800);
    expect(await answer).toMatchObject({ body: 'whole' });
  });
});

describe('a body that waits for room', () => {
  const big = 'x'.repeat(90_000);
  const head = (line: string) => `HTTP/1.1 200 OK\r\n${line}\r\n\r\n`;

  it.each([
    ['a length', 'content-length: 90000'],
    ['a length and an end', 'connection: close\r\ncontent-length: 90000'],
    ['no length', 'connection: close'],
  ])('with %s is whole though its connection has ended', async (_name, line) => {
    for (const isSecure of [false, true]) {
      const ended = gate();
      const url = await serveSockets((socket) => {
        socket.once('finish', ended.open);
        socket.end(head(line) + big);
      }, isSecure);
      const { room, asked, give } = closedRoom();
      const fetch = await open({ connections: 1, ca: certificate });
      const answer = fetch(url, { room });
      await asked;
      await ended.passed;
      give();
      expect(await answer).toEqual({ status: 200, body: big });
    }
  });

  it.each([
    ['a length', 'content-length: 900000'],
    ['a length and an end', 'connection: close\r\ncontent-length: 900000'],
  ])('with %s is truncated where its connection was reset', async (_name, line) => {
    for (const isSecure of [false, true]) {
      const isAsked = gate();
      const url = await serveSockets((socket, reset) => {
        socket.write(head(line) + big);
        isAsked.passed.then(reset);
      }, isSecure);
      const { room, asked, give } = closedRoom();
      const fetch = await open({ connections: 1, ca: certificate });
      const answer = fetch(url, { room, maxSize: 1_000_000 });
      await asked;
      isAsked.open();
      setTimeout(give, 50);
      expect(await answer).toMatchObject({ failed: 'truncated', status: 200, isTransient: true });
    }
  });

  it('leaves its connection fit for the next request', async () => {
    const server = await serve(withText);
    const { room, asked, give } = closedRoom();
    const fetch = await open();
    const first = fetch(server.url, { room });
    await asked;
    give();
    expect(await first).toMatchObject({ body: 'whole' });
    expect(await fetch(server.url)).toMatchObject({ body: 'whole' });
    expect(server.openConnections).toBe(1);
  });
});

it('is truncated where a body without a length ends in a reset', async () => {
  const came = gate();
  const url = await serveSockets((socket, reset) => {
    socket.write('HTTP/1.1 200 OK\r\n\r\nsome');
    came.passed.then(reset);
  });
  const fetch = await open();
  const room: Room = {
    grow: () => {
      came.open();
      return undefined;
    },
  };
  expect(await fetch(url, { room })).toMatchObject({ failed: 'truncated', status: 200 });
});

describe('decodeBody', () => {
  const body = Buffer.from('a text that is long enough to be worth it'.repeat(20));
  const reply = (encoding: string[], bytes: Uint8Array) => {
    const headers = encoding.flatMap((value) => ['Content-Encoding', value]);
    const head = { status: 200, phrase: '', headers: headers.map((text) => Buffer.from(text)) };
    return new Reply(head, bytes);
  };

  it.each([
    ['none', [], body],
    ['an empty one', [''], body],
    ['identity', ['identity'], body],
    ['one of several words', ['identity, gzip'], gzipSync(body)],
    ['one in several headers', ['identity', 'gzip'], gzipSync(body)],
    ['two', ['gzip', 'x-gzip'], gzipSync(gzipSync(body))],
    ['deflate', ['deflate'], deflateSync(body)],
    ['deflate without its header', ['deflate'], deflateRawSync(body)],
  ])('undoes %s', async (_name, encoding, bytes) => {
    const decoded = await decodeBody(reply(encoding, bytes), { maxSize: 10_000 });
    expect('bytes' in decoded && Buffer.from(decoded.bytes)).toEqual(body);
    expect(decoded).not.toHaveProperty('encoding');
  });

  it('undoes what was applied after a word that it does not know', async () => {
    const decoded = await decodeBody(reply(['utf-8, gzip'], gzipSync(body)), { maxSize: 10_000 });
    expect(decoded).toEqual({ bytes: body, encoding: 'utf-8' });
  });

  it('names an encoding that it does not know, and leaves the bytes alone', async () => {
    const decoded = await decodeBody(reply(['gzip, zstd'], body), { maxSize: 10_000 });
    expect(decoded).toEqual({ bytes: body, encoding: 'zstd' });
  });

  it('leaves alone what is seen not to be encoded', async () => {
    const isPlain = (bytes: Uint8Array) => bytes[0] === body[0];
    const plain = { maxSize: 10_000, isPlain };
    expect(await decodeBody(reply(['gzip'], body), plain)).toEqual({ bytes: body });
    const decoded = await decodeBody(reply(['gzip'], gzipSync(body)), plain);
    expect('bytes' in decoded && Buffer.from(decoded.bytes)).toEqual(body);
  });

  it.each([
    ['gzip', gzipSync(body)],
    ['br', brotliCompressSync(body)],
  ])('says where %s has no end, and that it may have one the next time', async (name, whole) => {
    const cut = whole.subarray(0, whole.length - 9);
    const failure = { failed: 'truncated', isTransient: true, status: 200 };
    expect(await decodeBody(reply([name], cut), { maxSize: 10_000 })).toMatchObject(failure);
  });

  it('gives up at the largest size, and makes room before it goes on', async () => {
    const bomb = gzipSync(Buffer.alloc(10_000_000));
    let size = 0;
    const room: Room = {
      grow: (bytes) => {
        size += bytes;
        return undefined;
      },
    };
    const decoded = await decodeBody(reply(['gzip'], bomb), { maxSize: 100_000, room });
    expect(decoded).toMatchObject({ failed: 'too-big', status: 200 });
    expect(size).toBeGreaterThan(0);
    expect(size).toBeLessThanOrEqual(100_000);
  });
});
