import { expect, it } from 'vitest';
import { openChunkQueue } from '../../src/fleet/chunk-queue.js';
import { outstanding } from '../../src/fleet/chunks.js';
import { connectRedis } from '../../src/fleet/redis.js';
import { RedisLink } from '../../src/fleet/redis-link.js';
import { lacks } from '../support/installed.js';
import { startRedis } from '../support/redis.js';

it.skipIf(lacks('redis-server'))(
  'no chunk goes out without the rate limit, even where Redis has just lost all it had',
  async () => {
    await using server = await startRedis();
    const options = { url: server.url, ca: '', outage: 30 };
    const redis = await connectRedis(options);
    using _redis = { [Symbol.dispose]: () => redis.disconnect() };
    // Without a heartbeat, which would set the limit again a moment later.
    const link = new RedisLink(redis, options, AbortSignal.timeout(55_000));
    const queue = await openChunkQueue({ name: 'rate', run: 'mine', rate: 100 }, '{}', link);
    await queue.announceRate();
    const limit = () => server.command('HGET', 'flagprobe:rate:meta', 'duration');
    expect(await limit()).toBe('10000');
    await server.command('FLUSHALL');
    await queue.add(outstanding({ number: 0, names: ['a.example'] }));
    expect(await limit()).toBe('10000');
  },
);
