import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { HttpClient } from '../../src/http/http-client.js';
import type { HttpGet, HttpReply } from '../../src/http/http-exchange.js';
import { type HttpFailure, httpFailure } from '../../src/http/http-failure.js';
import { certificate, certificateKey } from '../support/certificate.js';
import { gate } from '../support/gate.js';
import { openHttpServer } from '../support/http-server.js';

/** Asks, and waits for what comes of it. */
function get(
  client: HttpClient,
  url: string,
  more: Partial<HttpGet> = {},
): Promise<HttpReply | HttpFailure | 'held'> {
  return new Promise((settle) => client.get({ ...plain(url), settle, ...more }));
}

const plain = (url: string) => ({
  url: new URL(url),
  headers: '',
  timeout: 5000,
  maxSize: 1000,
  mayStart: () => true,
  room: { grow: () => undefined },
});

it('asks right before a request is written whether it still may be', async () => {
  await using server = await openHttpServer((_request, response) => response.end());
  const client = new HttpClient();
  const asked: number[] = [];
  const mayStart = () => {
    asked.push(server.openConnections);
    return asked.length > 1;
  };
  expect(await get(client, server.url, { mayStart })).toBe('held');
  expect(server.requests).toHaveLength(0);
  expect(await get(client, server.url, { mayStart })).toMatchObject({ head: { status: 200 } });
  expect(server.requests).toHaveLength(1);
  await client.close();
});

it('closes a connection that is still being made', async () => {
  const came = gate();
  const gone = gate();
  // The TLS handshake is never over.
  const server = createServer((socket) => {
    socket
      .on('error', () => {})
      .once('close', gone.open)
      .resume();
    came.open();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const client = new HttpClient();
  const { port } = server.address() as AddressInfo;
  const answer = get(client, `https://127.0.0.1:${port}`);
  await came.passed;
  await client.close();
  await gone.passed;
  expect(await answer).toMatchObject({ failed: 'network' });
  server.close();
});

it('takes nothing from the next request when one is cancelled while its body is decoded', async () => {
  const body = gzipSync(Buffer.alloc(800));
  await using server = await openHttpServer((request, response) => {
    if (request.url === '/gzip') response.setHeader('content-encoding', 'gzip');
    response.end(request.url === '/gzip' ? body : 'whole');
  });
  const client = new HttpClient();
  await get(client, `${server.url}/first`);
  const decoding = gate();
  const waitForEver = () => {
    decoding.open();
    return new Promise<void>(() => {});
  };
  const getting = client.get({
    ...plain(`${server.url}/gzip`),
    room: { grow: (bytes) => (bytes > body.length ? waitForEver() : undefined) },
    settle: () => {},
  });
  await decoding.passed;
  const next = get(client, `${server.url}/next`);
  getting.cancel();
  expect(await next).toMatchObject({ head: { status: 200 }, body: Buffer.from('whole') });
  expect(server.requests.map(({ path }) => path)).toEqual(['/first', '/gzip', '/next']);
  await client.close();
});

it('reads on, on a connection that waited for room until the body was whole', async () => {
  await using server = await openHttpServer((_request, response) => response.end('whole'));
  const client = new HttpClient();
  const asked = gate();
  const room = gate();
  const grow = () => {
    asked.open();
    return room.passed;
  };
  const first = get(client, server.url, { room: { grow } });
  await asked.passed;
  room.open();
  expect(await first).toMatchObject({ body: Buffer.from('whole') });
  expect(await get(client, server.url)).toMatchObject({ body: Buffer.from('whole') });
  expect(server.openConnections).toBe(1);
  await client.close();
});

it('does not lose a whole body that waits for room when its TLS connection ends', async () => {
  const gone = gate();
  const server = createTlsServer({ cert: certificate, key: certificateKey }, (socket) => {
    socket.on('error', () => {}).once('close', gone.open);
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nwhole'));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const client = new HttpClient({ ca: certificate });
  const room = gate();
  const { port } = server.address() as AddressInfo;
  const answer = get(client, `https://localhost:${port}`, { room: { grow: () => room.passed } });
  await gone.passed;
  room.open();
  expect(await answer).toMatchObject({ body: Buffer.from('whole') });
  await client.close();
  server.close();
});

it('has a deadline for what begins while it looks at the others', async () => {
  await using server = await openHttpServer((request, response) => {
    if (request.url === '/fast') response.end('whole');
  });
  const client = new HttpClient();
  const slow = { timeout: 60 };
  const first = get(client, `${server.url}/fast`);
  const third = new Promise((resolve) => {
    client.get({
      ...plain(`${server.url}/slow`),
      ...slow,
      settle: () => resolve(get(client, `${server.url}/slow`, slow)),
    });
  });
  expect(await first).toMatchObject({ head: { status: 200 } });
  expect(await third).toMatchObject({ failed: 'timeout' });
  await client.close();
});

it('closes a connection that nobody used for 4 s', async () => {
  await using server = await openHttpServer((_request, response) => response.end());
  const client = new HttpClient();
  await get(client, server.url);
  expect(server.openConnections).toBe(1);
  await expect.poll(() => server.openConnections, { timeout: 4900 }).toBe(0);
  await client.close();
});

it('takes no body of which it does not know every encoding', async () => {
  await using server = await openHttpServer((_request, response) => {
    response.setHeader('content-encoding', ['identity', 'gzip']).end(gzipSync('whole'));
  });
  const client = new HttpClient();
  expect(await get(client, server.url)).toMatchObject({ failed: 'malformed' });
  await client.close();
});

it('opens no connection after it was closed', async () => {
  await using server = await openHttpServer((_request, response) => response.end());
  const client = new HttpClient();
  await client.close();
  expect(await get(client, server.url)).toMatchObject({ failed: 'network' });
  expect(server.requests).toHaveLength(0);
});

it.each([
  ['ECONNREFUSED', undefined, 'network', true],
  ['ECONNRESET', undefined, 'network', true],
  ['ECONNRESET', 200, 'truncated', true],
  ['ETIMEDOUT', undefined, 'timeout', true],
  ['ENOTFOUND', undefined, 'dns', false],
  ['EAI_AGAIN', undefined, 'dns', true],
  ['EAI_FAIL', undefined, 'dns', false],
  ['ERR_TLS_CERT_ALTNAME_INVALID', undefined, 'tls', false],
  ['CERT_HAS_EXPIRED', undefined, 'tls', false],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', undefined, 'tls', false],
  ['SELF_SIGNED_CERT_IN_CHAIN', undefined, 'tls', false],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', undefined, 'tls', false],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', undefined, 'tls', false],
  ['ERR_SSL_WRONG_VERSION_NUMBER', undefined, 'tls', false],
  ['EPROTO', undefined, 'tls', false],
  ['', undefined, 'network', true],
])('sorts %s with status %s as %s', (code, status, failed, mayPass) => {
  const error = Object.assign(new Error('why'), { code });
  expect(httpFailure(error, status)).toMatchObject({ failed, mayPass, detail: 'why' });
});

it('names an error without words by its code', () => {
  const error = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' });
  expect(httpFailure(error).detail).toBe('ECONNREFUSED');
});
