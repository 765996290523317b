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

  it('refuses a head that has no end', async () => {
    await using server = await open();
    const socket = connect(server.port, '127.0.0.1').on('error', () => {});
    await once(socket, 'connect');
    let answer = '';
    socket.setEncoding('latin1').on('data', (part) => {
      answer += part;
    });
    const closed = once(socket, 'close');
    socket.write('GET / HTTP/1.1\r\n');
    let sent = 0;
    for (; !socket.destroyed && socket.writable && sent < 1000; sent++) {
      socket.write(`x-${sent}: ${'x'.repeat(1000)}\r\n`);
      await turn();
    }
    await closed;
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
    expect(sent).toBeLessThan(1000);
  });
});

async function openRegistries() {
  const server = await openRegistryServer();
  const port = Number(new URL(server.bases.get('dev') as string).port);
  return { port, [Symbol.asyncDispose]: () => server.close() };
}
