import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { Connection } from '../../src/http/connection.js';
import { Exchange, type Outcome, type Unsettled } from '../../src/http/exchange.js';
import { Reply, type Room } from '../../src/http/reply.js';
import { loadUndici } from '../../src/http/undici.js';
import { gate } from '../support/gate.js';

const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

/** A request that has reached its server, with both ends of the connection in the test's hands. */
async function carry(room: Room) {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1');
  const [[peer]] = (await Promise.all([once(server, 'connection'), once(socket, 'connect')])) as [
    [Socket],
    unknown,
  ];
  const connection = new Connection(await loadUndici(), `http://127.0.0.1:${port}`, {
    dial: async () => socket,
    onNoDescriptor: () => {},
    onIdleEnd: () => {},
  });
  opened.push({ close: () => connection.destroy() }, { close: () => peer.destroy() }, server);
  const outcome = new Promise<Outcome | Unsettled>((resolve) => {
    const options = { timeoutMs: 60_000, maxSize: 1_000_000, room };
    connection.carry(new Exchange(options, connection, resolve), { path: '/', headers: [] });
  });
  await once(peer, 'data');
  return { socket, peer, outcome };
}

it('reads nothing from its socket while a body waits for room', async () => {
  const [asked, given] = [gate(), gate()];
  const wanted: number[] = [];
  const { socket, peer, outcome } = await carry({
    grow: (bytes) => {
      wanted.push(bytes);
      asked.open();
      return wanted.length === 1 ? given.passed : undefined;
    },
  });
  peer.write('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nfirst');
  await asked.passed;
  const before = socket.bytesRead;
  peer.write(' and second');
  // The connection's own listener is called before this one.
  while (socket.bytesRead === before) await once(socket, 'readable');
  expect(socket.readableLength).toBe(' and second'.length);
  expect(wanted).toEqual(['first'.length]);
  given.open();
  peer.end();
  const reply = await outcome;
  expect(reply instanceof Reply && Buffer.from(reply.body).toString()).toBe('first and second');
  expect(wanted).toEqual(['first'.length, ' and second'.length]);
});
