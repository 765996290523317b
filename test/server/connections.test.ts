/** What the connections of the embedded servers may cost. */

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import type { Server as HttpServer } from 'node:http';
import { connect, Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openDnsServer } from '../../src/server/dns-server.js';
import { openFlagServer } from '../../src/server/flag-server.js';
import { openRegistryServer } from '../../src/server/registry-server.js';

afterEach(() => vi.restoreAllMocks());

/** The servers of Node that have come to listen. */
async function serversOf(open: () => Promise<{ close(): Promise<void> }>): Promise<Server[]> {
  const listen = vi.spyOn(Server.prototype, 'listen');
  const opened = await open();
  const servers = listen.mock.contexts as Server[];
  await opened.close();
  expect(servers).not.toEqual([]);
  return servers;
}

const registries = () => openRegistryServer();

describe('the embedded servers', () => {
  it.each([
    ['DNS', () => openDnsServer()],
    ['flags', () => openFlagServer()],
    ['registrations', registries],
  ])('have room for so many connections: %s', async (_, open) => {
    for (const { maxConnections } of await serversOf(open)) {
      expect(maxConnections).toBeLessThanOrEqual(4096);
    }
  });

  it.each([
    ['flags', () => openFlagServer()],
    ['registrations', registries],
  ])('wait for a request for so long and no longer: %s', async (_, open) => {
    for (const server of (await serversOf(open)) as HttpServer[]) {
      expect(server.headersTimeout).toBe(10_000);
      expect(server.requestTimeout).toBe(30_000);
      expect(server.keepAliveTimeout).toBe(30_000);
    }
  });

  it('close a DNS connection that is silent for half a minute', async () => {
    await using server = await openDnsServer();
    const accepted = new Promise<Socket>((resolve) => {
      const onSocket = (message: unknown) => {
        const { socket } = message as { socket: Socket };
        if (socket.localPort !== server.port) return;
        unsubscribe('net.server.socket', onSocket);
        resolve(socket);
      };
      subscribe('net.server.socket', onSocket);
    });
    const client = connect(server.port, server.host);
    const socket = await accepted;
    expect(socket.timeout).toBe(30_000);
    // As Node does when the time is over.
    const closed = once(client.resume(), 'close');
    socket.emit('timeout');
    await closed;
  });
});
