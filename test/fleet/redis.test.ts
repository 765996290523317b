import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { connectRedis, redisAddress } from '../../src/fleet/redis.js';
import { lacks } from '../support/installed.js';
import { startRedis } from '../support/redis.js';

/** What stands before a Redis, and can forget its connections without a word, as a router does. */
async function openRelay(port: number) {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    for (const socket of [client, upstream]) sockets.add(socket.on('error', () => {}));
    client.pipe(upstream).pipe(client);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    forget() {
      for (const socket of sockets) socket.unpipe().pause();
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await once(server.close(), 'close');
    },
  };
}

it.skipIf(lacks('redis-server'))('a connection that falls silent is replaced', async () => {
  await using server = await startRedis();
  await using relay = await openRelay(server.port);
  const redis = await connectRedis({ url: relay.url, ca: '', outage: 30 });
  await redis.set('key', 'value');
  relay.forget();
  expect(await redis.get('key')).toBe('value');
  redis.disconnect();
});

it.each(['redis://me:SEC/RETSECRET@h', 'http://me:SECRET@h', 'redis://me:SECRET'])(
  'the password is left out where %s cannot be used',
  (url) => {
    expect(() => redisAddress({ url, ca: '' })).toThrow(/^Expected `redis` to be redis:.*, got `/);
    expect(() => redisAddress({ url, ca: '' })).not.toThrow('SECRET');
  },
);
