import { hostname } from 'node:os';
import { expect, it } from 'vitest';
import { openChunkQueue } from '../../src/fleet/chunk-queue.js';
import { outstanding } from '../../src/fleet/chunks.js';
import { openFleet } from '../../src/fleet/coordinator.js';
import { connectRedis } from '../../src/fleet/redis.js';
import { RedisLink } from '../../src/fleet/redis-link.js';
import { openFleetWorker } from '../../src/fleet/worker.js';
import { lacks } from '../support/installed.js';
import { startRedis } from '../support/redis.js';
import { found, scriptedDns } from '../support/scripted-dns.js';

const MAX_STREAM_MB = 64;

it.skipIf(lacks('redis-server'))(
  'a worker waits with its results until those in Redis have been taken',
  async () => {
    await using redis = await startRedis('--appendonly', 'no');
    await using dns = await scriptedDns(found);
    const options = { redis: { url: redis.url, ca: '', outage: 30 }, name: 'full' };
    await using fleet = await openFleet({
      ...{ ...options, run: 'mine', rate: 0, signal: AbortSignal.timeout(55_000) },
      plan: {
        probe: { resolvers: [dns.resolver], wildcards: 'off' },
        ...{ format: 'tsv', only: [], records: false },
      },
      journal: { isDone: () => false, isVerified: true, textsBefore: 0 },
    });
    const key = 'flagprobe-results:full';
    // As much as a coordinator that is slow may not have taken yet: entries that were deleted take their room as long as
    // one beside them is there, and need not be read.
    await redis.command('CONFIG', 'SET', 'stream-node-max-bytes', '0');
    const fill = `local id = redis.call('XADD', KEYS[1], '*', 'x', 'x')
      local megabyte = ('x'):rep(1024):rep(1024)
      for _ = 1, ${MAX_STREAM_MB} do
        redis.call('XDEL', KEYS[1], redis.call('XADD', KEYS[1], '*', 'x', megabyte))
      end
      return id`;
    const id = await redis.command('EVAL', fill, '1', key);
    const failures: Error[] = [];
    await using _worker = await openFleetWorker({
      ...options,
      failed: (error) => failures.push(error),
      onNotice: () => {},
    });
    const results = fleet.results([['a.example']]);
    const first = results.next();
    // It has asked, and looks again and again whether there is room.
    const looks = async () => {
      const stats = await redis.command('INFO', 'commandstats');
      return Number(/cmdstat_memory(?:\|usage)?:calls=(\d+)/.exec(stats)?.[1] ?? 0);
    };
    await expect.poll(looks).toBeGreaterThan(5);
    expect(dns.asked.map(({ name }) => name)).toContain('a.example');
    expect(await redis.command('XLEN', key)).toBe('1');
    await redis.command('XDEL', key, id);
    expect((await first).value).toMatchObject([{ lines: 'a.example\tfound\n' }]);
    expect(failures).toEqual([]);
  },
);

it.skipIf(lacks('redis-server'))(
  'a worker leaves a chunk that it got wrong to others, but not where there are none',
  async () => {
    await using redis = await startRedis('--appendonly', 'no');
    await using dns = await scriptedDns(found);
    const options = { url: redis.url, ca: '', outage: 30 };
    const link = new RedisLink(await connectRedis(options), options, AbortSignal.timeout(55_000));
    using _link = { [Symbol.dispose]: () => link.redis.disconnect() };
    const plan = { probe: { resolvers: [dns.resolver] }, format: 'tsv', only: [], records: false };
    const run = { name: 'avoid', run: 'mine', rate: 0 };
    const queue = await openChunkQueue(run, JSON.stringify(plan), link);
    const chunk = outstanding({ number: 0, names: ['a.example'] });
    chunk.wrong.push({ worker: `${hostname()}:${process.pid}`, fault: 'a line too few' });
    await queue.add(chunk);
    // Results go to a stream that is there.
    await redis.command('XADD', 'flagprobe-results:avoid', '*', 'open', 'mine');
    await using _worker = await openFleetWorker({
      ...{ redis: options, name: 'avoid' },
      failed: () => {},
      onNotice: () => {},
    });
    const events = () => redis.command('XRANGE', 'flagprobe:avoid:events', '-', '+');
    await expect.poll(events).toContain('delayed');
    await expect.poll(() => redis.command('XLEN', 'flagprobe-results:avoid')).toBe('2');
  },
);
