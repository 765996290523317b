import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { openFlagServer } from '../../src/server/flag-server.js';
import { openRegistryServer } from '../../src/server/registry-server.js';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe.each([
  ['flags', async () => openFlagServer(), '/flags/br/br.gif'],
  ['registrations', openRegistries, '/domain/pass.dev'],
] as const)('the server of %s', (_, open, path) => {
  it('answers a request whose head comes in single bytes', async () => {
    await using server = await open();
    const socket = connect(server.port, '127.0.0.1').setNoDelay();
    await once(socket, 'connect');
    const answer = text(socket);
    const head = `GET ${path} HTTP/1.1\r\nhost: a\r\nx-long: ${'x'.repeat(2000)}\r\nconnection: close\r\n\r\n`;
    for (const byte of head) {
      socket.write(byte);
      await turn();
    }
    expect(await answer).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('refuses a head that is too long before its end', async () => {
    await using server = await open();
    const socket = connect(server.port, '127.0.0.1');
    await once(socket, 'connect');
    const answer = text(socket);
    socket.write(`GET ${path} HTTP/1.1\r\n${`x: ${'x'.repeat(1000)}\r\n`.repeat(20)}`);
    expect(await answer).toMatch(/^HTTP\/1\.1 431 /);
  });
});

async function openRegistries() {
  const server = await openRegistryServer();
  const port = Number(new URL(server.bases.get('dev') as string).port);
  return { port, [Symbol.asyncDispose]: () => server.close() };
}
