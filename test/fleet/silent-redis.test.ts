/** A Redis that is there, and says nothing any more. */

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFleet } from '../../src/fleet/coordinator.js';
import { connectRedis } from '../../src/fleet/redis.js';
import { openFleetWorker } from '../../src/fleet/worker.js';
import { lacks } from '../support/installed.js';
import { type RedisServer, startRedis } from '../support/redis.js';

/** What stands before a Redis, and can forget its connections without a word, as a router does. */
async function openRelay(port: number) {
  const sockets = new Set<Socket>();
  let [count, isSilent] = [0, false];
  const server = createServer((client) => {
    count++;
    sockets.add(client.on('error', () => {}));
    if (isSilent) return;
    const upstream = connect(port, '127.0.0.1');
    sockets.add(upstream.on('error', () => {}));
    client.pipe(upstream).pipe(client);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const forget = () => {
    for (const socket of sockets) socket.unpipe().pause();
  };
  return {
    redis: {
      url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
      ca: '',
      outage: 0,
    },
    /** Connections that were ever made to it. */
    get count() {
      return count;
    },
    forget,
    /** Forgets its connections, and is silent on those that are still to come. */
    fallSilent() {
      isSilent = true;
      forget();
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await once(server.close(), 'close');
    },
  };
}

describe.skipIf(lacks('redis-server'))('a Redis that falls silent', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it('is asked again over another connection', async () => {
    await using relay = await openRelay(server.port);
    const redis = await connectRedis(relay.redis);
    using _redis = { [Symbol.dispose]: () => redis.disconnect() };
    await redis.set('key', 'value');
    relay.forget();
    expect(await redis.get('key')).toBe('value');
  });

  // Closing ends before a silent connection would be replaced: it does not wait for Redis.
  it('does not hold up the end of a coordinator', async () => {
    await using relay = await openRelay(server.port);
    const fleet = await openFleet({
      ...{ redis: relay.redis, name: 'silent', run: 'mine', rate: 0 },
      plan: { probe: {}, format: 'tsv', only: [], records: false },
      signal: new AbortController().signal,
      journal: { isDone: () => false, isVerified: true, textsBefore: 0 },
    });
    const before = relay.count;
    relay.fallSilent();
    await fleet.close();
    expect(relay.count).toBe(before);
  });

  it('does not hold up the end of a worker', async () => {
    await using relay = await openRelay(server.port);
    const worker = await openFleetWorker({
      ...{ redis: relay.redis, name: 'silent' },
      failed: () => {},
      onNotice: () => {},
    });
    const before = relay.count;
    relay.fallSilent();
    await worker.close();
    expect(relay.count).toBe(before);
  });
});
